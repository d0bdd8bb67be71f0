import { describe, expect, test } from 'vitest';

import { makeBatch } from '../../../test/support/broker/batchBuilder.js';
import { errorCodes } from '../codec/errorCodes.js';
import { readBatchHeader, type BatchHeader } from '../codec/recordBatch.js';
import { ProducerStates } from './producerStates.js';

function batch(baseSequence: number, count = 1, producerEpoch = 0): BatchHeader {
  const values = Array.from({ length: count }, () => 'x');
  return readBatchHeader(makeBatch({ values, producerId: 1, producerEpoch, baseSequence }));
}

/** The state after single-record batches with sequences 0 to `last`, at offsets from 100 on. */
function written(last: number): ProducerStates {
  const states = new ProducerStates();
  for (let sequence = 0; sequence <= last; sequence += 1) {
    states.note(batch(sequence), 100 + sequence, 1);
  }
  return states;
}

const next = { kind: 'next' };
const outOfOrder = { kind: 'refused', error: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER };

describe('one epoch', () => {
  test('the next sequence is accepted and a gap is rejected', () => {
    expect(written(6).check(batch(7))).toEqual(next);
    expect(written(6).check(batch(8))).toEqual(outOfOrder);
  });

  test('each of the last five batches is recognized as a duplicate, with its offset', () => {
    for (const sequence of [2, 3, 4, 5, 6]) {
      expect(written(6).check(batch(sequence))).toMatchObject({
        kind: 'duplicate',
        baseOffset: 100 + sequence,
      });
    }
    expect(written(6).check(batch(1))).toEqual(outOfOrder);
  });

  test('a batch that overlaps a known one is out of order', () => {
    expect(written(6).check(batch(6, 2))).toEqual(outOfOrder);
  });

  test('sequences wrap after 2^31 - 1', () => {
    const states = new ProducerStates();
    states.note(batch(2 ** 31 - 2, 3), 0, 1);
    expect(states.check(batch(1))).toEqual(next);
    expect(states.check(batch(2))).toEqual(outOfOrder);
  });
});

test('a new epoch starts at sequence 0, and an old epoch is fenced', () => {
  const states = written(3);
  expect(states.check(batch(4, 1, 1))).toEqual(outOfOrder);
  expect(states.check(batch(0, 1, 1))).toEqual(next);
  states.note(batch(0, 1, 1), 200, 1);
  expect(states.check(batch(4, 1, 0))).toEqual({
    kind: 'refused',
    error: errorCodes.INVALID_PRODUCER_EPOCH,
  });
  expect(states.check(batch(0, 1, 1))).toMatchObject({ kind: 'duplicate', baseOffset: 200 });
});

test('a snapshot restores the state, and an idle producer expires', () => {
  const restored = new ProducerStates(written(2).snapshot());
  expect(restored.check(batch(2))).toMatchObject({ kind: 'duplicate' });
  restored.expire(2);
  expect(restored.check(batch(2))).toEqual(next);
});
