import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packageFile } from '../../src/util/paths.js';

const run = packageFile('bin/run.js');

/** The command line with which a shell runs `gamemetrics ARGS`. @param args as the shell reads them */
export function shellCommand(args: string): string {
  return `'${process.execPath}' '${run}' ${args}`;
}

/** What a command printed and how it ended. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds. */
  readonly duration: number;
}

/** A running command whose output goes to a pipe. */
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

/** A folder in which commands run as a user runs them, with their output in a pipe. */
export class CliFolder implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), 'gamemetrics-e2e-'));
  readonly #env: NodeJS.ProcessEnv;

  /** @param env variables of the commands, in addition to PATH, HOME and LANG */
  constructor(env: NodeJS.ProcessEnv = {}) {
    const { PATH, HOME, LANG } = process.env;
    // Otherwise the stack would be docker wherever a Docker engine runs.
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

  /** Stops and removes the default instance, and removes the folder. */
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
