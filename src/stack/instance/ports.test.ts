import { describe, expect, it } from 'vitest';

import { assignPorts, wellKnownPorts, type PortRequest } from './ports.js';

const names = ['ingest', 'worker', 'redis'];

function assign(request: Partial<PortRequest>, taken: readonly number[] = []) {
  const none = { saved: {}, preferred: {}, explicit: {} };
  const reserve = (port: number) => Promise.resolve(!taken.includes(port));
  return assignPorts({ names, ...none, ...request }, reserve);
}

describe('assignPorts', () => {
  it('uses the well-known ports if they are free', async () => {
    const { ports, notices } = await assign({ preferred: wellKnownPorts });
    expect(ports).toMatchObject({ ingest: 8080, redis: 6379 });
    expect(notices).toEqual([]);
  });

  it('uses another port if a well-known one is in use, and reports it', async () => {
    const { ports, notices } = await assign({ preferred: wellKnownPorts }, [6379]);
    expect(ports['redis']).not.toBe(6379);
    expect(notices).toEqual([`port 6379 is in use, so redis uses ${String(ports['redis'])}`]);
  });

  it('stays below the ephemeral port range, and assigns no port twice', async () => {
    const { ports } = await assign({});
    expect(new Set(Object.values(ports)).size).toBe(names.length);
    for (const port of Object.values(ports)) expect(port).toBeLessThan(32_768);
  });

  it('prefers the saved ports of an instance to the well-known ones', async () => {
    const saved = { ingest: 21_000, redis: 22_000 };
    const { ports } = await assign({ saved, preferred: wellKnownPorts });
    expect(ports).toMatchObject(saved);
  });

  it('uses the port that the user set, or fails', async () => {
    const explicit = { ingest: 9000 };
    expect((await assign({ explicit, saved: { ingest: 1234 } })).ports['ingest']).toBe(9000);
    await expect(assign({ explicit }, [9000])).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it('does not assign the port that the user set to another process', async () => {
    const { ports } = await assign({
      names: ['worker', 'ingest'],
      saved: { worker: 9000 },
      explicit: { ingest: 9000 },
    });
    expect(ports['ingest']).toBe(9000);
    expect(ports['worker']).not.toBe(9000);
  });
});
