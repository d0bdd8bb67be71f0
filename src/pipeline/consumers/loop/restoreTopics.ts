import type { KafkaEndpoint } from '../../../config/endpoints.js';
import { describeError } from '../../../util/describeError.js';
import type { PipelineContext } from '../../runtime/context.js';
import { createTopics } from '../../runtime/prepare.js';

/**
 * Creates the topics that are missing. If a topic was deleted or the broker wiped, no consumer can
 * work until they exist again. A failure is logged: the caller polls, and finds the topic missing again.
 * @param topic the topic that was found missing
 */
export async function restoreTopics(
  { log, namespace }: Pick<PipelineContext, 'log' | 'namespace'>,
  kafka: KafkaEndpoint,
  topic: string,
): Promise<void> {
  try {
    await createTopics({ kafka, namespace });
    log.warn(`${topic} was missing: created the missing topics`);
  } catch (error) {
    log.warn(`${topic} is missing: ${describeError(error)}`);
  }
}
