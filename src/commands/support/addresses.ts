import { databaseUrl } from '../../config/endpoints.js';
import type { InstanceState } from '../../stack/index.js';

/** Where an instance serves, for people: names and addresses, without an external password. */
export function addressesOf({ url, endpoints, stack }: InstanceState): [string, string][] {
  const { kafka, postgres, redis } = endpoints;
  const shown = stack === 'external' ? { ...postgres, password: '' } : postgres;
  return [
    ...(url === undefined ? [] : [['HTTP', url] as [string, string]]),
    ['Kafka', kafka.brokers.join(',')],
    ['PostgreSQL', databaseUrl(shown)],
    ['Redis', `redis://${redis.host}:${redis.port}`],
  ];
}
