import { setTimeout as sleep } from 'node:timers/promises';

import { it } from 'vitest';

import { groupName, topics } from '../../src/pipeline/contract/topics.js';
import { describeCluster, type Services } from './support/describeCluster.js';
import { underLoad, type Run } from './support/scenario.js';

const outageMs = 20_000;

describeCluster('three brokers lose no acknowledged event', (on) => {
  it('when the leader of each partition in turn is killed', async () => {
    const times = topics.raw.partitions;
    await underLoad({ ...on(), seed: 1, times }, async (run, partition) => {
      const leader = await on().cluster.leaderOf(run.raw, partition);
      await lose(on(), run, leader, `the leader of partition ${partition}`);
    });
  });

  it('when the active controller is killed', async () => {
    await underLoad({ ...on(), seed: 2 }, async (run) => {
      await lose(on(), run, await on().cluster.controller(), 'the active controller');
    });
  });

  it('when the coordinator of each consumer group is killed', async () => {
    const roles = ['logger', 'statistics', 'leaderboard'] as const;
    await underLoad({ ...on(), seed: 3, times: roles.length }, async (run, time) => {
      const group = groupName(run.gm.endpoints.namespace, roles[time] ?? 'logger');
      await lose(on(), run, await on().cluster.coordinatorOf(group), `the coordinator of ${group}`);
    });
  });

  it('when a leader is stopped for 20 s and then continues', async () => {
    await underLoad({ ...on(), seed: 4 }, async ({ history, raw }, time) => {
      const partition = time % topics.raw.partitions;
      const leader = await on().cluster.leaderOf(raw, partition);
      history.note(`SIGSTOP of node ${leader}, the leader of partition ${partition}`);
      const before = history.accepted;
      on().cluster.pause(leader);
      await sleep(outageMs);
      on().cluster.resume(leader);
      history.note(`SIGCONT; ${history.accepted - before} events were accepted meanwhile`);
    });
  });
});

/** Kills a node, waits until the load continues without it, and restarts it. */
async function lose(
  { cluster }: Services,
  { load, history }: Run,
  id: number,
  what: string,
): Promise<void> {
  history.note(`kill -9 of node ${id}, ${what}`);
  await cluster.kill(id);
  const rate = await load.flowing();
  history.note(`without it ${rate} events/s are accepted; it starts again`);
  await cluster.restart(id);
  history.note('it answers');
  await cluster.waitUntilInSync();
  history.note('all are in sync');
}
