import type { Bytes } from '../codec/bytes.js';
import { encodeResponse, isFlexible, bodyReader, type MessageForm } from '../codec/frame.js';
import type { Layout } from '../codec/layout.js';
import type { Coordinator } from '../group/coordinator.js';
import type { ProducerIds } from '../log/producerIds.js';
import type { TopicStore } from '../log/topicStore.js';

/** How the broker presents itself to clients. */
interface Identity {
  readonly nodeId: number;
  readonly clusterId: string;
  /** Where clients find it. */
  readonly host: string;
  readonly port: number;
}

interface Settings {
  /** Whether a topic that a client asks about is made. */
  readonly autoCreateTopics: boolean;
  /** How many partitions a topic gets that is made without saying. */
  readonly numPartitions: number;
}

export interface ApiRange extends MessageForm {
  readonly name: string;
  /** Inclusive. */
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** What the handlers work on. */
export interface Services {
  readonly identity: Identity;
  readonly settings: Settings;
  readonly topics: TopicStore;
  readonly groups: Coordinator;
  readonly producerIds: ProducerIds;
  /** Everything that is served, for ApiVersions to tell. */
  readonly apis: readonly ApiRange[];
}

export interface RequestContext {
  readonly services: Services;
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  /** Aborted when the client has gone: nobody waits any more. */
  readonly signal: AbortSignal;
}

/** No response at all: what a produce request with acks = 0 asks for. */
export const noResponse = Symbol('no response');
/** No response and the end of the connection: how an error of such a request is told. */
export const closeConnection = Symbol('close the connection');

type Answer<Res> = Res | typeof noResponse | typeof closeConnection;

interface ApiDefinition<Req, Res> extends ApiRange {
  readonly request: Layout<Req>;
  readonly response: Layout<Res>;
  readonly handle: (request: Req, context: RequestContext) => Answer<Res> | Promise<Answer<Res>>;
}

/** A response frame in pieces, or what takes its place. */
export type Served = Answer<readonly Bytes[]>;

export interface Api extends ApiRange {
  /**
   * Decodes a request, handles it and encodes its response.
   * @param frame the whole request, whose header ends at `bodyAt`
   * @throws MalformedError where it does not follow its layout
   */
  serve(
    frame: Buffer,
    bodyAt: number,
    correlationId: number,
    context: RequestContext,
  ): Served | Promise<Served>;
}

/** Puts an API together from its layouts and its handler. */
export function defineApi<Req, Res extends object>(definition: ApiDefinition<Req, Res>): Api {
  const { request, response, handle, ...range } = definition;
  return {
    ...range,
    serve(frame, bodyAt, correlationId, context) {
      const { version } = context;
      const encode = (answer: Answer<Res>): Served =>
        answer === noResponse || answer === closeConnection
          ? answer
          : encodeResponse(range, version, correlationId, response, answer);
      const reader = bodyReader(frame, bodyAt, isFlexible(range, version));
      const answer = handle(request.read(reader, version), context);
      return answer instanceof Promise ? answer.then(encode) : encode(answer);
    },
  };
}
