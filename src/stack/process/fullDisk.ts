/**
 * Whether a server's output reports a full disk. The servers are third-party programs, which report
 * it only as the system's error text (strerror of ENOSPC and EDQUOT).
 */
export function reportsFullDisk(text: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(text);
}

/** The fix for a server that runs on this machine. */
export const freeDiskSpace =
  'The disk is full: free some space on it (see "df -h ."), and try again.';

/** The fix for a container: the engine may use another disk. */
export const freeDockerSpace =
  'The disk of the Docker engine is full: see "docker system df", and free space with "docker system ' +
  'prune" or "docker builder prune".';
