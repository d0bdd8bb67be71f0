import type { TopicSettings } from '../../config/topicSettings.js';
import type { ClusterTopics } from '../../stores/kafka/admin.js';

/**
 * How topics are replicated on a cluster: whichever broker is lost, an acknowledged event is on
 * another one, and writes go on.
 */
export const clusterReplication = { replicationFactor: 3, minInsyncReplicas: 2 } as const;

/** How many brokers a Kafka has, as far as its metadata shows; one that is down is known, not alive. */
export interface BrokerCounts {
  readonly alive: number;
  readonly known: number;
}

/** What is asked of a topic; what is undefined is left to the brokers' own defaults. */
export interface Replication {
  readonly replicationFactor?: number;
  readonly minInsyncReplicas?: number;
}

/**
 * How to create topics. Only Kafka knows how many brokers are registered, since its metadata lists
 * those that are alive: so it is asked, and what it has too few brokers for is followed by less.
 */
export interface ReplicationPlan {
  /** What to ask for, one after the other. */
  readonly attempts: readonly Replication[];
  /** Why topics cannot be created where Kafka has too few brokers for each of these. */
  readonly refusal: Refusal;
}

export type Refusal =
  | {
      readonly kind: 'factorTooLow';
      readonly replicationFactor: number;
      readonly minInsyncReplicas: number;
    }
  /** `min.insync.replicas` is set, but not how many replicas there are on so few brokers. */
  | { readonly kind: 'factorUnknown'; readonly minInsyncReplicas: number }
  /** The brokers' own default where it is undefined. */
  | { readonly kind: 'tooFewBrokers'; readonly replicationFactor: number | undefined };

/** Counts brokers: metadata lists those that are alive, and replicas are on others, too. */
export function countBrokers({ brokers, topics }: ClusterTopics): BrokerCounts {
  const replicas = [...topics.values()].flat().flatMap((partition) => partition.replicas);
  return { alive: brokers.length, known: new Set([...brokers, ...replicas]).size };
}

/** What the topics of a Kafka of so many brokers should have, by the settings. */
export function wantedReplication(known: number, settings: TopicSettings): Replication {
  const isCluster = known >= clusterReplication.replicationFactor;
  const replicationFactor =
    settings.replicationFactor ?? (isCluster ? clusterReplication.replicationFactor : undefined);
  const minInsyncReplicas =
    settings.minInsyncReplicas ?? (replicationFactor && minInsyncFor(replicationFactor));
  return {
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    ...(minInsyncReplicas === undefined ? {} : { minInsyncReplicas }),
  };
}

/** As many as may be, so that writes go on while one broker is down. */
export function minInsyncFor(replicationFactor: number): number {
  return Math.max(1, Math.min(clusterReplication.minInsyncReplicas, replicationFactor - 1));
}

/**
 * Decides how topics are created. Where the settings leave it open, three replicas are asked for even
 * where fewer brokers are known: it may be that one of three is down.
 */
export function planReplication(known: number, settings: TopicSettings): ReplicationPlan {
  const replicationFactor = settings.replicationFactor ?? clusterReplication.replicationFactor;
  const minInsyncReplicas = settings.minInsyncReplicas ?? minInsyncFor(replicationFactor);
  if (minInsyncReplicas > replicationFactor) {
    const refusal = { kind: 'factorTooLow', replicationFactor, minInsyncReplicas } as const;
    return { attempts: [], refusal };
  }
  const first = { replicationFactor, minInsyncReplicas };
  const wanted = wantedReplication(known, settings);
  if (wanted.replicationFactor !== undefined) {
    return { attempts: [first], refusal: { kind: 'tooFewBrokers', replicationFactor } };
  }
  if ((settings.minInsyncReplicas ?? 1) > 1) {
    return { attempts: [first], refusal: { kind: 'factorUnknown', minInsyncReplicas } };
  }
  return {
    attempts: [first, wanted],
    refusal: { kind: 'tooFewBrokers', replicationFactor: undefined },
  };
}
