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

describe('where an anchor is stored', () => {
  it('applies what comes with the same record before it', () => {
    expect(decide(position(5), batchOf([4, 5, 6]))).toEqual(apply([5, 6]));
    expect(decide(position(5), batchOf([3, 4, 7]))).toEqual(apply([7]));
  });

  it('fetches the anchor first where the batch does not bring it', () => {
    expect(decide(position(5), batchOf([5, 6]))).toEqual({ kind: 'seek', offset: 4 });
    expect(decide(position(5), batchOf([0, 1]))).toEqual({ kind: 'seek', offset: 4 });
  });

  it('starts over where another record stands in its place', () => {
    const another = batchOf([4, 5], 'b');
    expect(decide(position(5), another)).toEqual({ kind: 'readRange' });
    expect(decide(position(5), another, range(2))).toEqual({ kind: 'startOver', at: 2 });
  });

  it('starts over where the fetch of the anchor does not bring it from a log that holds it', () => {
    const fromStart = batchOf([0, 1]);
    expect(decide(position(5, 4), fromStart)).toEqual({ kind: 'readRange' });
    expect(decide(position(5, 4), fromStart, range(0))).toEqual({ kind: 'startOver', at: 0 });
    expect(decide(position(5, 4), fromStart, range(4))).toEqual({ kind: 'startOver', at: 4 });
  });

  it('forgets the anchor where retention has removed its record', () => {
    expect(decide(position(5, 4), batchOf([5]), range(5))).toEqual({ kind: 'forgetAnchor' });
  });

  it('skips a batch that holds nothing new', () => {
    expect(decide(position(5), batchOf([3, 4]))).toEqual({ kind: 'skip' });
  });

  it('applies what was in the log when the anchor alone was fetched', () => {
    expect(decide(position(5, 5, true), batchOf([5, 6]))).toEqual(apply([5, 6]));
    // A control record is at 5.
    expect(decide(position(5, 5, true), batchOf([6]), range(0))).toEqual(apply([6]));
  });

  it('compares the anchor again with what came later, or from elsewhere', () => {
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

describe('where no anchor is stored', () => {
  it('applies what begins at the stored offset', () => {
    expect(decide(unread(0), batchOf([0, 1]))).toEqual(apply([0, 1]));
    expect(decide(unread(5), batchOf([3, 4, 5]))).toEqual(apply([5]));
  });

  it('fetches from the stored offset what begins later, and then takes it for a hole', () => {
    expect(decide(unread(5), batchOf([7]))).toEqual({ kind: 'readRange' });
    expect(decide(unread(5), batchOf([7]), range(0))).toEqual({ kind: 'seek', offset: 5 });
    expect(decide(unread(5, 5), batchOf([7]), range(0))).toEqual(apply([7]));
    // It was not in the log yet when the fetch was requested.
    expect(decide(unread(5, 5), batchOf([9]), range(0))).toEqual({ kind: 'seek', offset: 5 });
  });

  it('reads what is left where records expired unread, and says so', () => {
    expect(decide(unread(5), batchOf([9]), range(7))).toEqual({ kind: 'seek', offset: 7 });
    expect(decide(unread(5), batchOf([7, 8]), range(7))).toEqual(apply([7, 8], 7));
    // A control record is at 7.
    expect(decide(unread(5, 7), batchOf([8]), range(7))).toEqual(apply([8], 7));
  });
});
