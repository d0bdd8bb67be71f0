import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * The server's shell waits until the guard runs, then replaces itself with the server, which keeps
 * the pid. The umask makes the server's files private to its user.
 */
const waitThenRun = 'umask 077 && read -r _ <&3 && exec "$@" 3<&-';

/** A line means that the server has ended; end of input without one, that the supervisor has. */
const killOrphan = 'read -r _ || kill -s "$1" "$2"';

/**
 * Starts a third-party server that does not outlive this process, even if this process is killed
 * with SIGKILL. A second shell, the guard, waits for the end of a pipe, which the system closes
 * however this process ends, and then sends the server its stop signal. The server is never without
 * a guard, since it waits for the guard to start. The caller sees the server's own pid and exit.
 * @returns the server, and a promise that resolves when the guard has ended after it
 */
export function spawnGuarded(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  output: readonly ['ignore', number, number],
  stopSignal: NodeJS.Signals,
): { server: ChildProcess; guardEnded: Promise<unknown> } {
  const server = spawn('/bin/sh', ['-c', waitThenRun, 'server', command, ...args], {
    ...options,
    stdio: [...output, 'pipe'],
  });
  if (server.pid === undefined) return { server, guardEnded: Promise.resolve() };
  const signalName = stopSignal.slice('SIG'.length);
  const guard = spawn('/bin/sh', ['-c', killOrphan, 'guard', signalName, String(server.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  server.once('exit', () => endWithLine(guard.stdin));
  endWithLine(server.stdio[3] as Writable);
  return { server, guardEnded: once(guard, 'exit') };
}

function endWithLine(pipe: Writable | null): void {
  // The reader may have been killed; the supervisor notices that exit.
  pipe?.on('error', () => pipe.destroy());
  pipe?.end('\n');
}
