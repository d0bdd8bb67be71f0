import { databaseUrl, redisName, withoutSecrets } from '../../config/endpoints.js';
import type { InstanceState } from '../../stack/index.js';

/** Where an instance serves, for people: names and addresses, without an external password. */
export function addressesOf({ url, endpoints, stack }: InstanceState): [string, string][] {
  const { kafka, postgres, redis } = endpoints;
  const shown = stack === 'external' ? { ...postgres, password: '' } : postgres;
  return [
    ...(url === undefined ? [] : [['HTTP', url] as [string, string]]),
    ['Kafka', kafka.brokers.join(',')],
    ['PostgreSQL', databaseUrl(shown)],
    ['Redis', redisName(redis)],
  ];
}

/** An instance's state as it may be printed: the passwords of an external stack are its owner's. */
export function shownState(state: InstanceState): InstanceState {
  if (state.stack !== 'external') return state;
  return { ...state, endpoints: withoutSecrets(state.endpoints) };
}
