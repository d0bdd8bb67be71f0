import { expect, test } from 'vitest';

import { everyRequest } from './support/everyVersion.js';
import { rawClient, testBroker } from './support/testBroker.js';

/** A pseudorandom generator with the same numbers in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A request with a few changed bytes in its body, and a correct size. */
function damaged(frame: Buffer, random: () => number): Buffer {
  const bytes = Buffer.from(frame);
  for (let left = 1 + Math.floor(random() * 4); left > 0; left -= 1) {
    const at = 8 + Math.floor(random() * (bytes.length - 8));
    bytes.writeUInt8(random() < 0.5 ? 0xff : Math.floor(random() * 256), at);
  }
  return bytes;
}

test('a damaged request of any version gets a response or a closed connection, and the broker survives', async () => {
  const warnings: string[] = [];
  const broker = await testBroker({ warn: (message) => warnings.push(message) });
  const frames = await everyRequest(await rawClient(broker.port), 'fuzz-');
  const random = seeded(20_261_124);
  for (let round = 0; round < 15; round += 1) {
    for (const frame of frames) {
      const intruder = await rawClient(broker.port);
      intruder.socket.end(damaged(frame, random));
      await intruder.hungUp();
    }
  }
  // A warning would be an unexpected exception.
  expect(warnings).toEqual([]);
  await everyRequest(await rawClient(broker.port), 'after-');
});
