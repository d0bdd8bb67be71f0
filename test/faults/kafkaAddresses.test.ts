import fc from 'fast-check';
import { expect, it } from 'vitest';

import { replacePorts } from './kafkaAddresses.js';

const string = (text: string): Buffer => Buffer.concat([int16(text.length), Buffer.from(text)]);
const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const frame = (...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([int32(body.length), body]);
};

const requestFrame = (api: number, version: number, id: number): Buffer =>
  frame(int16(api), int16(version), int32(id), string('client'));

/** Metadata v6: throttle time, brokers, the rest. FindCoordinator v1: throttle, error, message, node. */
const metadata = (id: number, ...ports: number[]): Buffer =>
  frame(
    ...[int32(id), int32(0), int32(ports.length)],
    ...ports.flatMap((port, node) => [int32(node), string('127.0.0.1'), int32(port), int16(-1)]),
    ...[string('cluster'), int32(9092), int32(0)],
  );
const coordinator = (id: number, port: number): Buffer =>
  frame(int32(id), int32(0), int16(0), int16(-1), int32(1), string('127.0.0.1'), int32(port));
const other = (id: number): Buffer => frame(int32(id), int32(9092), int32(9092));

const proxies = new Map([
  [9092, 7],
  [9093, 8],
]);

it('replaces only the ports in responses with broker addresses, however the bytes are split', () => {
  const sent = Buffer.concat([
    requestFrame(3, 6, 1),
    requestFrame(1, 11, 2),
    requestFrame(10, 1, 3),
  ]);
  const answered = Buffer.concat([metadata(1, 9092, 9093), other(2), coordinator(3, 9093)]);
  const expected = Buffer.concat([metadata(1, 7, 8), other(2), coordinator(3, 8)]);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: answered.length })), (cuts) => {
      const { request, response } = replacePorts(proxies);
      expect(request(sent)).toEqual(sent);
      const at = [0, ...cuts.sort((a, b) => a - b), answered.length];
      const chunks = at.slice(1).map((end, index) => answered.subarray(at[index], end));
      expect(Buffer.concat(chunks.map(response))).toEqual(expected);
    }),
  );
});

it('does not change the address of a broker without a proxy', () => {
  const { request, response } = replacePorts(proxies);
  request(requestFrame(3, 6, 1));
  expect(response(metadata(1, 9094))).toEqual(metadata(1, 9094));
});
