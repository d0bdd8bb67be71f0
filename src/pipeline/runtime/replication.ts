import type { TopicSettings } from '../../config/topicSettings.js';
import type { ClusterTopics } from '../../stores/kafka/admin.js';

/**
 * The replication of topics on a cluster: if any one broker is lost, acknowledged events exist on
 * another one and writes continue.
 */
export const clusterReplication = { replicationFactor: 3, minInsyncReplicas: 2 } as const;

/** The number of brokers according to the metadata; a broker that is down is known but not alive. */
export interface BrokerCounts {
  readonly alive: number;
  readonly known: number;
}

/** The replication settings of a new topic; undefined settings use the brokers' defaults. */
export interface Replication {
  readonly replicationFactor?: number;
  readonly minInsyncReplicas?: number;
}

/**
 * How to create topics. Only Kafka knows how many brokers are registered, because the metadata lists
 * only those that are alive. The plan is therefore to try more replicas first, and to fall back if
 * Kafka reports too few brokers.
 */
export interface ReplicationPlan {
  /** The settings to try, in order. */
  readonly attempts: readonly Replication[];
  /** The error to report if Kafka has too few brokers for all of them. */
  readonly refusal: Refusal;
}

export type Refusal =
  | {
      readonly kind: 'factorTooLow';
      readonly replicationFactor: number;
      readonly minInsyncReplicas: number;
    }
  /** `min.insync.replicas` is set, but the replication factor on so few brokers is not known. */
  | { readonly kind: 'factorUnknown'; readonly minInsyncReplicas: number }
  /** An undefined replication factor means the brokers' default. */
  | { readonly kind: 'tooFewBrokers'; readonly replicationFactor: number | undefined };

/** Counts the brokers that are alive, and those that are known because they hold replicas. */
export function countBrokers({ brokers, topics }: ClusterTopics): BrokerCounts {
  const replicas = [...topics.values()].flat().flatMap((partition) => partition.replicas);
  return { alive: brokers.length, known: new Set([...brokers, ...replicas]).size };
}

/** The replication that topics should have, given the settings and the number of known brokers. */
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

/**
 * The largest value, up to that of a cluster, with which writes continue while one broker is down.
 */
export function minInsyncFor(replicationFactor: number): number {
  return Math.max(1, Math.min(clusterReplication.minInsyncReplicas, replicationFactor - 1));
}

/**
 * Decides how to create topics. Unless the settings specify otherwise, three replicas are tried
 * first, even if fewer brokers are known, because one of three may be down.
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
