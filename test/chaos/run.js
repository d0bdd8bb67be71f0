// Runs main.ts through Vite's module runner: Node 20 reads no TypeScript by itself.
import { runnerImport } from 'vite';

const { module } = await runnerImport('./test/chaos/main.ts', {
  logLevel: 'error',
  oxc: { target: 'es2022' },
});
process.exit(await module.main(process.argv.slice(2), (url) => import(url)));
