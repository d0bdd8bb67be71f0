import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * The server's shell waits until its guard stands; then it becomes the server, its pid the same. What
 * the server writes is for its user's eyes only.
 */
const waitThenRun = 'umask 077 && read -r _ <&3 && exec "$@" 3<&-';

/** A line says that the server has ended; the input's end without one, that its supervisor has. */
const killOrphan = 'read -r _ || kill -s "$1" "$2"';

/**
 * Starts a server that knows nothing of us so that it does not outlive us, not even where we are
 * killed with SIGKILL: beside it a shell waits for the end of a pipe of ours, which the system
 * closes whatever we die of, and then sends the server its stop signal. There is no moment without
 * a guard, since the server itself waits for it. The caller sees the server's own pid and exit.
 * @returns the server, and when the guard has ended after it
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
  // Its reader may have been killed; the supervisor sees its exit.
  pipe?.on('error', () => pipe.destroy());
  pipe?.end('\n');
}
