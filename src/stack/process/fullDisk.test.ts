import { describe, expect, it } from 'vitest';

import { reportsFullDisk } from './fullDisk.js';

describe('reportsFullDisk', () => {
  it.each([
    'FATAL:  could not write to file "pg_wal/xlogtemp.5379": No space left on device',
    'ERROR:  could not extend file "base/1/2691": Disk quota exceeded',
    'java.io.IOException: No space left on device',
    'Error writing to the AOF file: No space left on device',
    "ENOSPC: no space left on device, write '/data/00000000000000000000.log'",
    'write /var/lib/docker/tmp/GetImageBlob123: no space left on device',
    'failed to register layer: Error processing tar file(exit status 1): no space left on device',
  ])('recognizes a full disk in: %s', (output) => {
    expect(reportsFullDisk(output)).toBe(true);
  });

  it.each(['FATAL:  could not open file "x": Permission denied', 'toomanyrequests: quota reached'])(
    'finds no full disk in: %s',
    (output) => {
      expect(reportsFullDisk(output)).toBe(false);
    },
  );
});
