import { describe, expect, it } from 'vitest';

import { chooseImages, defaultImages } from './images.js';

describe('chooseImages', () => {
  it('is the defaults where nothing else is said, also by an empty variable', () => {
    expect(chooseImages({}, {})).toEqual(defaultImages);
    expect(chooseImages({}, { GAMEMETRICS_REDIS_IMAGE: '' })).toEqual(defaultImages);
  });

  it('takes a variable before the default, and what is given before the variable', () => {
    const env = { GAMEMETRICS_REDIS_IMAGE: 'valkey/valkey:8.1', GAMEMETRICS_KAFKA_IMAGE: 'mine:1' };
    expect(chooseImages({ broker: 'mine:2' }, env)).toEqual({
      broker: 'mine:2',
      redis: 'valkey/valkey:8.1',
      postgres: defaultImages.postgres,
    });
  });
});
