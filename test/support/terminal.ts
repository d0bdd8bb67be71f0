import {
  execFileSync,
  spawn,
  spawnSync,
  type ChildProcessWithoutNullStreams,
} from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Why no terminal is available: only the `script` of util-linux takes a command this way. */
export const noTerminal = hasScript() ? undefined : 'it needs script of util-linux';

function hasScript(): boolean {
  const { error, stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });
  return error === undefined && stdout.includes('util-linux');
}

/**
 * A shell command in its own terminal, created by `script` of util-linux. Typed text reaches the
 * command as keys, and its output is recorded unchanged.
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
    // A separate session, so that all of its processes can be killed.
    this.#script = spawn('script', ['-qfec', sized, '/dev/null'], { cwd, env, detached: true });
    this.#script.stdout.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.#script.stdin.on('error', () => undefined);
    this.#exited = new Promise((resolve) => this.#script.once('close', resolve));
    void this.#exited.then(() => (this.#hasEnded = true));
  }

  /** The whole output so far, including escape sequences. */
  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether the program gets single keys, including Ctrl-C; otherwise Ctrl-C sends a signal. */
  get isRaw(): boolean {
    const settings = execFileSync('stty', ['-F', this.#device(), '-a'], { encoding: 'utf8' });
    return settings.includes('-icanon');
  }

  type(keys: string): void {
    this.#script.stdin.write(keys);
  }

  /** Changes the window size; the kernel notifies the program. */
  resize(rows: number, columns: number): void {
    execFileSync('stty', ['-F', this.#device(), 'rows', String(rows), 'cols', String(columns)]);
  }

  /** Sends a signal to the program whose arguments contain a word. */
  signal(word: string, signal: NodeJS.Signals): void {
    const pid = this.#processes().find((each) => argumentsOf(each).includes(word));
    if (pid === undefined) {
      throw new Error(`no process in this terminal has the argument "${word}"`);
    }
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

  /** The descendants of `script`, the shell first. */
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

/** Sends SIGKILL; the process may already have ended. */
function kill(pid: number): void {
  if (read(`/proc/${pid}/stat`) !== '') process.kill(pid, 'SIGKILL');
}

function parentOf(pid: string): number | undefined {
  return Number(/\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1]);
}

function argumentsOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`).split('\0');
}

/** Empty if the process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
