import { describe, expect, it } from 'vitest';

import type { ConsumedRecord } from '../../../stores/kafka/consumer.js';
import { anchorOf } from './anchor.js';
import { decide, type Position } from './decide.js';

const record = (offset: number, log = 'a'): ConsumedRecord => ({
  offset,
  timestampMs: 0,
  key: null,
  value: Buffer.from(`${log}${offset}`),
});

const batchOf = (offsets: number[], log = 'a') => ({
  records: offsets.map((offset) => record(offset, log)),
});

const range = (start: number, end = 100) => ({ partition: 0, start, end });

/** Everything before `next` was read of log a; perhaps a fetch was requested when it ended at 9. */
function position(next: number, from?: number, afterAnchor = false): Position {
  return {
    next,
    anchor: anchorOf(record(next - 1)),
    request: from === undefined ? undefined : { from, logEnd: 9, afterAnchor },
  };
}

/** Nothing was read of the log yet. */
const unread = (next: number, from?: number): Position => ({
  ...position(next, from),
  anchor: null,
});

const apply = (offsets: number[], lostBefore?: number) => ({
  kind: 'apply',
  records: offsets.map((offset) => record(offset)),
  lostBefore,
});

describe('with a stored anchor', () => {
  it('applies records that follow the record of the anchor', () => {
    expect(decide(position(5), batchOf([4, 5, 6]))).toEqual(apply([5, 6]));
    expect(decide(position(5), batchOf([3, 4, 7]))).toEqual(apply([7]));
  });

  it('fetches the anchor first if the batch does not include it', () => {
    expect(decide(position(5), batchOf([5, 6]))).toEqual({ kind: 'seek', offset: 4 });
    expect(decide(position(5), batchOf([0, 1]))).toEqual({ kind: 'seek', offset: 4 });
  });

  it('starts over if another record is at its offset', () => {
    const another = batchOf([4, 5], 'b');
    expect(decide(position(5), another)).toEqual({ kind: 'readRange' });
    expect(decide(position(5), another, range(2))).toEqual({ kind: 'startOver', at: 2 });
  });

  it('starts over if the fetch of the anchor does not return it although the log covers its offset', () => {
    const fromStart = batchOf([0, 1]);
    expect(decide(position(5, 4), fromStart)).toEqual({ kind: 'readRange' });
    expect(decide(position(5, 4), fromStart, range(0))).toEqual({ kind: 'startOver', at: 0 });
    expect(decide(position(5, 4), fromStart, range(4))).toEqual({ kind: 'startOver', at: 4 });
  });

  it('forgets the anchor if retention has removed its record', () => {
    expect(decide(position(5, 4), batchOf([5]), range(5))).toEqual({ kind: 'forgetAnchor' });
  });

  it('skips a batch without new records', () => {
    expect(decide(position(5), batchOf([3, 4]))).toEqual({ kind: 'skip' });
  });

  it('applies records that were in the log when only the anchor was fetched', () => {
    expect(decide(position(5, 5, true), batchOf([5, 6]))).toEqual(apply([5, 6]));
    // A control record is at 5.
    expect(decide(position(5, 5, true), batchOf([6]), range(0))).toEqual(apply([6]));
  });

  it('compares the anchor again for records that were written later, or fetched from another offset', () => {
    expect(decide(position(5, 5, true), batchOf([9]))).toEqual({ kind: 'seek', offset: 4 });
    expect(decide(position(5, 5, true), batchOf([0]))).toEqual({ kind: 'seek', offset: 4 });
  });

  it('does not rely on a request for a record that has been applied since', () => {
    const first = { ...position(6), request: { from: 5, logEnd: 6, afterAnchor: false } };
    expect(decide(first, batchOf([6]))).toEqual({ kind: 'seek', offset: 5 });
    const second = { ...position(6), request: { from: 5, logEnd: 9, afterAnchor: true } };
    expect(decide(second, batchOf([7]))).not.toMatchObject({ kind: 'apply' });
  });
});

describe('without a stored anchor', () => {
  it('applies a batch that begins at the stored offset', () => {
    expect(decide(unread(0), batchOf([0, 1]))).toEqual(apply([0, 1]));
    expect(decide(unread(5), batchOf([3, 4, 5]))).toEqual(apply([5]));
  });

  it('refetches from the stored offset if a batch begins later, and then accepts the gap', () => {
    expect(decide(unread(5), batchOf([7]))).toEqual({ kind: 'readRange' });
    expect(decide(unread(5), batchOf([7]), range(0))).toEqual({ kind: 'seek', offset: 5 });
    expect(decide(unread(5, 5), batchOf([7]), range(0))).toEqual(apply([7]));
    // The record was not in the log yet when the fetch was requested.
    expect(decide(unread(5, 5), batchOf([9]), range(0))).toEqual({ kind: 'seek', offset: 5 });
  });

  it('applies the remaining records if unread records have expired, and reports the loss', () => {
    expect(decide(unread(5), batchOf([9]), range(7))).toEqual({ kind: 'seek', offset: 7 });
    expect(decide(unread(5), batchOf([7, 8]), range(7))).toEqual(apply([7, 8], 7));
    // A control record is at 7.
    expect(decide(unread(5, 7), batchOf([8]), range(7))).toEqual(apply([8], 7));
  });
});
