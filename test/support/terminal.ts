import {
  execFileSync,
  spawn,
  spawnSync,
  type ChildProcessWithoutNullStreams,
} from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Why no terminal can be made here: only util-linux's `script` takes a command this way. */
export const noTerminal = hasScript() ? undefined : 'it needs script of util-linux';

function hasScript(): boolean {
  const { error, stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });
  return error === undefined && stdout.includes('util-linux');
}

/**
 * A shell command in a terminal of its own, made by util-linux's `script`: what is typed reaches it
 * as keys, and what it draws is kept as it was written.
 */
export class Terminal implements AsyncDisposable {
  readonly #script: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<unknown>;
  #hasEnded = false;
  #output = '';

  constructor(
    command: string,
    {
      cwd,
      env,
      rows,
      columns,
    }: { cwd: string; env: NodeJS.ProcessEnv; rows: number; columns: number },
  ) {
    const sized = `stty rows ${rows} cols ${columns}; ${command}`;
    // A session of its own, so that nothing outlives its end.
    this.#script = spawn('script', ['-qfec', sized, '/dev/null'], { cwd, env, detached: true });
    this.#script.stdout.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.#script.stdin.on('error', () => undefined);
    this.#exited = new Promise((resolve) => this.#script.once('close', resolve));
    void this.#exited.then(() => (this.#hasEnded = true));
  }

  /** All that was written so far, escape sequences included. */
  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether its program gets keys one by one, Ctrl-C among them; else that is a signal to all in it. */
  get isRaw(): boolean {
    const settings = execFileSync('stty', ['-F', this.#device(), '-a'], { encoding: 'utf8' });
    return settings.includes('-icanon');
  }

  type(keys: string): void {
    this.#script.stdin.write(keys);
  }

  /** Changes the window's size, of which the kernel tells the program that runs in it. */
  resize(rows: number, columns: number): void {
    execFileSync('stty', ['-F', this.#device(), 'rows', String(rows), 'cols', String(columns)]);
  }

  /** Sends a signal to the program whose arguments hold a word. */
  signal(word: string, signal: NodeJS.Signals): void {
    const pid = this.#processes().find((each) => argumentsOf(each).includes(word));
    if (pid === undefined) throw new Error(`no process in this terminal has "${word}"`);
    process.kill(pid, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.#processes().reverse()) kill(pid);
    this.#script.kill('SIGKILL');
    await this.#exited;
  }

  #device(): string {
    const [pid] = this.#processes();
    return readlinkSync(`/proc/${String(pid)}/fd/0`);
  }

  /** Those that descend from `script`, the shell first. */
  #processes(): number[] {
    const parents = new Map(
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map((name) => [Number(name), parentOf(name)]),
    );
    const found: number[] = [];
    let generation = [this.#script.pid];
    while (generation.length > 0) {
      const children = [...parents].filter(([, parent]) => generation.includes(parent));
      generation = children.map(([pid]) => pid);
      found.push(...children.map(([pid]) => pid));
    }
    return found;
  }
}

/** SIGKILL, also to one that has ended meanwhile. */
function kill(pid: number): void {
  if (read(`/proc/${pid}/stat`) !== '') process.kill(pid, 'SIGKILL');
}

function parentOf(pid: string): number | undefined {
  return Number(/\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1]);
}

function argumentsOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`).split('\0');
}

/** Empty where the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
