/**
 * Kafka's clients go where the broker says it is: so that they stay behind proxies, each port in
 * its answers is replaced by that of the broker's proxy. A frame is `size int32`, then for a request `api key int16,
 * version int16, correlation id int32, …`, for a response `correlation id int32, …`.
 */
export interface KafkaAddresses {
  /** Bytes from the client: whole frames, unchanged. */
  readonly request: (chunk: Buffer) => Buffer;
  /** Bytes from the broker: whole frames, with the ports replaced. */
  readonly response: (chunk: Buffer) => Buffer;
}

const metadata = 3;
const findCoordinator = 10;

/** @param ports the port of each broker's proxy, by the broker's own */
export function replacePorts(ports: ReadonlyMap<number, number>): KafkaAddresses {
  const asked = new Map<number, { readonly api: number; readonly version: number }>();
  const requests = frames();
  const responses = frames();
  return {
    request: (chunk) => {
      const whole = requests(chunk);
      for (const frame of whole) {
        const api = frame.readInt16BE(4);
        if (api !== metadata && api !== findCoordinator) continue;
        asked.set(frame.readInt32BE(8), { api, version: frame.readInt16BE(6) });
      }
      return Buffer.concat(whole);
    },
    response: (chunk) => {
      const whole = responses(chunk);
      for (const frame of whole) {
        const id = frame.readInt32BE(4);
        const request = asked.get(id);
        if (request === undefined) continue;
        asked.delete(id);
        for (const at of portsIn(frame, request)) {
          const port = frame.readInt32BE(at);
          frame.writeInt32BE(ports.get(port) ?? port, at);
        }
      }
      return Buffer.concat(whole);
    },
  };
}

/** Cuts a stream of bytes into frames, each with its size in front. */
function frames(): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole: Buffer[] = [];
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      whole.push(Buffer.from(rest.subarray(0, end)));
      rest = rest.subarray(end);
    }
    return whole;
  };
}

/** Where the ports stand: in Metadata v0 to v8 and FindCoordinator v0 to v2, which kafkajs uses. */
function portsIn(frame: Buffer, { api, version }: { api: number; version: number }): number[] {
  let at = 8;
  const skipString = (): void => {
    at += 2 + Math.max(0, frame.readInt16BE(at));
  };
  if (api === findCoordinator) {
    if (version > 2) throw new Error(`FindCoordinator version ${version} is not known here`);
    at += version >= 1 ? 4 + 2 : 2;
    if (version >= 1) skipString();
    at += 4;
    skipString();
    return [at];
  }
  if (version > 8) throw new Error(`Metadata version ${version} is not known here`);
  if (version >= 3) at += 4;
  const brokers = frame.readInt32BE(at);
  at += 4;
  const ports: number[] = [];
  for (let broker = 0; broker < brokers; broker += 1) {
    at += 4;
    skipString();
    ports.push(at);
    at += 4;
    if (version >= 1) skipString();
  }
  return ports;
}
