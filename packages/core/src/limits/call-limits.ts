import { createTrouble } from '../jobs/outage.js';
import type { Logger } from '../logger.js';
import { SECOND_MS } from '../time/durations.js';
import { createMeter, type Meter } from './meter.js';
import type { SharedTurns } from './shared-turns.js';
import { createSharers } from './sharers.js';
import { createTurnQueue } from './turn-queue.js';
import type { TurnTimer } from './turn-timer.js';
import type { Urgency } from './urgency.js';
import { createWaitingLine, type Waiter, type WaitingLine } from './waiting-line.js';

/** It can't be this call's turn in time: it must not be made. */
export interface NoTurn {
  readonly retryAfterMs: number;
}

/** A call that wants its turn. */
export interface CallWanted {
  /** What Stripe counts by itself: `POST /v1/payment_intents`. */
  readonly endpoint: string;
  readonly urgency: Urgency;
  /** How long it may wait for its turn, in milliseconds. */
  readonly withinMs: number;
}

/** Says when each call may be made. */
export interface CallLimits {
  /**
   * Takes a turn. `turn`: now; else it comes with the promise, or there is none in time. Where that is clear
   * at once it is told at once.
   */
  take(wanted: CallWanted): Outcome | Promise<Outcome>;
  /** What `take` would refuse at once; null where it would not. */
  refusal(wanted: CallWanted): NoTurn | null;
  /** It was too much after all: less of it for a while. */
  tooMuch(of: { readonly endpoint: string; readonly everywhere: boolean }): void;
  /** How many calls a second are held to be allowed at present, by limit. */
  rates(): readonly { readonly limit: string; readonly perSecond: number }[];
}

export type Outcome = 'turn' | NoTurn;

export interface CallLimitsOptions {
  /** Most calls in a second, over all; a whole number, at least 1, or `Infinity`. */
  readonly perSecond: number;
  /** Most calls in a second to one endpoint; a whole number, at least 1, or `Infinity`. */
  readonly perEndpoint: number;
  readonly timer: TurnTimer;
  /** With whom the limits are shared; null: with nobody. */
  readonly shared: {
    readonly turns: SharedTurns;
    /** How many processes have a share, this one included; null: this one has none (yet). */
    readonly replicas: () => number | null;
    /**
     * Told once when no turns can be taken from `turns`, which fails or throws, and once when they can
     * again. Until then calls go on with this process's share.
     *
     * @default nobody is told
     */
    readonly log?: Logger;
  } | null;
  /** Told of each call that had to wait, and how long. */
  readonly onWaited?: (urgency: Urgency, ms: number) => void;
  /** Told of each call that was refused. */
  readonly onRefused?: (urgency: Urgency) => void;
}

const EVERYWHERE = 'all';

/** How much of each limit is divided among the replicas, to be used without asking anybody. */
const DIVIDED = 1 / 2;
const DIVIDED_OF_ALL = 3 / 4;

const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A turn over all waits so long for that of an endpoint. */
const LATE_MS = 250;

/** Limits of calls, of each endpoint and over all, with the more urgent first. */
export function createCallLimits(options: CallLimitsOptions): CallLimits {
  const { timer, shared, onRefused } = options;
  const { all, lines, lineOf } = createLines(options);
  const queue = createTurnQueue({
    all,
    lines,
    timer,
    shared: shared && lineOfTurns(shared, timer),
  });

  const refusal = ({ endpoint, urgency, withinMs }: CallWanted): NoTurn | null => {
    if (queue.size() === 0) return null;
    const now = timer.now();
    const line = lineOf(endpoint);
    let before = 0;
    for (const one of lines.values()) before += one.before(urgency);
    const ofLine = waitOf(line.meter, line.before(urgency), now);
    const waitMs = Math.max(ofLine, waitOf(all, before, now));
    return waitMs > withinMs ? noTurn(waitMs) : null;
  };
  const wait = ({ endpoint, urgency, withinMs }: CallWanted): Outcome | Promise<Outcome> => {
    const line = lineOf(endpoint);
    const since = timer.now();
    let told: Outcome | null = null;
    let tell: ((outcome: Outcome) => void) | null = null;
    const end: Waiter['end'] = (how) => {
      const now = timer.now();
      if (how === 'too_late') onRefused?.(urgency);
      else if (now > since) options.onWaited?.(urgency, now - since);
      told = how === 'turn' ? 'turn' : noTurn(waitOf(line.meter, line.size(), now));
      tell?.(told);
    };
    queue.add(line, { urgency, since, until: since + withinMs, end });
    const waited = new Promise<Outcome>((resolve) => {
      tell = resolve;
    });
    return told ?? waited;
  };
  /** Without anybody who waits there is no order to keep. */
  const takeFree = (endpoint: string): boolean => {
    const now = timer.now();
    const { meter } = lineOf(endpoint);
    all.letGo(now);
    meter.letGo(now);
    if (!all.isFree(now) || !meter.isFree(now)) return false;
    all.use(now);
    meter.use(now);
    return true;
  };

  return {
    take: (wanted) => {
      if (queue.size() > 0) queue.serve();
      if (queue.size() === 0 && takeFree(wanted.endpoint)) return 'turn';
      const refused = refusal(wanted);
      if (refused === null) return wait(wanted);
      onRefused?.(wanted.urgency);
      return refused;
    },
    refusal,
    tooMuch: ({ endpoint, everywhere }) => {
      (everywhere ? all : lineOf(endpoint).meter).slow(timer.now());
    },
    rates: () => {
      const now = timer.now();
      const meters = [all, ...[...lines.values()].map(({ meter }) => meter)];
      return meters.map((meter) => ({ limit: meter.limit, perSecond: meter.perSecond(now) }));
    },
  };
}

/** The shared line, and who is told while it is away. */
function lineOfTurns(
  { turns, log = SILENT }: NonNullable<CallLimitsOptions['shared']>,
  timer: TurnTimer,
) {
  const lines = {
    begins: 'no turns of calls to Stripe can be taken; going on with our own share',
    ends: 'turns of calls to Stripe can be taken again',
  };
  return { turns, trouble: createTrouble({ scheduler: { elapsedMs: timer.now }, log }, lines) };
}

/** The limit over all, and one with its line for each endpoint that was called so far. */
function createLines({ perSecond, perEndpoint, shared }: CallLimitsOptions) {
  const sharers = shared === null ? null : createSharers(shared.replicas);
  const all = createMeter({
    limit: EVERYWHERE,
    perSecond,
    dividedPart: DIVIDED_OF_ALL,
    lateMs: LATE_MS,
    sharers,
  });
  const lines = new Map<string, WaitingLine>();
  const lineOf = (endpoint: string): WaitingLine => {
    const known = lines.get(endpoint);
    if (known !== undefined) return known;
    const made = createWaitingLine(
      createMeter({
        limit: endpoint,
        perSecond: perEndpoint,
        dividedPart: DIVIDED,
        lateMs: 0,
        sharers,
      }),
    );
    lines.set(endpoint, made);
    return made;
  };
  return { all, lines, lineOf };
}

/** How long it takes at least until so many and one more had their turn. */
function waitOf(meter: Meter, before: number, now: number): number {
  return ((before + 1) / meter.perSecond(now)) * SECOND_MS;
}

function noTurn(waitMs: number): NoTurn {
  return { retryAfterMs: Math.min(Math.max(Math.ceil(waitMs), SECOND_MS), 60 * SECOND_MS) };
}
