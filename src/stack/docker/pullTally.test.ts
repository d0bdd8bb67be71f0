import { describe, expect, it } from 'vitest';

import { PullTally } from './pullTally.js';

const downloading = (id: string, current: number, total: number) => ({
  id,
  status: 'Downloading',
  progressDetail: { current, total },
});

describe('PullTally', () => {
  it('adds up the layers', () => {
    const tally = new PullTally();
    tally.add({ status: 'Pulling from library/redis', id: '8.2' });
    expect(tally.describe()).toBe('waiting for the registry');
    tally.add(downloading('a', 10e6, 20e6));
    tally.add(downloading('b', 5e6, 80e6));
    expect(tally.describe()).toBe('15 of 100 MB');
    tally.add({ id: 'a', status: 'Download complete', progressDetail: {} });
    expect(tally.describe()).toBe('25 of 100 MB');
  });

  it('reports unpacking once all layers are downloaded, and counts no layer twice', () => {
    const tally = new PullTally();
    tally.add(downloading('a', 1e6, 20e6));
    tally.add({ id: 'a', status: 'Download complete', progressDetail: {} });
    tally.add({ id: 'a', status: 'Extracting', progressDetail: { current: 3e6, total: 20e6 } });
    expect(tally.describe()).toBe('20 of 20 MB, unpacking');
  });

  it('distinguishes a change from a repetition, and returns an error', () => {
    const tally = new PullTally();
    expect(tally.add({ id: 'a', status: 'Waiting' }).isChange).toBe(true);
    expect(tally.add({ id: 'a', status: 'Waiting' }).isChange).toBe(false);
    expect(tally.add(downloading('a', 1, 2)).isChange).toBe(true);
    expect(tally.add({ error: 'no space left on device' }).error).toBe('no space left on device');
  });
});
