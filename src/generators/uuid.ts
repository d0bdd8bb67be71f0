import type { Faker } from '@faker-js/faker';
import { v7 as uuidv7 } from 'uuid';

const random = new Uint8Array(16);

/** A UUIDv7 with the given time (milliseconds since the epoch) and random bits from the seed. */
export function seededUuidV7(faker: Faker, msecs: number): string {
  const words = new DataView(random.buffer);
  for (let offset = 0; offset < 16; offset += 4) {
    words.setUint32(offset, faker.number.int({ max: 0xffff_ffff }));
  }
  return uuidv7({ msecs, random });
}
