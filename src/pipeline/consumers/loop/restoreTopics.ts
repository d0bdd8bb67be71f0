import type { KafkaEndpoint } from '../../../config/endpoints.js';
import { describeError } from '../../../util/describeError.js';
import type { PipelineContext } from '../../runtime/context.js';
import { createTopics } from '../../runtime/prepare.js';

/**
 * Creates the missing topics. After a topic was deleted or the broker was wiped, no consumer can work
 * until its topics exist again. A failure is only logged, because the caller polls.
 * @param topic a topic that is known to be missing
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
