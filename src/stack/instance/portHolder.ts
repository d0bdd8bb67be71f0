import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { isErrno } from '../../util/errno.js';

/**
 * The process that listens on a TCP port of this machine, such as `redis-server (pid 123)`;
 * undefined if it cannot be determined (another user's process, a system without /proc).
 */
export function describePortHolder(port: number): string | undefined {
  const sockets = new Set(listeningSockets(port).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return undefined;
  const pid = list('/proc').find(
    (entry) =>
      /^\d+$/.test(entry) &&
      list(`/proc/${entry}/fd`).some((fd) => sockets.has(link(`/proc/${entry}/fd/${fd}`))),
  );
  if (pid === undefined) return undefined;
  return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`;
}

/**
 * The sockets that listen on a port, from /proc/net/tcp (proc_pid_net(5)): after a header, lines of
 * `slot local-address:port remote state …`, the port in hexadecimal, state 0A for LISTEN, the
 * inode in the tenth field.
 */
function listeningSockets(port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) === true && fields[3] === '0A')
    .flatMap((fields) => fields[9] ?? []);
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES', 'ESRCH')) return [];
    throw error;
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES', 'ESRCH')) return '';
    throw error;
  }
}
