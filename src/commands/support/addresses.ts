import { databaseUrl, redisName, withoutSecrets } from '../../config/endpoints.js';
import type { InstanceState } from '../../stack/index.js';

/** The services of an instance for display: names and addresses, without external passwords. */
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

/** An instance's state for display, without the passwords of an external stack. */
export function shownState(state: InstanceState): InstanceState {
  if (state.stack !== 'external') return state;
  return { ...state, endpoints: withoutSecrets(state.endpoints) };
}
