/** Runs the embedded servers as an instance until it is killed: argument HOME, prints the state as one line. */
import { startInstance } from '../../../../dist/stack/index.js';

const instance = await startInstance({
  name: 'test',
  home: process.argv[2],
  stack: 'embedded',
  isolate: false,
  ephemeral: false,
  roles: 'none',
  prepare: () => Promise.resolve(),
  report: () => undefined,
  signal: new globalThis.AbortController().signal,
  env: process.env,
});
console.log(JSON.stringify(instance.state()));
