import { databaseUrl, redisUrl } from '../../config/endpoints.js';
import type { InstanceState } from '../../stack/index.js';

/**
 * Shell commands to try next: one sends an event, the others show its effect in each store. None for
 * an external stack, whose passwords must not be printed.
 */
export function copyLines({ url, endpoints, stack }: InstanceState): string[] {
  if (stack === 'external' || url === undefined) return [];
  const { kafka, postgres, redis, namespace } = endpoints;
  const event = JSON.stringify({
    event_type: 'player_level_up',
    player_id: 'player-123',
    game_id: 'game-456',
    timestamp: new Date().toISOString(),
    data: { new_level: 5 },
  });
  const json = "-H 'content-type: application/json'";
  return [
    '',
    'Try it:',
    `  curl -sS ${url}/api/v1/events ${json} -d '${event}'`,
    `  psql '${databaseUrl(postgres)}' -c 'SELECT * FROM player_statistics'`,
    `  redis-cli -u '${redisUrl(redis)}' HGETALL '${namespace}player_stats:player-123'`,
    `  kcat -b ${kafka.brokers.join(',')} -C -e -t ${namespace}player.events.raw`,
  ];
}
