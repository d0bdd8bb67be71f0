import { splitAddress, type Endpoints, type KafkaEndpoint } from '../../src/config/endpoints.js';
import { createGameMetrics, type GameMetrics } from '../../src/harness/harness.js';
import { pause } from '../../src/util/pause.js';
import type { Fault, LinkName } from './fault.js';
import { KafkaProxy } from './kafkaProxy.js';
import { ProcessFaults } from './processes.js';
import { seededRandom, type Random } from './random.js';
import { TcpProxy, type Address, type LinkFaults } from './tcpProxy.js';

export interface FaultyPipelineOptions {
  /** A running Kafka, with the addresses of all its brokers, instead of the embedded broker. */
  readonly kafka?: KafkaEndpoint;
  /** Determines which connections of a link a fault affects. Default 1. */
  readonly seed?: number;
  /** Starts the roles: from this package, or from another build of it. */
  readonly createRoles?: typeof createGameMetrics;
}

/** The proxy of each connection. */
type Proxies = Readonly<{ kafka: KafkaProxy } & Record<Exclude<LinkName, 'kafka'>, TcpProxy>>;

/**
 * A pipeline for fault injection: each role and each server is a process, with a proxy between every
 * client and every server.
 */
export class FaultyPipeline implements AsyncDisposable {
  /** Direct access to the stores, for checks. */
  readonly direct: GameMetrics;
  /** The roles, which connect to the stores through the proxies. */
  readonly roles: GameMetrics;
  readonly links: Proxies;
  readonly processes: ProcessFaults;
  readonly #random: Random;
  readonly #servers: GameMetrics;

  constructor(parts: {
    readonly direct: GameMetrics;
    readonly roles: GameMetrics;
    readonly servers: GameMetrics;
    readonly links: Proxies;
    readonly seed: number;
  }) {
    this.direct = parts.direct;
    this.roles = parts.roles;
    this.links = parts.links;
    this.#servers = parts.servers;
    this.#random = seededRandom(parts.seed);
    this.processes = new ProcessFaults([parts.servers.instance, parts.roles.instance]);
  }

  /** Base URL of ingest, through its proxy. */
  get url(): string {
    const { host, port } = this.links.http.address;
    return `http://${host}:${port}`;
  }

  /** Injects a fault. Resolves when it is over; the signal ends it early. */
  async inject(fault: Fault, signal: AbortSignal): Promise<void> {
    const { processes, links: proxies } = this;
    const during = async (ms: number, begin: () => void, end: () => void): Promise<void> => {
      begin();
      await pause(ms, signal);
      end();
    };
    switch (fault.kind) {
      case 'kill':
        processes.kill(fault.process);
        break;
      case 'pause': {
        const { process, ms } = fault;
        await during(
          ms,
          () => processes.pause(process),
          () => processes.resume(process),
        );
        break;
      }
      case 'slow':
        await processes.slow(fault.process, fault.ms, signal);
        break;
      case 'cut':
        proxies[fault.link].cut(fault.share, this.#random);
        break;
      case 'half-close':
        proxies[fault.link].halfClose(fault.share, this.#random);
        break;
      case 'truncate':
        proxies[fault.link].truncateAnswers(fault.share, fault.bytes, this.#random);
        break;
      case 'refuse':
      case 'hold': {
        const { kind, link, ms } = fault;
        await during(
          ms,
          () => proxies[link][kind](true),
          () => proxies[link][kind](false),
        );
        break;
      }
      case 'delay': {
        const { link, ms, byMs } = fault;
        await during(
          ms,
          () => proxies[link].delay(byMs),
          () => proxies[link].delay(0),
        );
        break;
      }
    }
  }

  /** Ends all current faults. */
  heal(): void {
    this.processes.heal();
    for (const proxy of Object.values<LinkFaults>(this.links)) proxy.heal();
  }

  async stop(): Promise<void> {
    this.heal();
    await this.roles.stop();
    if (this.direct !== this.#servers) await this.direct.stop();
    await this.#servers.stop();
    for (const proxy of Object.values<LinkFaults>(this.links)) await proxy.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Starts a pipeline for fault injection. @throws Failure if it cannot start */
export async function createFaultyPipeline(
  options: FaultyPipelineOptions = {},
): Promise<FaultyPipeline> {
  const { kafka, seed = 1, createRoles = createGameMetrics } = options;
  const servers = await createGameMetrics({ stack: 'embedded', roles: 'none' });
  const started: { stop(): Promise<void> }[] = [servers];
  try {
    const direct = kafka === undefined ? servers : await onKafka(servers, kafka);
    if (direct !== servers) started.push(direct);
    // Known only once the roles run, which need the proxies first.
    const ingest = { url: '' };
    const proxies = await proxyAll(direct.endpoints, () => splitAddress(new URL(ingest.url).host));
    started.push(
      ...Object.values<LinkFaults>(proxies).map((proxy) => ({ stop: async () => proxy.close() })),
    );
    const stack = throughProxies(direct.endpoints, proxies);
    const roles = await createRoles({ stack, roles: 'children', isolate: true });
    ingest.url = roles.url;
    return new FaultyPipeline({ direct, roles, servers, links: proxies, seed });
  } catch (error) {
    for (const each of started.reverse()) await each.stop();
    throw error;
  }
}

/** The embedded PostgreSQL and Redis with a shared Kafka. */
async function onKafka(servers: GameMetrics, kafka: KafkaEndpoint): Promise<GameMetrics> {
  const stack = { ...servers.endpoints, kafka };
  return createGameMetrics({ stack, isolated: true, roles: 'none' });
}

async function proxyAll(
  { kafka, postgres, redis }: Endpoints,
  ingest: () => Address,
): Promise<Proxies> {
  return {
    kafka: await KafkaProxy.listen(kafka.brokers),
    postgres: await TcpProxy.listen({
      target: () => ({ host: postgres.host, port: postgres.port }),
    }),
    redis: await TcpProxy.listen({ target: () => ({ host: redis.host, port: redis.port }) }),
    http: await TcpProxy.listen({ target: ingest }),
  };
}

function throughProxies(direct: Endpoints, proxies: Proxies): Endpoints {
  return {
    ...direct,
    kafka: { brokers: proxies.kafka.brokers },
    postgres: { ...direct.postgres, ...proxies.postgres.address },
    redis: { ...direct.redis, ...proxies.redis.address },
  };
}
