/**
 * Whether what a server said shows that its disk is full. They are third-party programs, which
 * report it only as the system's error text (strerror of ENOSPC and EDQUOT).
 */
export function saysDiskFull(text: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(text);
}

/** The cure for a server that runs on this machine. */
export const freeSomeSpace =
  'The disk is full: free some space on it (see "df -h ."), and try again.';

/** The cure for what an engine does, whose disk may be another one. */
export const freeSomeOfDocker =
  'The disk of the Docker engine is full: see "docker system df", and free some with "docker system ' +
  'prune" or "docker builder prune".';
