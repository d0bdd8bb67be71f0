import { describe, expect, it } from 'vitest';

import { assignPorts, wellKnownPorts, type PortRequest } from './ports.js';

const names = ['ingest', 'worker', 'redis'];

function assign(request: Partial<PortRequest>, taken: readonly number[] = []) {
  const none = { saved: {}, preferred: {}, explicit: {} };
  const reserve = (port: number) => Promise.resolve(!taken.includes(port));
  return assignPorts({ names, ...none, ...request }, reserve);
}

describe('assignPorts', () => {
  it('takes the well-known ports where they are free', async () => {
    const { ports, notices } = await assign({ preferred: wellKnownPorts });
    expect(ports).toMatchObject({ ingest: 8080, redis: 6379 });
    expect(notices).toEqual([]);
  });

  it('takes another one where a well-known port is in use, and says so', async () => {
    const { ports, notices } = await assign({ preferred: wellKnownPorts }, [6379]);
    expect(ports['redis']).not.toBe(6379);
    expect(notices).toEqual([`port 6379 is in use, so redis takes ${String(ports['redis'])}`]);
  });

  it('stays below the ports of outgoing connections, and gives no port twice', async () => {
    const { ports } = await assign({});
    expect(new Set(Object.values(ports)).size).toBe(names.length);
    for (const port of Object.values(ports)) expect(port).toBeLessThan(32_768);
  });

  it('keeps the ports that an instance had before, rather than those it would have now', async () => {
    const saved = { ingest: 21_000, redis: 22_000 };
    const { ports } = await assign({ saved, preferred: wellKnownPorts });
    expect(ports).toMatchObject(saved);
  });

  it('keeps to the port that the user asks for, or fails', async () => {
    const explicit = { ingest: 9000 };
    expect((await assign({ explicit, saved: { ingest: 1234 } })).ports['ingest']).toBe(9000);
    await expect(assign({ explicit }, [9000])).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it('does not give the port that a user asks for to a process before', async () => {
    const { ports } = await assign({
      names: ['worker', 'ingest'],
      saved: { worker: 9000 },
      explicit: { ingest: 9000 },
    });
    expect(ports['ingest']).toBe(9000);
    expect(ports['worker']).not.toBe(9000);
  });
});
