import fc from 'fast-check';
import { expect, it } from 'vitest';

import { ManualClock } from '../../../test/support/broker/manualClock.js';
import { errorCodes } from '../codec/errorCodes.js';
import { Group } from './group.js';
import type { JoinResult, SyncResult } from './member.js';
import type { GroupSnapshot } from './records.js';

const partitions = [0, 1, 2, 3, 4, 5, 6];
const sessionMs = 10_000;
const rebalanceMs = 15_000;

/** The assignments by the leader of each generation: the model that answers are compared with. */
type Plans = Map<number, { readonly leader: string; readonly plan: ReadonlyMap<string, string> }>;

/** A consumer that follows the protocol: it joins, syncs, heartbeats, and rejoins on request. */
class Client {
  phase: 'out' | 'joining' | 'joined' | 'syncing' | 'stable' = 'out';
  generation = -1;
  assignment = '';
  #memberId = '';
  #joined: JoinResult | undefined;
  /** Answers to an earlier incarnation are ignored. */
  #incarnation = 0;
  readonly #group: () => Group;
  readonly #plans: Plans;
  readonly #staticId: string | null;

  constructor(group: () => Group, plans: Plans, staticId: string | null) {
    this.#group = group;
    this.#plans = plans;
    this.#staticId = staticId;
  }

  /** Sends the next request that the protocol requires. */
  step(): void {
    if (this.phase === 'out') this.#join();
    else if (this.phase === 'joined') this.#sync();
    else if (this.phase === 'stable') this.#heartbeat();
  }

  leave(): void {
    const { memberId } = this.#membership();
    if (memberId !== '') this.#group().leave({ memberId, instanceId: this.#staticId });
    this.crash();
  }

  /** The process is killed, without a LeaveGroup request. */
  crash(): void {
    this.#incarnation += 1;
    this.phase = 'out';
    this.#memberId = '';
  }

  /** The connection breaks: pending answers are lost, and it rejoins with its member id. */
  disconnect(): void {
    this.#incarnation += 1;
    this.phase = 'out';
    this.generation = -1;
  }

  #membership() {
    const { generation } = this;
    return { memberId: this.#memberId, instanceId: this.#staticId, generation };
  }

  #join(): void {
    this.phase = 'joining';
    const request = {
      memberId: this.#memberId,
      instanceId: this.#staticId,
      clientId: 'client',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: sessionMs,
      rebalanceTimeoutMs: rebalanceMs,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('topics') }],
      requireKnownMemberId: true,
    };
    this.#group().join(
      request,
      this.#once((answer) => {
        this.#memberId = answer.error === errorCodes.UNKNOWN_MEMBER_ID ? '' : answer.memberId;
        this.phase = answer.error === errorCodes.NONE ? 'joined' : 'out';
        if (answer.error !== errorCodes.NONE) return;
        expect(answer.generation).toBeGreaterThanOrEqual(this.generation);
        this.generation = answer.generation;
        this.#joined = answer;
      }),
    );
  }

  #sync(): void {
    const { leader = '', members = [] } = this.#joined ?? {};
    this.phase = 'syncing';
    const plan = new Map<string, string>();
    if (leader === this.#memberId) {
      for (const { memberId } of members) plan.set(memberId, '');
      const ids = [...plan.keys()];
      for (const partition of partitions) {
        const id = ids[partition % ids.length] ?? '';
        plan.set(id, `${plan.get(id) ?? ''}${partition}`);
      }
      if (!this.#plans.has(this.generation)) this.#plans.set(this.generation, { leader, plan });
    }
    const bytes = new Map([...plan].map(([id, text]) => [id, Buffer.from(text)]));
    const syncedGeneration = this.generation;
    this.#group().sync(
      this.#membership(),
      bytes,
      this.#once((answer: SyncResult) => {
        this.phase = answer.error === errorCodes.NONE ? 'stable' : 'out';
        if (answer.error === errorCodes.UNKNOWN_MEMBER_ID) this.#memberId = '';
        if (answer.error !== errorCodes.NONE) return;
        this.assignment = answer.assignment.toString();
        const planned = this.#plans.get(syncedGeneration)?.plan.get(this.#memberId);
        // A static member that rejoins gets the assignment of its predecessor.
        if (this.#staticId === null) expect(this.assignment).toBe(planned);
      }),
    );
  }

  #heartbeat(): void {
    const error = this.#group().heartbeat(this.#membership());
    if (error === errorCodes.NONE) return;
    this.phase = 'out';
    if (error !== errorCodes.REBALANCE_IN_PROGRESS && error !== errorCodes.ILLEGAL_GENERATION) {
      this.#memberId = '';
    }
  }

  /** Checks that a request gets at most one answer. */
  #once<Answer>(then: (answer: Answer) => void): (answer: Answer) => void {
    const incarnation = this.#incarnation;
    let answered = false;
    return (answer) => {
      expect(answered).toBe(false);
      answered = true;
      if (incarnation === this.#incarnation) then(answer);
    };
  }
}

const clientIndex = fc.nat({ max: 3 });
const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('step' as const), client: clientIndex }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('leave' as const, 'crash' as const, 'disconnect' as const),
      client: clientIndex,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 3_000, sessionMs, rebalanceMs),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

it('after any sequence of member actions, the group is stable and each partition has one owner', () => {
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 60 }),
      fc.constantFrom(0, 3_000),
      fc.boolean(),
      (actions, initialRebalanceDelayMs, isStatic) => {
        const clock = new ManualClock();
        let saved: GroupSnapshot | undefined;
        const changed = (): void => {
          saved = group.snapshot();
        };
        const options = { clock, initialRebalanceDelayMs, changed };
        let group = new Group(options);
        const plans: Plans = new Map();
        const clients = [0, 1, 2, 3].map(
          (index) => new Client(() => group, plans, isStatic && index === 0 ? 'static-0' : null),
        );
        for (const each of actions) {
          if (each.kind === 'wait') {
            clock.advance(each.ms);
          } else if (each.kind === 'restart') {
            // A restarted broker restores the state from when the group was last stable.
            group.close();
            group = new Group(options, saved);
            for (const generation of plans.keys()) {
              if (generation > (saved?.generation ?? 0)) plans.delete(generation);
            }
            for (const client of clients) if (client.phase !== 'stable') client.disconnect();
          } else {
            clients[each.client]?.[each.kind]();
          }
          if (group.state === 'Empty') expect(group.members).toEqual([]);
          // In PreparingRebalance, it may have only pending members.
          else if (group.state !== 'PreparingRebalance') expect(group.isVacant).toBe(false);
          const owners = clients.filter(
            ({ phase, generation }) => phase === 'stable' && generation === newest(clients),
          );
          const owned = owners.map(({ assignment }) => assignment).join('');
          expect(new Set(owned).size).toBe(owned.length);
        }
        for (let second = 0; second < 90; second += 1) {
          for (const client of clients) client.step();
          clock.advance(1_000);
        }
        expect(clients.map(({ phase }) => phase)).toEqual(clients.map(() => 'stable'));
        expect(new Set(clients.map(({ generation }) => generation)).size).toBe(1);
        expect(group.state).toBe('Stable');
        expect(group.members).toHaveLength(clients.length);
        const all = clients.map(({ assignment }) => assignment).join('');
        expect(Array.from(all).sort()).toEqual(partitions.map(String));
        // One session timer per member; all earlier timers are cancelled.
        expect(clock.pending).toBe(clients.length);
        group.close();
        expect(clock.pending).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);

function newest(clients: readonly Client[]): number {
  return Math.max(...clients.map(({ generation }) => generation));
}
