import { loadSql } from '../../../stores/postgres/sql.js';
import { topicName } from '../../contract/topics.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition } from '../definition.js';
import { readLetter } from './letters.js';

const insertDeadLetters = loadSql('insert_dead_letters');

/** The dead-letter writer: stores system.dlq in dlq_events. */
export function createDeadLetterWriter(context: PipelineContext): ConsumerDefinition {
  const topic = topicName(context.namespace, 'deadLetters');
  return {
    role: 'dead-letter',
    async store(tx, partition, records) {
      const rows = records.map((record) => readLetter(record, { topic, partition }));
      await tx.query(insertDeadLetters, [
        rows.map((row) => row.originalJson),
        rows.map((row) => row.originalBase64),
        rows.map((row) => row.code),
        rows.map((row) => row.message),
        rows.map((row) => row.service),
        rows.map((row) => row.topic),
        rows.map((row) => row.partition),
        rows.map((row) => row.offset),
        rows.map((row) => row.timestamp),
        rows.map((row) => row.attempts),
        rows.map((row) => row.failedAt),
      ]);
      return { derived: [], counts: { duplicate: 0, skipped: 0, dead_lettered: 0 } };
    },
  };
}
