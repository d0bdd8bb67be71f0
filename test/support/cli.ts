import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const run = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

/** What a command printed and how it ended. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds. */
  readonly duration: number;
}

/** A command under way, in a pipe. */
export class RunningCommand {
  readonly ended: Promise<CliResult>;
  #stdout = '';
  #stderr = '';

  constructor(
    args: readonly string[],
    options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
    input: string,
  ) {
    const begin = performance.now();
    const child = spawn(process.execPath, [run, ...args], { ...options, stdio: 'pipe' });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    child.stdin.end(input);
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        const duration = performance.now() - begin;
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr, duration });
      });
    });
  }

  /** What it has printed so far. */
  get stdout(): string {
    return this.#stdout;
  }
}

/** A folder of its own in which commands are run as a user would, in a pipe. */
export class CliFolder implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), 'gamemetrics-e2e-'));
  readonly #env: NodeJS.ProcessEnv;

  /** @param env what the commands find in their environment beside what every program needs */
  constructor(env: NodeJS.ProcessEnv = {}) {
    const { PATH, HOME, LANG } = process.env;
    // A test names its stack; without that it would be another where a Docker engine happens to run.
    this.#env = { PATH, HOME, LANG, GAMEMETRICS_STACK: 'embedded', ...env };
  }

  /** Runs `gamemetrics ARGS...`. */
  async run(...args: string[]): Promise<CliResult> {
    return this.runWith({}, ...args);
  }

  /** Runs `gamemetrics ARGS...` with more variables, or with text on stdin. */
  async runWith(
    { env = {}, input = '' }: { readonly env?: NodeJS.ProcessEnv; readonly input?: string },
    ...args: string[]
  ): Promise<CliResult> {
    return new RunningCommand(args, { cwd: this.path, env: { ...this.#env, ...env } }, input).ended;
  }

  /** Starts `gamemetrics ARGS...`. */
  start(...args: string[]): RunningCommand {
    return new RunningCommand(args, { cwd: this.path, env: this.#env }, '');
  }

  /** Ends and removes the default instance, and the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.run('down', '--wipe', '--force');
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The variables that `gamemetrics status --env` prints. */
export function parseExports(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const match = /^export ([A-Z_]+)='(.*)'$/.exec(line);
      if (match === null) throw new Error(`not an export line: ${line}`);
      return [match[1] ?? '', match[2] ?? ''];
    }),
  );
}
