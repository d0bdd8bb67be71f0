import type { StoreUnavailable } from '../../../stores/errors.js';
import type { ConsumerRole } from '../../contract/topics.js';
import type { PipelineContext } from '../../runtime/context.js';

/** The status of one consumer: whether it works, and which store it is waiting for. */
export class ConsumerStatus {
  readonly #context: Pick<PipelineContext, 'log' | 'metrics'>;
  readonly #role: ConsumerRole;
  /** The store that each batch, or the membership, is waiting for. */
  readonly #waits = new Map<object, StoreUnavailable>();

  constructor(context: Pick<PipelineContext, 'log' | 'metrics'>, role: ConsumerRole) {
    this.#context = context;
    this.#role = role;
  }

  /** The store that the consumer is waiting for, if any. */
  get waitingFor(): StoreUnavailable | undefined {
    const [first] = this.#waits.values();
    return first;
  }

  /** Counts a retry, and logs the outage of a store once rather than on each attempt. */
  startWaiting(waiter: object, error: StoreUnavailable): void {
    const role = this.#role;
    this.#context.metrics.retries.inc({ role, store: error.store });
    if (![...this.#waits.values()].some(({ store }) => store === error.store)) {
      this.#context.log.warn({ role }, `${error.message}; retrying until it answers`);
    }
    this.#waits.set(waiter, error);
  }

  stopWaiting(waiter: object): void {
    this.#waits.delete(waiter);
  }

  setWorking(isWorking: boolean): void {
    this.#context.metrics.working.set({ role: this.#role }, isWorking ? 1 : 0);
  }
}
