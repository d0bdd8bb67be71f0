import { v7 as uuidv7 } from 'uuid';

import { isJsonObject } from '../pipeline/contract/json.js';
import { bounds } from '../pipeline/ingest/events.js';
import type { DeliveryOptions, IngestClient, Outcome } from './client.js';

/** The result of one line: its number in the input, from 1, and its outcome. */
export interface LineResult {
  readonly line: number;
  readonly outcome: Outcome;
}

/**
 * Sends NDJSON as it arrives. The complete lines of each chunk are one request, so that a file is
 * sent fast and a typed line immediately. An event without an event_id gets one here, so that it is
 * counted once even after a retry. Blank lines are skipped.
 * @param input text in chunks of any size, as from a stream
 */
export async function* sendLines(
  client: Pick<IngestClient, 'sendBatch'>,
  input: AsyncIterable<string>,
  options: DeliveryOptions,
): AsyncGenerator<LineResult> {
  let number = 0;
  for await (const lines of completeLines(input)) {
    const prepared = lines.map((text) => ({ line: (number += 1), ...prepare(text) }));
    const jsons = prepared.flatMap(({ json }) => (json === undefined ? [] : [json]));
    const outcomes = jsons.length === 0 ? [] : await client.sendBatch(jsons, options);
    let next = 0;
    for (const { line, json, problem } of prepared) {
      const outcome = json === undefined ? problem : outcomes[next++];
      if (outcome !== undefined) yield { line, outcome };
    }
  }
}

/** The lines that end in each chunk, and an unterminated last line. */
async function* completeLines(input: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = '';
  for await (const chunk of input) {
    const end = chunk.lastIndexOf('\n');
    if (end === -1) {
      rest += chunk;
      continue;
    }
    yield (rest + chunk.slice(0, end)).split('\n');
    rest = chunk.slice(end + 1);
  }
  if (rest !== '') yield [rest];
}

/** The JSON text of an event, or why it is invalid; neither for a blank line. */
function prepare(text: string): { json?: string; problem?: Outcome } {
  if (text.trim() === '') return {};
  if (Buffer.byteLength(text) > bounds.eventBytes) {
    return { problem: refused(413, `is larger than ${bounds.eventBytes} bytes`) };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: refused(400, `is not JSON: ${(error as SyntaxError).message}`) };
  }
  const complete =
    isJsonObject(value) && value['event_id'] === undefined
      ? { event_id: uuidv7(), ...value }
      : value;
  return { json: JSON.stringify(complete) };
}

function refused(status: number, message: string): Outcome {
  return { kind: 'rejected', status, detail: message, errors: [{ path: '', message }] };
}
