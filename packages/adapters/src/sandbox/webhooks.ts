import { createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { render } from './answers.js';
import type { Faults } from './faults.js';
import type { EndpointRecord } from './records.js';
import type { Delivery } from './store.js';
import type { World } from './world.js';

/** How deliveries are repeated; wall-clock milliseconds. */
export interface WebhookRetry {
  readonly firstMs: number;
  /** The pause doubles up to this. */
  readonly maxMs: number;
  /** No answer within this is a failure. */
  readonly timeoutMs: number;
}

export interface Webhooks {
  /** Sends what became due: called after every commit. */
  wake(): void;
  /** Resolves when nothing is under way; rejects when that takes longer than `timeoutMs` (5 s). */
  settled(timeoutMs?: number): Promise<void>;
  close(): void;
}

interface Job extends Delivery {
  failures: number;
}

interface Held {
  readonly job: Job;
  readonly timer: NodeJS.Timeout;
}

const IN_FLIGHT = 16;
/** Stripe stops trying after three days (of the sandbox's time). */
const GIVE_UP_SECONDS = 3 * 86_400;

/** `Stripe-Signature` for a payload: HMAC-SHA256 over `<timestamp>.<payload>`. */
export function signature(payload: string, secret: string, timestamp: number): string {
  const mac = createHmac('sha256', secret).update(`${timestamp}.${payload}`).digest('hex');
  return `t=${timestamp},v1=${mac}`;
}

/**
 * Delivers events at least once, in no promised order, several at a time; failures are repeated with
 * growing pauses. What is due is in the journal, so a restart goes on with it.
 */
export function createWebhooks(
  world: World,
  { faults, retry }: { faults: Faults; retry: WebhookRetry },
): Webhooks {
  const { store } = world;
  const agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  };
  const queue: Job[] = [];
  const held = new Map<string, Held>();
  const timers = new Set<NodeJS.Timeout>();
  const waiting = new Set<() => void>();
  let inFlight = 0;
  let closed = false;

  const busy = (): number => queue.length + inFlight + timers.size;

  const checkSettled = (): void => {
    if (busy() > 0) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };

  const after = (ms: number, run: () => void): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
      checkSettled();
    }, ms);
    timer.unref();
    timers.add(timer);
    return timer;
  };

  const enqueue = (job: Job): void => {
    queue.push(job);
    pump();
  };

  /** A reordered event waits for another one to overtake it. */
  const hold = (job: Job, ms: number): void => {
    const release = (): void => {
      held.delete(job.endpoint);
      enqueue(job);
    };
    held.set(job.endpoint, { job, timer: after(ms, release) });
  };

  const overtaken = (endpoint: string): void => {
    const waitingJob = held.get(endpoint);
    if (waitingJob === undefined) return;
    clearTimeout(waitingJob.timer);
    timers.delete(waitingJob.timer);
    held.delete(endpoint);
    enqueue(waitingJob.job);
  };

  const confirm = (job: Job): void => {
    store.setSent(job.event, job.endpoint);
    store.commit();
  };

  const post = (endpoint: EndpointRecord, payload: string): Promise<boolean> =>
    new Promise((resolve) => {
      // The receiver checks the age of the signature by its own clock, so this is the wall clock.
      const timestamp = Math.floor(Date.now() / 1000);
      const url = new URL(endpoint.url);
      const secure = url.protocol === 'https:';
      const request = (secure ? https : http).request(url, {
        method: 'POST',
        agent: secure ? agents['https:'] : agents['http:'],
        timeout: retry.timeoutMs,
        headers: {
          'Content-Type': 'application/json; charset=utf-8',
          'Content-Length': Buffer.byteLength(payload),
          'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
          'Stripe-Signature': signature(payload, endpoint.secret, timestamp),
        },
      });
      request.on('response', (response) => {
        const status = response.statusCode ?? 0;
        response.resume();
        response.on('close', () => resolve(status >= 200 && status < 300));
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(false));
      request.end(payload);
    });

  const failed = (job: Job, created: number): void => {
    if (world.clock.seconds() - created > GIVE_UP_SECONDS) return;
    job.failures += 1;
    const pause = Math.min(retry.firstMs * 2 ** Math.min(job.failures - 1, 30), retry.maxMs);
    after(pause, () => enqueue(job));
  };

  const send = async (job: Job, copies: number): Promise<void> => {
    const record = store.get('event', job.event);
    const endpoint = store.get('webhook_endpoint', job.endpoint);
    if (record === undefined || endpoint === undefined || endpoint.deleted) {
      confirm(job);
      return;
    }
    const payload = JSON.stringify(render({ kind: 'event', record }, world.shows));
    let taken = true;
    for (let copy = 0; copy < copies; copy += 1) taken = await post(endpoint, payload);
    if (closed) return;
    if (taken) confirm(job);
    else failed(job, record.created);
    overtaken(job.endpoint);
  };

  const start = (job: Job): void => {
    const effect = job.failures < 0 ? faults.forEvent(typeOf(job), 'delivery') : undefined;
    job.failures = Math.max(job.failures, 0);
    if (effect?.kind === 'lose') return confirm(job);
    if (effect?.kind === 'delay') {
      after(effect.ms, () => enqueue(job));
      return;
    }
    if (effect?.kind === 'reorder' && !held.has(job.endpoint)) {
      return hold(job, effect.ms ?? 250);
    }
    inFlight += 1;
    void send(job, effect?.kind === 'duplicate' ? 2 : 1).finally(() => {
      inFlight -= 1;
      pump();
      checkSettled();
    });
  };

  const typeOf = (job: Job): string => store.get('event', job.event)?.type ?? '';

  const pump = (): void => {
    while (!closed && inFlight < IN_FLIGHT) {
      const job = queue.shift();
      if (job === undefined) return;
      start(job);
    }
  };

  // -1: the fault rules have not seen it yet; they do once, not for every repetition.
  const wake = (): void => {
    for (const delivery of store.takeFresh()) queue.push({ ...delivery, failures: -1 });
    pump();
  };

  for (const [event, endpoints] of store.due) {
    for (const endpoint of endpoints) queue.push({ event, endpoint, failures: -1 });
  }

  return {
    wake,
    settled: (timeoutMs = 5000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(done);
          reject(new Error(`${busy()} webhook deliveries are still under way`));
        }, timeoutMs);
        const done = (): void => {
          clearTimeout(timer);
          resolve();
        };
        waiting.add(done);
        checkSettled();
      }),
    close: () => {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      agents['http:'].destroy();
      agents['https:'].destroy();
      checkSettled();
    },
  };
}
