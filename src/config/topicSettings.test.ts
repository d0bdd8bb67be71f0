import { describe, expect, it } from 'vitest';

import { topicSettingsFromEnvironment, topicSettingsToEnvironment } from './topicSettings.js';

describe('topicSettingsFromEnvironment', () => {
  it('reads the variables that are set and not empty', () => {
    const all = {
      GAMEMETRICS_PARTITIONS: '12',
      GAMEMETRICS_REPLICATION_FACTOR: '5',
      GAMEMETRICS_MIN_INSYNC_REPLICAS: '3',
    };
    const settings = { partitions: 12, replicationFactor: 5, minInsyncReplicas: 3 };
    expect(topicSettingsFromEnvironment(all)).toEqual(settings);
    expect(topicSettingsToEnvironment(settings)).toEqual(all);
    expect(topicSettingsFromEnvironment({ GAMEMETRICS_PARTITIONS: '' })).toEqual({});
    expect(topicSettingsFromEnvironment({})).toEqual({});
  });

  const numbers = ['0', '-1', '1.5', 'three'];
  it.each([
    ...[...numbers, '1001'].map((value) => ['GAMEMETRICS_PARTITIONS', value]),
    ...[...numbers, '101'].map((value) => ['GAMEMETRICS_REPLICATION_FACTOR', value]),
    ...[...numbers, '101'].map((value) => ['GAMEMETRICS_MIN_INSYNC_REPLICAS', value]),
  ])('rejects %s=%s', (variable = '', value = '') => {
    const read = (): unknown => topicSettingsFromEnvironment({ [variable]: value });
    expect(read).toThrow(`${variable}: "${value}"`);
  });

  it('rejects more in-sync replicas than there are replicas', () => {
    const read = (): unknown =>
      topicSettingsFromEnvironment({
        GAMEMETRICS_REPLICATION_FACTOR: '2',
        GAMEMETRICS_MIN_INSYNC_REPLICAS: '3',
      });
    expect(read).toThrow('min.insync.replicas 3 is more than the replication factor 2');
  });
});
