import { lookupIn } from './answers.js';
import { createApi } from './api.js';
import { createClock } from './clock.js';
import { type Controls, control, faultProblem } from './control.js';
import { createFaults, type Fault } from './faults.js';
import { type Counts, type Ledger, takeCounts, takeLedger } from './ledger.js';
import { planRefund } from './refunds.js';
import { createRequestLog } from './requests.js';
import { type Listening, listen } from './server.js';
import { planCharge } from './settle.js';
import { Store } from './store.js';
import { threeDSecure } from './three-d-secure.js';
import {
  DEFAULT_ENDPOINT,
  type EndpointSettings,
  setDefaultEndpoint,
} from './webhook-endpoints.js';
import { createWebhooks, type WebhookRetry } from './webhooks.js';
import type { World } from './world.js';

export interface SandboxOptions {
  /** 0 (the default) takes any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Where the state is kept over restarts; without it, in memory only. */
  readonly dataFile?: string;
  /** Where events are delivered. A restart without it keeps the former one. */
  readonly webhook?: EndpointSettings;
  /** Time at rest; the sandbox's clock runs with it and can be moved ahead of it. */
  readonly now?: () => Date;
  /** The only API key to accept; any `sk_test_...` when left out. */
  readonly secretKey?: string;
  /** How a browser reaches the sandbox, when not by its own address (containers, tunnels). */
  readonly publicUrl?: string;
  readonly webhookRetry?: Partial<WebhookRetry>;
  /** Gets loud lines: unknown routes, bugs. Nothing is printed without it. */
  readonly warn?: (line: string) => void;
}

export interface Sandbox {
  /** e.g. `http://127.0.0.1:40123`, no slash at the end. */
  readonly url: string;
  /** Stops serving; requests under way are cut off. The data file is complete. */
  close(): Promise<void>;
  ledger(): Ledger;
  counts(): Counts;
  readonly clock: {
    now(): Date;
    /** Moves time forward: holds expire, refunds conclude, idempotency keys age. */
    advance(ms: number): Promise<void>;
  };
  readonly faults: {
    /** Throws on a rule that could never strike. */
    add(fault: Fault): void;
    clear(): void;
  };
  readonly webhooks: {
    /** Resolves when no delivery is under way; rejects after `timeoutMs` (5 s). */
    settled(timeoutMs?: number): Promise<void>;
    /** Sends these events (all when left out) once more; gives the number of deliveries. */
    redeliver(eventIds?: readonly string[]): number;
    /** Null: events are delivered nowhere. */
    setEndpoint(settings: EndpointSettings | null): void;
  };
  /** Forgets payments, customers, events, replies, faults; the endpoint and the clock stay. */
  reset(): void;
}

const RETRY: WebhookRetry = { firstMs: 500, maxMs: 30_000, timeoutMs: 10_000 };

/** Holds still waiting to expire and refunds still to conclude, after a restart. */
function planAgain(world: World): void {
  const { charge, payment_intent: intents, refund } = world.store.tables;
  for (const each of charge.values()) {
    if (intents.get(each.intent)?.status === 'requires_capture') planCharge(world, each);
  }
  for (const each of refund.values()) planRefund(world, each);
}

/** Starts a Stripe-shaped server; see `index.ts` for what it is and is not. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const warn = options.warn ?? (() => undefined);
  const { host = '127.0.0.1', port = 0 } = options;
  const server = await listen({ host, port, warn });
  try {
    return build(server, options, warn);
  } catch (damaged) {
    await server.close();
    throw damaged;
  }
}

function build(server: Listening, options: SandboxOptions, warn: (line: string) => void): Sandbox {
  const base = options.now ?? (() => new Date());
  const store = Store.open(options.dataFile, base().getTime());
  const clock = createClock(base, {
    offsetMs: store.clockOffsetMs,
    onMove: (ms) => store.setClockOffset(ms),
  });
  const faults = createFaults();
  const log = createRequestLog();
  const closed = new AbortController();
  const publicUrl = (options.publicUrl ?? server.url).replace(/\/+$/, '');
  const world: World = {
    store,
    clock,
    shows: lookupIn(store, publicUrl),
    request: null,
    omits: (type) => faults.forEvent(type, 'born') !== undefined,
    later: (at, change) =>
      clock.schedule({
        at,
        run: () => {
          change();
          committed();
        },
      }),
  };
  const webhooks = createWebhooks(world, { faults, retry: { ...RETRY, ...options.webhookRetry } });
  const committed = (): void => {
    store.commit();
    webhooks.wake();
  };

  const setEndpoint = (settings: EndpointSettings | null): void => {
    setDefaultEndpoint(world, settings);
    committed();
  };
  const controls: Controls = {
    ledger: () => takeLedger(world, log),
    counts: () => takeCounts(world, log),
    now: () => clock.now(),
    advance: (ms) => {
      clock.advance(ms);
      committed();
    },
    faults,
    setEndpoint,
    redeliver: (eventIds) => {
      const ids = eventIds ?? Array.from(store.tables.event.values(), ({ id }) => id);
      let deliveries = 0;
      for (const id of ids) {
        if (store.get('event', id) === undefined) continue;
        for (const endpoint of store.tables.webhook_endpoint.values()) {
          if (endpoint.deleted || !endpoint.enabled) continue;
          store.setDue(id, endpoint.id);
          deliveries += 1;
        }
      }
      committed();
      return deliveries;
    },
    settled: (timeoutMs) => webhooks.settled(timeoutMs),
    reset: () => {
      const endpoint = store.get('webhook_endpoint', DEFAULT_ENDPOINT);
      clock.clear();
      faults.clear();
      log.clear();
      store.reset();
      if (endpoint !== undefined) store.put('webhook_endpoint', { ...endpoint, seq: 0 });
      committed();
    },
    log,
  };

  planAgain(world);
  if (options.webhook !== undefined) setEndpoint(options.webhook);
  const { secretKey } = options;
  const api = createApi({ world, faults, log, secretKey, warn, committed, closed: closed.signal });
  server.serve({
    api,
    page: (asked) => {
      clock.tick();
      const reply = threeDSecure(world, asked);
      committed();
      return reply;
    },
    control: (asked) => control(controls, asked),
  });
  clock.tick();
  webhooks.wake();

  return {
    url: server.url,
    close: async () => {
      closed.abort();
      webhooks.close();
      clock.close();
      await server.close();
      store.close();
    },
    ledger: controls.ledger,
    counts: controls.counts,
    clock: {
      now: controls.now,
      advance: async (ms) => controls.advance(ms),
    },
    faults: {
      add: (fault) => {
        const problem = faultProblem(fault);
        if (problem !== undefined) throw new Error(problem);
        faults.add(fault);
      },
      clear: () => faults.clear(),
    },
    webhooks: {
      settled: controls.settled,
      redeliver: controls.redeliver,
      setEndpoint,
    },
    reset: controls.reset,
  };
}
