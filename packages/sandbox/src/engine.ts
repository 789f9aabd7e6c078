import { createFaults, type Faults } from './control/fault-rules.js';
import { createRequestLog, type RequestLog } from './control/request-log.js';
import { planDispute } from './model/dispute.js';
import { planCharge } from './model/hold-end.js';
import { bookOlder } from './model/older-books.js';
import { planRefunds } from './model/refund.js';
import { planSettlements } from './model/settlement.js';
import { createClock } from './state/clock.js';
import { lookupIn } from './state/lookup.js';
import { Store } from './state/store.js';
import type { Terms, World } from './state/world.js';
import { type WebhookRetry, Webhooks } from './webhooks/deliveries.js';

/** The sandbox without its HTTP: state, time, faults and deliveries. */
export interface Engine {
  readonly world: World;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly webhooks: Webhooks;
  /** The terms that it began with. */
  readonly terms: Terms;
  /** Writes changes down, then lets their webhooks leave. */
  readonly commit: () => void;
  /** Whether all changes are written down: what was not must not be told. Tries it once more. */
  readonly isWritten: () => boolean;
}

interface EngineOptions {
  readonly dataFile?: string;
  readonly now?: () => Date;
  readonly startAt?: Date;
  readonly onClockMoved?: () => void;
  readonly webhookRetry?: Partial<WebhookRetry>;
  readonly terms?: Partial<Terms>;
  readonly warn?: (line: string) => void;
}

/** Charges cost nothing and are available at once. */
const FREE_AND_AT_ONCE: Terms = { feePercent: 0, feeFixed: 0, settlementSeconds: 0 };

/** How often a data file that can't be written is tried again, where nobody asks. */
const REWRITE_MS = 1000;

const RETRY: WebhookRetry = { firstMs: 500, maxMs: 30_000, timeoutMs: 10_000 };

/** Schedules, after a restart, what will happen to holds, refunds, cards that dispute and money on its way. */
function planAgain(world: World): void {
  const { charge, payment_intent: intents } = world.store.tables;
  for (const each of charge.values()) {
    if (intents.get(each.intent)?.status === 'requires_capture') planCharge(world, each);
    if (each.disputed !== true) planDispute(world, each);
  }
  planRefunds(world);
  planSettlements(world);
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
  const terms: Terms = { ...FREE_AND_AT_ONCE, ...options.terms };
  const world: World = {
    store,
    clock,
    shows: lookupIn(store, clock, publicUrl),
    request: null,
    account: null,
    terms,
    refundsWait: false,
    shortRefunds: 'made',
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
  let again: NodeJS.Timeout | undefined;
  const isWritten = (): boolean => {
    const written = store.commit();
    // An event may leave only when it is sure to be there after a restart.
    if (written) webhooks.wake();
    else if (again === undefined) again = setTimeout(tryAgain, REWRITE_MS).unref();
    return written;
  };
  function tryAgain(): void {
    again = undefined;
    isWritten();
  }
  const commit = (): void => {
    isWritten();
  };
  store.onTrouble((code) => options.warn?.(explainTrouble(code, options.dataFile)));
  if (bookOlder(world)) commit();
  planAgain(world);
  return { world, faults, log: createRequestLog(), webhooks, terms, commit, isWritten };
}

function explainTrouble(code: string | null, dataFile = ''): string {
  if (code === null) return `the data file ${dataFile} can be written again; nothing was lost`;
  const why = code === 'ENOSPC' || code === 'EDQUOT' ? `the disk is full, ${code}` : code;
  return `the data file ${dataFile} can't be written (${why}): requests are answered with 500 until it can`;
}
