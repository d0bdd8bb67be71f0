import { expect, test } from 'vitest';

import { crc32c } from './crc32c.js';

// The test vectors of RFC 3720, appendix B.4, and the check value of the CRC catalogues.
test.each([
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['an empty buffer', Buffer.alloc(0), 0],
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
  ['31 to 0', Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c],
])('the checksum of %s matches the published value', (_name, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test('the checksum of a range does not depend on its alignment', () => {
  const bytes = Buffer.from('abcdefghijklmnopqrstuvwxyz');
  for (let from = 0; from < 9; from += 1) {
    expect(crc32c(bytes, from, 20)).toBe(crc32c(Buffer.from(bytes.subarray(from, 20))));
  }
});
