import { recordTime } from '../pipeline/contract/deadLetter.js';
import type { Decoded } from '../pipeline/read/decode.js';
import { decodeBytes, decodeText } from '../pipeline/read/decode.js';
import { renderTable } from './terminal/table.js';
import type { Screen } from './terminal/terminal.js';
import { printable } from './terminal/text.js';

/** A topic, as plain data. */
interface Topic {
  readonly name: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly leader: number;
    readonly start: number | null;
    readonly end: number | null;
  }[];
}

interface Group {
  readonly group: string;
  readonly state: string;
  readonly members: readonly { readonly client: string; readonly host: string }[];
  readonly offsets: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly committed: number;
    readonly end: number | null;
    readonly lag: number | null;
  }[];
}

/** A record, as plain data. */
interface ShownRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer])[];
}

/** Topics and their record counts as a table, one row each. */
export function topicsText(topics: readonly Topic[], screen: Screen): string {
  const rows = topics.map(({ name, partitions }) => [
    name,
    partitions.length,
    known(sumOf(partitions.map(recordsOf))),
    known(sumOf(partitions.map(({ end }) => end))),
  ]);
  return renderTable({ head: ['topic', 'partitions', 'records', 'ever written'], rows }, screen);
}

/** The partitions of one topic as a table, one row each. */
export function partitionsText({ partitions }: Topic, screen: Screen): string {
  const rows = partitions.map((each) => [
    each.partition,
    String(each.leader),
    known(each.start),
    known(each.end),
    known(recordsOf(each)),
  ]);
  return renderTable(
    { head: ['partition', 'leader', 'log start', 'log end', 'records'], rows },
    screen,
  );
}

/** Groups and their lag, by the offsets committed to Kafka, as a table, one row each. */
export function groupsText(groups: readonly Group[], screen: Screen): string {
  const rows = groups.map(({ group, state, members, offsets }) => [
    group,
    state,
    members.length,
    [...new Set(offsets.map(({ topic }) => topic))].join(' '),
    known(sumOf(offsets.map(({ lag }) => lag))),
  ]);
  return renderTable({ head: ['group', 'state', 'members', 'topics', 'lag'], rows }, screen);
}

/** One group's partitions as a table, one row each; for a terminal, also the group's members. */
export function groupText({ offsets, members }: Group, screen: Screen): string {
  const rows = offsets.map(({ topic, partition, committed, end, lag }) => {
    return [topic, partition, committed, known(end), known(lag)];
  });
  const head = ['topic', 'partition', 'committed', 'log end', 'lag'];
  const lines = members.map(
    ({ client, host }) => `member ${printable(client)} on ${printable(host)}`,
  );
  return [renderTable({ head, rows }, screen), ...(screen.interactive ? lines : [])].join('\n');
}

/**
 * A record as text: a block for a terminal; for a pipe, partition, offset, time, key, headers (JSON)
 * and value, separated by tabs. Bytes that are not text are base64 with the prefix `base64:`.
 */
export function recordText(record: ShownRecord, screen: Screen): string {
  const { partition, offset, timestampMs, headers } = record;
  const at = recordTime(timestampMs);
  const key = decodedText(decodeText(record.key));
  const value = valueText(record.value);
  const shown = headers.map(([name, bytes]) => [name, decodedText(decodeText(bytes))] as const);
  if (!screen.interactive) {
    const cells = [partition, offset, at, key, JSON.stringify(Object.fromEntries(shown)), value];
    return cells.map((cell) => printable(String(cell))).join('\t');
  }
  const named = shown.map(([name, text]) => `${name}=${text}`).join('  ');
  return [
    printable(`${partition}:${offset}  ${at}  key ${key}`),
    ...(named === '' ? [] : [printable(`  ${named}`)]),
    `  ${printable(value)}`,
  ].join('\n');
}

/** An unknown value is shown as `?`, not as 0. */
function known(value: number | null): number | string {
  return value ?? '?';
}

function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

function recordsOf({ start, end }: Topic['partitions'][number]): number | null {
  return start === null || end === null ? null : end - start;
}

/** Returns JSON unparsed, because parsing would round large numbers. */
function valueText(bytes: Buffer | null): string {
  const decoded = decodeBytes(bytes);
  return decoded.as === 'json' ? (bytes ?? '').toString() : decodedText(decoded);
}

function decodedText(decoded: Exclude<Decoded, { as: 'json' }>): string {
  if (decoded.as === 'null') return 'null';
  return decoded.as === 'base64' ? `base64:${decoded.value}` : decoded.value;
}
