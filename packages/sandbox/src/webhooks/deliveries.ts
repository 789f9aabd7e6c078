import type { Faults } from '../control/fault-rules.js';
import { render } from '../model/shapes.js';
import type { Delivery } from '../state/store.js';
import type { World } from '../state/world.js';
import { createSender, type Sender } from './sender.js';

/** How deliveries are repeated; milliseconds of the machine's clock, not of the sandbox's. */
export interface WebhookRetry {
  /**
   * The pause after the first failure.
   *
   * @default 500
   */
  readonly firstMs: number;
  /**
   * The pause doubles with each failure up to this.
   *
   * @default 30_000
   */
  readonly maxMs: number;
  /**
   * No answer within this is a failure.
   *
   * @default 10_000
   */
  readonly timeoutMs: number;
}

interface Job extends Delivery {
  /** -1: the fault rules have not seen it yet; they do once, not for every repetition. */
  failures: number;
}

interface Held {
  readonly job: Job;
  readonly timer: NodeJS.Timeout;
}

const IN_FLIGHT = 16;
/** Stripe stops trying after three days (of the sandbox's time). */
const GIVE_UP_SECONDS = 3 * 86_400;
const REORDER_MS = 250;

/**
 * Delivers events at least once, in no promised order, several at a time; failures are repeated with
 * growing pauses. What is due is in the journal, so a restart goes on with it.
 */
export class Webhooks {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #retry: WebhookRetry;
  readonly #sender: Sender;
  readonly #held = new Map<string, Held>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #waiting = new Set<() => void>();
  #queue: Job[] = [];
  #inFlight = 0;
  #closed = false;

  constructor(world: World, { faults, retry }: { faults: Faults; retry: WebhookRetry }) {
    this.#world = world;
    this.#faults = faults;
    this.#retry = retry;
    this.#sender = createSender(retry.timeoutMs);
    for (const [event, endpoints] of world.store.due) {
      for (const endpoint of endpoints) this.#queue.push({ event, endpoint, failures: -1 });
    }
  }

  /** Sends what became due: called after every commit. */
  wake(): void {
    for (const due of this.#world.store.takeFresh()) this.#queue.push({ ...due, failures: -1 });
    this.#pump();
  }

  /** Resolves when nothing is under way; rejects when that takes longer. */
  settled(timeoutMs = 5000): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(done);
        reject(new Error(`${this.#busy()} webhook deliveries are still under way`));
      }, timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.add(done);
      this.#checkSettled();
    });
  }

  /** Drops what is under way; the store still knows what is due. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#held.clear();
    this.#queue = [];
    this.#checkSettled();
  }

  close(): void {
    this.#closed = true;
    this.clear();
    this.#sender.close();
  }

  #busy(): number {
    return this.#queue.length + this.#inFlight + this.#timers.size;
  }

  #checkSettled(): void {
    if (this.#busy() > 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #after(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
      this.#checkSettled();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
    return timer;
  }

  #enqueue(job: Job): void {
    this.#queue.push(job);
    this.#pump();
  }

  #pump(): void {
    while (!this.#closed && this.#inFlight < IN_FLIGHT) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      this.#start(job);
    }
  }

  #start(job: Job): void {
    const type = this.#world.store.get('event', job.event)?.type ?? '';
    const effect = job.failures < 0 ? this.#faults.forEvent(type, 'delivery') : undefined;
    job.failures = Math.max(job.failures, 0);
    switch (effect?.kind) {
      case 'lose':
        this.#confirm(job);
        this.#checkSettled();
        return;
      case 'delay':
        this.#after(effect.ms, () => this.#enqueue(job));
        return;
      case 'reorder':
        if (this.#held.has(job.endpoint)) this.#launch(job, 1);
        else this.#hold(job, effect.ms ?? REORDER_MS);
        return;
      default:
        this.#launch(job, effect?.kind === 'duplicate' ? 2 : 1);
    }
  }

  #launch(job: Job, copies: number): void {
    this.#inFlight += 1;
    void this.#send(job, copies).finally(() => {
      this.#inFlight -= 1;
      this.#pump();
      this.#checkSettled();
    });
  }

  async #send(job: Job, copies: number): Promise<void> {
    const { store, shows } = this.#world;
    const record = store.get('event', job.event);
    const endpoint = store.get('webhook_endpoint', job.endpoint);
    if (record === undefined || endpoint === undefined || endpoint.deleted) {
      this.#confirm(job);
      return;
    }
    const payload = JSON.stringify(render({ kind: 'event', record }, shows));
    let taken = true;
    for (let copy = 0; copy < copies; copy += 1) taken = await this.#sender.post(endpoint, payload);
    if (this.#closed) return;
    if (taken) this.#confirm(job);
    else this.#failed(job, record.created);
    this.#overtaken(job.endpoint, record.seq);
  }

  #confirm(job: Job): void {
    this.#world.store.setSent(job.event, job.endpoint);
    this.#world.store.commit();
  }

  #failed(job: Job, created: number): void {
    if (this.#world.clock.seconds() - created > GIVE_UP_SECONDS) return;
    job.failures += 1;
    const { firstMs, maxMs } = this.#retry;
    const pause = Math.min(firstMs * 2 ** Math.min(job.failures - 1, 30), maxMs);
    this.#after(pause, () => this.#enqueue(job));
  }

  /** A reordered event waits for another one to overtake it. */
  #hold(job: Job, ms: number): void {
    const release = (): void => {
      this.#held.delete(job.endpoint);
      this.#enqueue(job);
    };
    this.#held.set(job.endpoint, { job, timer: this.#after(ms, release) });
  }

  #overtaken(endpoint: string, seq: number): void {
    const held = this.#held.get(endpoint);
    if (held === undefined) return;
    // One that was under way before it does not overtake it.
    if (seq < (this.#world.store.get('event', held.job.event)?.seq ?? 0)) return;
    clearTimeout(held.timer);
    this.#timers.delete(held.timer);
    this.#held.delete(endpoint);
    this.#enqueue(held.job);
  }
}
