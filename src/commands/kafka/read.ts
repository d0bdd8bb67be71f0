import { Args, Flags } from '@oclif/core';

import { browsing } from '../../app/browsing.js';
import { exitCodes } from '../../app/exits.js';
import { handleInterrupts } from '../../app/interrupts.js';
import { findTarget } from '../../app/target.js';
import { parseInstant } from '../../generators/quantities.js';
import { recordJson } from '../../pipeline/read/decode.js';
import { findTopic, readTopic, type ReadOptions } from '../../pipeline/read/readTopic.js';
import { recordText } from '../../ui/kafka.js';
import { screenOf } from '../../ui/terminal/terminal.js';
import { parseDuration } from '../../util/duration.js';
import { Failure } from '../../util/failure.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag } from '../support/flags.js';
import { readerGone } from '../support/readerGone.js';
import { written } from '../support/written.js';

export default class KafkaRead extends BaseCommand {
  static override summary = "Read a topic's records: keys, headers and decoded values.";
  static override description =
    'Joins no consumer group and commits no offsets. In a pipe, each record is one line: ' +
    'partition, offset, time, key, headers (JSON) and value, separated by tabs; with --json, one ' +
    'object per line. Bytes that are neither JSON nor text are base64.\n\n--from: start (the ' +
    'default), end (the default of --follow), an offset, -N for the last N records of each ' +
    'partition, a time such as 2026-11-24T12:00:00Z, or a duration ago, such as 10m.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> player.events.raw --from -5',
    '<%= config.bin %> <%= command.id %> player.events.raw --from 10m --key player-123',
    '<%= config.bin %> <%= command.id %> system.dlq --follow',
    '<%= config.bin %> <%= command.id %> player.statistics --partition 0 --json --limit 10',
  ];
  static override args = {
    topic: Args.string({ ignoreStdin: true, description: "The topic's name.", required: true }),
  };
  static override flags = {
    name: nameFlag,
    from: Flags.string({
      summary: 'Where to begin: start, end, OFFSET, -N, TIME or DURATION.',
      env: 'GAMEMETRICS_FROM',
      helpValue: 'WHERE',
    }),
    partition: Flags.integer({
      summary: 'Only this partition.',
      env: 'GAMEMETRICS_PARTITION',
      helpValue: 'N',
      min: 0,
    }),
    key: Flags.string({ summary: 'Only records with this key.', env: 'GAMEMETRICS_KEY' }),
    limit: Flags.integer({
      char: 'l',
      summary: 'End after this many records.',
      env: 'GAMEMETRICS_LIMIT',
      helpValue: 'N',
      min: 1,
    }),
    follow: Flags.boolean({
      char: 'f',
      summary: 'Continue with new records as they are written, until Ctrl-C.',
      env: 'GAMEMETRICS_FOLLOW',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KafkaRead);
    const { follow, json, key, limit = Infinity, partition } = flags;
    const from = parseFrom(flags.from ?? (follow ? 'end' : 'start'), Date.now());
    const { endpoints } = findTarget(flags.name);
    const { stop } = handleInterrupts();
    const signal = AbortSignal.any([stop, readerGone()]);
    await browsing(
      endpoints,
      async (browser) => {
        const topic = await findTopic(browser, endpoints.namespace, args.topic);
        let printed = 0;
        for await (const record of readTopic(browser, topic, { from, partition, follow, signal })) {
          if (key !== undefined && record.key?.toString() !== key) continue;
          const screen = screenOf(process.stdout);
          const shown = json
            ? JSON.stringify(recordJson(topic.name, record))
            : recordText(record, screen);
          this.log('%s', shown);
          await written(process.stdout);
          printed += 1;
          if (printed >= limit) return;
        }
      },
      stop,
    );
    if (stop.aborted) this.exit(exitCodes.interrupted);
  }
}

/** @param nowMs the time from which a duration is counted back */
function parseFrom(text: string, nowMs: number): ReadOptions['from'] {
  if (text === 'start' || text === 'end') return { kind: text };
  if (/^\d{1,15}$/.test(text)) return { kind: 'offset', offset: Number(text) };
  if (/^-\d{1,15}$/.test(text)) return { kind: 'last', records: Number(text.slice(1)) };
  if (/^[\d.]+(ms|s|m|h)$/.test(text)) return { kind: 'time', atMs: nowMs - parseDuration(text) };
  if (/^\d{4}-/.test(text)) return { kind: 'time', atMs: parseInstant(text) };
  throw new Failure(`--from: "${text}" is not a position in a topic`, {
    code: 'invalid_argument',
    cure: 'Use start, end, an offset, -N for the last N, a time, or a duration such as 10m.',
  });
}
