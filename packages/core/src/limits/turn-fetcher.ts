import type { Trouble } from '../jobs/outage.js';
import { SECOND_MS } from '../time/durations.js';
import type { Meter } from './meter.js';
import type { SharedTurns, TurnsTaken, TurnsWanted } from './shared-turns.js';
import type { TurnTimer } from './turn-timer.js';
import type { WaitingLine } from './waiting-line.js';

/** Takes turns from the shared line for calls that wait and have none. */
export interface TurnFetcher {
  /**
   * Asks for what is lacking, unless that was asked for just now. Tells when to come again; `Infinity` where
   * nothing is lacking, or the answer is awaited.
   */
  fetch(now: number): number;
}

/** At most so often: one statement for all that waits by then, however many those are. */
const GAP_MS = 250;
const GAP_AFTER_FAULT_MS = SECOND_MS;

export function createTurnFetcher(parts: {
  readonly turns: SharedTurns;
  readonly timer: TurnTimer;
  readonly all: Meter;
  readonly lines: ReadonlyMap<string, WaitingLine>;
  /** Told while none can be taken, and when that is over. */
  readonly trouble: Trouble;
  /** Called after each answer, also where it brought nothing. */
  readonly onTaken: () => void;
}): TurnFetcher {
  const { turns, timer, all, lines, trouble, onTaken } = parts;
  let isAsking = false;
  let notBefore = Number.NEGATIVE_INFINITY;

  const add = (wanted: readonly TurnsWanted[], taken: readonly TurnsTaken[]) => {
    const now = timer.now();
    for (const { limit, count, firstInMs } of taken) {
      const asked = wanted.find((one) => one.limit === limit);
      const meter = limit === all.limit ? all : lines.get(limit)?.meter;
      if (asked === undefined || meter === undefined) continue;
      const first = now + Math.max(0, firstInMs);
      meter.add(Array.from({ length: count }, (_, nth) => first + nth * asked.spacingMs));
    }
  };
  const ask = async (wanted: readonly TurnsWanted[]) => {
    isAsking = true;
    let gapMs = GAP_AFTER_FAULT_MS;
    // A line that throws is a line that is away: calls go on with their share, as they do then.
    try {
      const taken = await turns.take(wanted);
      if (taken.isOk()) {
        gapMs = GAP_MS;
        add(wanted, taken.value);
        trouble.over();
      } else trouble.is(taken.error);
    } catch (error) {
      trouble.is(error);
    }
    isAsking = false;
    notBefore = timer.now() + gapMs;
    onTaken();
  };
  return {
    fetch: (now) => {
      if (isAsking) return Number.POSITIVE_INFINITY;
      const wanted = lacking(all, [...lines.values()], now);
      if (wanted.length === 0) return Number.POSITIVE_INFINITY;
      if (now < notBefore) return notBefore;
      void ask(wanted);
      return Number.POSITIVE_INFINITY;
    },
  };
}

/**
 * What has no turn within the time until it is asked again. Over all only what its endpoint has turns for by
 * then, so that none is taken from others in vain.
 */
function lacking(all: Meter, lines: readonly WaitingLine[], now: number): TurnsWanted[] {
  const by = now + GAP_MS;
  const wanted: TurnsWanted[] = [];
  let waiting = 0;
  let urgent = 0;
  for (const line of lines) {
    if (line.size() === 0) continue;
    const { meter } = line;
    const urgentOnes = line.urgent(now);
    const has = meter.inHand(now, by);
    const lacks = wantedOf(meter, { waiting: line.size() - has, urgent: urgentOnes - has }, now);
    if (lacks !== null) wanted.push(lacks);
    const soon = has + Math.ceil(GAP_MS / meter.spacingMs(now));
    waiting += Math.min(line.size(), soon);
    urgent += Math.min(urgentOnes, soon);
  }
  const has = all.inHand(now, by);
  const lacks = wantedOf(all, { waiting: waiting - has, urgent: urgent - has }, now);
  return lacks === null ? wanted : [...wanted, lacks];
}

function wantedOf(
  meter: Meter,
  lacking: { readonly waiting: number; readonly urgent: number },
  now: number,
): TurnsWanted | null {
  if (lacking.waiting <= 0) return null;
  const urgent = Math.max(0, lacking.urgent);
  const others = lacking.waiting - urgent + meter.inAdvance(now);
  return { limit: meter.limit, spacingMs: meter.spacingMs(now), urgent, others };
}
