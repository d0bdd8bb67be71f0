import { spawnSync } from 'node:child_process';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CliFolder, parseExports, shellCommand } from '../support/cli.js';

interface Summary {
  readonly seed: number;
  readonly sent: number;
  readonly accepted: number;
  readonly rejected: Record<string, number>;
  readonly seconds: number;
  readonly achievedRate: number;
  readonly latencyMs: Record<string, number>;
}

describe('load', () => {
  const folder = new CliFolder();
  let url: string;
  beforeAll(async () => {
    expect(await folder.run('up', '--detach')).toMatchObject({ code: 0 });
    url = parseExports((await folder.run('status', '--env')).stdout)['DATABASE_URL'] ?? '';
  });
  afterAll(async () => folder[Symbol.asyncDispose]());

  async function countEvents(): Promise<number> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM events');
    await client.end();
    return Number(rows[0]?.count);
  }

  it('sends exactly the given number of events at the rate, and each is stored once', async () => {
    const load = await folder.run('load', '--count', '1000', '--rate', '100', '--json');
    expect(load.code).toBe(0);
    const summary = JSON.parse(load.stdout) as Summary;
    expect(summary).toMatchObject({ sent: 1_000, accepted: 1_000, rejected: {} });
    expect(summary.seconds).toBeGreaterThan(9.5);
    expect(summary.seconds).toBeLessThan(15);
    expect(summary.latencyMs['p50']).toBeLessThanOrEqual(summary.latencyMs['p99'] ?? 0);
    expect(await folder.run('wait', 'drained')).toMatchObject({ code: 0 });
    expect(await folder.run('verify')).toMatchObject({ code: 0 });
    expect(await countEvents()).toBe(1_000);
  });

  it('sends 50,000 events at full speed', async () => {
    const before = await countEvents();
    const load = await folder.run('load', '--count', '50000', '--rate', '0', '--json');
    expect(JSON.parse(load.stdout)).toMatchObject({ sent: 50_000, accepted: 50_000, rejected: {} });
    expect(await folder.run('wait', 'drained')).toMatchObject({ code: 0 });
    expect(await folder.run('verify')).toMatchObject({ code: 0 });
    expect(await countEvents()).toBe(before + 50_000);
  });

  it('prints a long output completely before it exits', () => {
    // A pipe buffers 64 KiB.
    const line = `${shellCommand('get events --limit 1000 --json')} | cat`;
    const { stdout } = spawnSync('sh', ['-c', line], { cwd: folder.path, encoding: 'utf8' });
    expect(stdout.length).toBeGreaterThan(128 * 1024);
    expect(JSON.parse(stdout)).toHaveLength(1_000);
  });

  it('prints its seed and percentiles to a pipe in plain lines without colour', async () => {
    const load = await folder.run('load', '--count', '20', '--rate', '0', '--seed', '7');
    expect(load.code).toBe(0);
    expect(load.stdout).toMatch(/seed.*7/);
    expect(load.stdout).toContain('accepted\t20');
    expect(load.stdout).toMatch(/latency p99\t[\d.]+ ms/);
    expect(load.stdout).not.toContain('\u001b');
  });

  it('is compared by verify, which reports a changed row', async () => {
    await folder.run('wait', 'drained');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`UPDATE player_statistics SET total_events = total_events + 1
      WHERE player_id = (SELECT min(player_id) FROM player_statistics)`);
    await client.end();
    const verify = await folder.run('verify', '--json');
    expect(verify.code).toBe(99);
    const report = JSON.parse(verify.stdout) as { ok: boolean; differences: { where: string }[] };
    expect(report.ok).toBe(false);
    expect(report.differences.map(({ where }) => where)).toEqual([
      'player_statistics',
      'player_stats',
    ]);
  });
});
