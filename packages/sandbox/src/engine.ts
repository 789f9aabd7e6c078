import { createFaults, type Faults } from './control/fault-rules.js';
import { createRequestLog, type RequestLog } from './control/request-log.js';
import { planDispute } from './model/dispute.js';
import { planCharge } from './model/hold-end.js';
import { planRefunds } from './model/refund.js';
import { createClock } from './state/clock.js';
import { lookupIn } from './state/lookup.js';
import { Store } from './state/store.js';
import type { World } from './state/world.js';
import { type WebhookRetry, Webhooks } from './webhooks/deliveries.js';

/** The sandbox without its HTTP: state, time, faults and deliveries. */
export interface Engine {
  readonly world: World;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly webhooks: Webhooks;
  /** Writes changes down, then lets their webhooks leave. */
  readonly commit: () => void;
}

interface EngineOptions {
  readonly dataFile?: string;
  readonly now?: () => Date;
  readonly startAt?: Date;
  readonly onClockMoved?: () => void;
  readonly webhookRetry?: Partial<WebhookRetry>;
}

const RETRY: WebhookRetry = { firstMs: 500, maxMs: 30_000, timeoutMs: 10_000 };

/** Schedules, after a restart, what will happen to holds, refunds and cards that dispute. */
function planAgain(world: World): void {
  const { charge, payment_intent: intents } = world.store.tables;
  for (const each of charge.values()) {
    if (intents.get(each.intent)?.status === 'requires_capture') planCharge(world, each);
    if (each.disputed !== true) planDispute(world, each);
  }
  planRefunds(world);
}

/** Opens the state; throws when the data file is damaged. */
export function createEngine(options: EngineOptions, publicUrl: string): Engine {
  const base = options.now ?? (() => new Date());
  const store = Store.open(options.dataFile, base().getTime());
  // Before anything asks for the time: from then on it only grows.
  if (store.isNew && options.startAt !== undefined) {
    store.setClockOffset(options.startAt.getTime() - base().getTime());
    store.commit();
  }
  const clock = createClock(base, {
    offsetMs: store.clockOffsetMs,
    onMove: (ms) => {
      store.setClockOffset(ms);
      options.onClockMoved?.();
    },
  });
  const faults = createFaults();
  const world: World = {
    store,
    clock,
    shows: lookupIn(store, publicUrl),
    request: null,
    refundsWait: false,
    omits: (type) => faults.forEvent(type, 'born') !== undefined,
    later: (at, change) =>
      clock.schedule({
        at,
        run: () => {
          change();
          commit();
        },
      }),
  };
  const webhooks = new Webhooks(world, { faults, retry: { ...RETRY, ...options.webhookRetry } });
  const commit = (): void => {
    store.commit();
    webhooks.wake();
  };
  planAgain(world);
  return { world, faults, log: createRequestLog(), webhooks, commit };
}
