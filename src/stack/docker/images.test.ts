import { describe, expect, it } from 'vitest';

import { chooseImages, defaultImages } from './images.js';

describe('chooseImages', () => {
  it('returns the defaults if nothing is set, or a variable is empty', () => {
    expect(chooseImages({}, {})).toEqual(defaultImages);
    expect(chooseImages({}, { GAMEMETRICS_REDIS_IMAGE: '' })).toEqual(defaultImages);
  });

  it('prefers a variable to the default, and a flag to the variable', () => {
    const env = { GAMEMETRICS_REDIS_IMAGE: 'valkey/valkey:8.1', GAMEMETRICS_KAFKA_IMAGE: 'mine:1' };
    expect(chooseImages({ broker: 'mine:2' }, env)).toEqual({
      broker: 'mine:2',
      redis: 'valkey/valkey:8.1',
      postgres: defaultImages.postgres,
    });
  });
});
