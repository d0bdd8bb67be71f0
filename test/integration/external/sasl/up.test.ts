import { readFileSync } from 'node:fs';

import { describe, expect, inject, it } from 'vitest';

import { endpointsToEnvironment } from '../../../../src/config/endpoints.js';
import { createSpace } from '../../../../src/harness/space.js';
import { CliFolder, parseExports } from '../../../support/cli.js';

const services = inject('services');

interface ShownState {
  readonly processes: readonly { readonly pid: number; readonly log: string }[];
}

describe.skipIf('missing' in services)('an instance on a stack with secrets', () => {
  it('works, does not expose the secrets, and deletes no data on the stack', async () => {
    if ('missing' in services) throw new Error(services.missing);
    const space = await createSpace(services);
    const secret = services.kafka.sasl?.password ?? '';
    expect(secret).not.toBe('');
    const env = endpointsToEnvironment(space.endpoints);
    try {
      await using folder = new CliFolder({ GAMEMETRICS_STACK: 'auto', ...env });
      const up = await folder.run('up', '--detach');
      expect(up).toMatchObject({ code: 0 });
      expect(up.stdout).toMatch('stack: external (KAFKA_BOOTSTRAP_SERVERS is set)');
      const sent = await folder.run(
        'send',
        ...'--type player_score --player a --game g'.split(' '),
        '--data',
        '{"score":1}',
      );
      expect(sent).toMatchObject({ code: 0 });
      expect(await folder.run('wait', 'drained')).toMatchObject({ code: 0 });
      expect(await folder.run('verify')).toMatchObject({ code: 0 });

      const status = await folder.run('status');
      const json = await folder.run('status', '--json');
      const { processes } = JSON.parse(json.stdout) as ShownState;
      const commands = processes.map(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      const logs = processes.map(({ log }) => readFileSync(log, 'utf8'));
      expect(commands.length).toBe(2);
      for (const text of [up.stdout, up.stderr, status.stdout, json.stdout, ...commands, ...logs]) {
        expect(text).not.toContain(secret);
      }
      const exported = parseExports((await folder.run('status', '--env')).stdout);
      expect(exported).toMatchObject(env);

      const wipe = await folder.run('down', '--wipe');
      expect(wipe.code).toBe(2);
      expect(wipe.stderr).toMatch('whose data is not its own');
      expect(await folder.run('down')).toMatchObject({ code: 0 });
      // The environment still configures the stack, which still has the event.
      const verify = await folder.run('verify');
      expect(verify).toMatchObject({ code: 0 });
      expect(verify.stdout).toMatch('1 events');

      const demo = await folder.runWith(
        { env: { GAMEMETRICS_STACK: 'external' } },
        ...['demo', '--count', '5', '--rate', '0'],
      );
      expect(demo).toMatchObject({ code: 0 });
      expect(demo.stdout).toMatch('stack: embedded');
      expect((await folder.run('verify')).stdout).toMatch('1 events');
    } finally {
      await space.remove();
    }
  }, 120_000);
});
