import type { ReplayResult } from '../pipeline/deadLetters/replay.js';
import type { StoredLetter } from '../pipeline/deadLetters/stored.js';
import { renderFacts, renderTable } from './terminal/table.js';
import type { Screen } from './terminal/terminal.js';

/** Dead letters as a table, one row each. */
export function lettersText(letters: readonly StoredLetter[], screen: Screen): string {
  const rows = letters.map((letter) => [
    String(letter.id),
    screen.interactive
      ? letter.failed_at.toISOString().slice(0, 19)
      : letter.failed_at.toISOString(),
    letter.consumer_service,
    letter.error_code,
    letter.error_message,
    sourceOf(letter),
    letter.replayed_at?.toISOString() ?? '',
  ]);
  const head = ['id', 'failed', 'service', 'error', 'reason', 'source', 'replayed'];
  return renderTable({ head, rows }, screen);
}

/** One dead letter and its original record as names and values. */
export function letterText(letter: StoredLetter, screen: Screen): string {
  const { original, original_value: bytes, replayed_at: replayed } = letter;
  return renderFacts(
    [
      ['dead letter', String(letter.id)],
      ['failed', letter.failed_at.toISOString()],
      ['service', letter.consumer_service],
      ['error', letter.error_code],
      ['reason', letter.error_message],
      ['source', `${letter.source_topic} ${sourceOf(letter)}`],
      ['written', letter.source_timestamp.toISOString()],
      ['attempts', letter.attempts],
      ['replayed', replayed === null ? 'no' : replayed.toISOString()],
      ...(original === null ? [] : [['event', original] as const]),
      ...(bytes === null ? [] : [['bytes', bytes.toString()] as const]),
      ...(bytes === null ? [] : [['base64', bytes.toString('base64')] as const]),
    ],
    screen,
  );
}

/** The outcomes of a replay as a table, one row per dead letter. */
export function replayText(results: readonly ReplayResult[], screen: Screen): string {
  const rows = results.map((result) => [
    String(result.id),
    result.outcome,
    'place' in result ? `${result.place.partition}:${result.place.offset}` : '',
    'letter' in result ? String(result.letter) : '',
    'because' in result ? result.because : '',
  ]);
  const head = ['id', 'outcome', 'written to', 'new id', 'reason'];
  return renderTable({ head, rows }, screen);
}

function sourceOf({ source_partition: partition, source_offset: offset }: StoredLetter): string {
  return `${partition}:${offset}`;
}
