import type { Bytes } from '../codec/bytes.js';
import { encodeResponse, isFlexible, bodyReader, type MessageForm } from '../codec/frame.js';
import type { Layout } from '../codec/layout.js';
import type { Coordinator } from '../group/coordinator.js';
import type { ProducerIds } from '../log/producerIds.js';
import type { TopicStore } from '../log/topicStore.js';

/** What the broker advertises to clients. */
interface Identity {
  readonly nodeId: number;
  readonly clusterId: string;
  /** The address that clients connect to. */
  readonly host: string;
  readonly port: number;
}

interface Settings {
  /** Whether a metadata request creates a missing topic. */
  readonly autoCreateTopics: boolean;
  /** Partitions of a topic that is created without a partition count. */
  readonly numPartitions: number;
}

export interface ApiRange extends MessageForm {
  readonly name: string;
  /** Inclusive. */
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** The state that the handlers work on. */
export interface Services {
  readonly identity: Identity;
  readonly settings: Settings;
  readonly topics: TopicStore;
  readonly groups: Coordinator;
  readonly producerIds: ProducerIds;
  /** All supported APIs, for ApiVersions to report. */
  readonly apis: readonly ApiRange[];
}

export interface RequestContext {
  readonly services: Services;
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  /** Aborted when the client disconnects and a response is no longer needed. */
  readonly signal: AbortSignal;
}

/** No response at all, as a produce request with acks = 0 requires. */
export const noResponse = Symbol('no response');
/** No response; the connection is closed. This is how such a request reports an error. */
export const closeConnection = Symbol('close the connection');

type Answer<Res> = Res | typeof noResponse | typeof closeConnection;

interface ApiDefinition<Req, Res> extends ApiRange {
  readonly request: Layout<Req>;
  readonly response: Layout<Res>;
  readonly handle: (request: Req, context: RequestContext) => Answer<Res> | Promise<Answer<Res>>;
}

/** A response frame in pieces, or the symbol that replaces it. */
export type Served = Answer<readonly Bytes[]>;

export interface Api extends ApiRange {
  /**
   * Decodes a request, handles it and encodes its response.
   * @param frame the whole request; its header ends at `bodyAt`
   * @throws MalformedError if the request does not match its layout
   */
  serve(
    frame: Buffer,
    bodyAt: number,
    correlationId: number,
    context: RequestContext,
  ): Served | Promise<Served>;
}

/** Builds an API from its layouts and its handler. */
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
