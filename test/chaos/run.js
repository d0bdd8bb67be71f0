// Runs main.ts with Vite's module runner, since Node 20 cannot load TypeScript.
import { runnerImport } from 'vite';

const { module } = await runnerImport('./test/chaos/main.ts', {
  logLevel: 'error',
  oxc: { target: 'es2022' },
});
process.exit(await module.main(process.argv.slice(2), (url) => import(url)));
