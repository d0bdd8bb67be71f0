/**
 * Kafka clients connect to the advertised addresses of the brokers. To keep them behind the proxies,
 * each port in a response is replaced by that of the broker's proxy. A frame is `size int32`, then
 * in a request `api key int16, version int16, correlation id int32, …`, and in a response
 * `correlation id int32, …`.
 */
export interface KafkaAddresses {
  /** Bytes from the client: whole frames, unchanged. */
  readonly request: (chunk: Buffer) => Buffer;
  /** Bytes from the broker: whole frames, with the ports replaced. */
  readonly response: (chunk: Buffer) => Buffer;
}

const metadata = 3;
const findCoordinator = 10;

/** @param ports the port of each broker's proxy, by the port of the broker */
export function replacePorts(ports: ReadonlyMap<number, number>): KafkaAddresses {
  const pending = new Map<number, { readonly api: number; readonly version: number }>();
  const requests = frames();
  const responses = frames();
  return {
    request: (chunk) => {
      const whole = requests(chunk);
      for (const frame of whole) {
        const api = frame.readInt16BE(4);
        if (api !== metadata && api !== findCoordinator) continue;
        pending.set(frame.readInt32BE(8), { api, version: frame.readInt16BE(6) });
      }
      return Buffer.concat(whole);
    },
    response: (chunk) => {
      const whole = responses(chunk);
      for (const frame of whole) {
        const id = frame.readInt32BE(4);
        const request = pending.get(id);
        if (request === undefined) continue;
        pending.delete(id);
        for (const at of portsIn(frame, request)) {
          const port = frame.readInt32BE(at);
          frame.writeInt32BE(ports.get(port) ?? port, at);
        }
      }
      return Buffer.concat(whole);
    },
  };
}

/** Splits a byte stream into frames, each with its size prefix. */
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

/** The positions of ports in Metadata v0 to v8 and FindCoordinator v0 to v2, which kafkajs uses. */
function portsIn(frame: Buffer, { api, version }: { api: number; version: number }): number[] {
  let at = 8;
  const skipString = (): void => {
    at += 2 + Math.max(0, frame.readInt16BE(at));
  };
  if (api === findCoordinator) {
    if (version > 2) {
      throw new Error(`FindCoordinator version ${version} is not supported by the proxy`);
    }
    at += version >= 1 ? 4 + 2 : 2;
    if (version >= 1) skipString();
    at += 4;
    skipString();
    return [at];
  }
  if (version > 8) throw new Error(`Metadata version ${version} is not supported by the proxy`);
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
