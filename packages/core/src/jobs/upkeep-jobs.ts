import type { Escrow } from '../escrow.js';
import type { Logger } from '../logger.js';
import type { Clock } from '../ports.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time/durations.js';
import type { Finding } from '../upkeep/comparison.js';
import type { JobLeases } from './job-leases.js';
import { type LeasedJob, startLeasedJob } from './leased-job.js';
import type { Background, LoopHost } from './loop.js';

export interface UpkeepParts extends LoopHost {
  readonly escrow: Escrow;
  readonly jobLeases: JobLeases;
  readonly clock: Clock;
  /** Told of each disagreement between Stripe's list and our records, for the metrics. */
  readonly onFinding: (finding: Finding) => void;
  /** Told how many items of Stripe's lists could not be read, for the metrics. */
  readonly onUnreadable?: (what: 'listed_event' | 'listed_intent', count: number) => void;
}

/** Starts all that goes through payments and Stripe's lists by itself, shared by the replicas. */
export function startUpkeepJobs(parts: UpkeepParts): Background {
  const all = [
    startLeasedJob(movingOn(parts), parts),
    startLeasedJob(catchingUp(parts), parts),
    startLeasedJob(comparing(parts), parts),
  ];
  return {
    wake: () => {
      for (const one of all) one.wake();
    },
    stop: async () => {
      await Promise.all(all.map((one) => one.stop()));
    },
  };
}

/** The others are gone on with; what is ours in it is marked for a person once it lasts. */
const UNREADABLE = 'what Stripe said could not be read, and was passed over';

/** Payments looked at in one round: enough to catch up quickly, few enough to stop soon. */
const BATCH = 20;

/** Payments that time moves on, round after round through all of them, once a minute. */
function movingOn({ escrow, log }: UpkeepParts): LeasedJob<{ readonly after: string | null }> {
  return {
    name: 'sweep',
    lookEveryMs: MINUTE_MS,
    leaseMs: 10 * MINUTE_MS,
    round: async (progress) => {
      const swept = await escrow.sweep({ after: progress?.after ?? null, limit: BATCH });
      return swept.map(({ looked, unreadable, next, bugs }) => {
        if (unreadable > 0) log.warn({ payments: unreadable }, UNREADABLE);
        if (looked > 0) log.debug({ payments: looked }, 'asked Stripe about payments that wait');
        for (const { paymentId, error } of bugs) log.error({ paymentId, err: error }, 'bug');
        return { progress: { after: next }, restMs: next === null ? MINUTE_MS : 5_000 };
      });
    },
  };
}

/** How far a search for missed webhooks has come. Times are ISO 8601. */
interface CatchingUp {
  readonly since: string;
  /** The last event of the page before; null at the newest one. */
  readonly after: string | null;
  readonly begunAt: string;
}

/** As long as Stripe keeps its events. */
const EVENTS_KEPT_MS = 30 * DAY_MS;
/** Events show up in the list a little late; and those of the last minutes may be on their way. */
const OVERLAP_MS = HOUR_MS;

/** Webhooks that Stripe could not deliver, every five minutes; at first those of all the time. */
function catchingUp({ escrow, clock, log, onUnreadable }: UpkeepParts): LeasedJob<CatchingUp> {
  const begin = (since: number): CatchingUp => ({
    since: new Date(since).toISOString(),
    after: null,
    begunAt: clock.now().toISOString(),
  });
  return {
    name: 'catch-up',
    lookEveryMs: MINUTE_MS,
    leaseMs: 10 * MINUTE_MS,
    round: async (progress) => {
      const now = clock.now().getTime();
      const at = progress ?? begin(now - EVENTS_KEPT_MS);
      // A search that rested for so long that Stripe has forgotten its place begins anew.
      const stale = now - Date.parse(at.begunAt) > DAY_MS;
      const { since, after, begunAt } = stale ? begin(Date.parse(at.since)) : at;
      const caught = await escrow.catchUp({ since: new Date(since), after });
      return caught.map(({ events, changed, unreadable, next, bugs }) => {
        if (unreadable > 0) {
          log.warn({ events: unreadable, since, after }, UNREADABLE);
          onUnreadable?.('listed_event', unreadable);
        }
        if (changed > 0) log.info({ events, changed }, 'took in webhooks that had not come');
        for (const { eventId, error } of bugs)
          log.error({ stripeEvent: eventId, err: error }, 'bug');
        return next === null
          ? { progress: begin(Date.parse(begunAt) - OVERLAP_MS), restMs: 5 * MINUTE_MS }
          : { progress: { since, after: next, begunAt }, restMs: 1_000 };
      });
    },
  };
}

/** Stripe may hold for longer, but the day on which a hold lapses is swept anyhow. */
const COMPARED_MS = 8 * DAY_MS;
/** What is younger is still being written. */
const SETTLING_MS = 15 * MINUTE_MS;

/**
 * Stripe's list against the records, an hour of it at a time: all hours of the last eight days in
 * the course of every day, so that the load is spread.
 */
function comparing({
  escrow,
  clock,
  log,
  onFinding,
  onUnreadable,
}: UpkeepParts): LeasedJob<{ from: string }> {
  return {
    name: 'compare',
    lookEveryMs: MINUTE_MS,
    leaseMs: 30 * MINUTE_MS,
    round: async (progress) => {
      const now = clock.now().getTime();
      const first = Math.floor((now - COMPARED_MS) / HOUR_MS) * HOUR_MS;
      const planned = progress === null ? first : Date.parse(progress.from);
      const tooYoung = planned + HOUR_MS > now - SETTLING_MS;
      const from = tooYoung || planned < first ? first : planned;
      const period = { from: new Date(from), to: new Date(from + HOUR_MS) };
      const compared = await escrow.compare(period);
      return compared.map(({ intents, payments, unreadable, passedOver, findings }) => {
        if (unreadable > 0) {
          log.warn({ intents: unreadable, ...period }, UNREADABLE);
          onUnreadable?.('listed_intent', unreadable);
        }
        for (const finding of findings) {
          tellFinding(log, finding);
          onFinding(finding);
        }
        log.debug({ ...period, intents, payments }, 'compared with Stripe');
        if (passedOver > 0)
          log.info(
            { ...period, passedOver },
            'passed over what other installations made at Stripe',
          );
        const next = new Date(from + HOUR_MS).toISOString();
        return { progress: { from: next }, restMs: (DAY_MS * HOUR_MS) / COMPARED_MS };
      });
    },
  };
}

function tellFinding(log: Logger, finding: Finding): void {
  const { type } = finding;
  if (type === 'unknown_intent') {
    const { paymentId, intent } = finding;
    const { paymentIntentId, status, amountMinor, currency } = intent;
    const facts = { finding: type, paymentId, paymentIntentId, status, amountMinor, currency };
    log.error(facts, 'Stripe and the records disagree');
    return;
  }
  const { id: paymentId, orderId, status, paymentIntentId } = finding.payment;
  const facts = { finding: type, paymentId, orderId, status, paymentIntentId };
  log[type === 'mended' ? 'warn' : 'error'](facts, 'Stripe and the records disagree');
}
