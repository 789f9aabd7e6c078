import type { Trouble } from '../jobs/outage.js';
import type { Meter } from './meter.js';
import type { SharedTurns } from './shared-turns.js';
import { createTurnFetcher } from './turn-fetcher.js';
import type { TurnTimer } from './turn-timer.js';
import { isOldestsTurn, rankOf, type Waiter, type WaitingLine } from './waiting-line.js';

/** All calls that wait, of all endpoints. */
export interface TurnQueue {
  size(): number;
  /** Serves it at once where that is possible. */
  add(line: WaitingLine, waiter: Waiter): void;
  /** Serves all that can be served now. */
  serve(): void;
}

/**
 * Serves each call when its endpoint and all together have a turn, the most urgent first. One timer is set
 * while somebody waits, and none else.
 */
export function createTurnQueue(parts: {
  readonly all: Meter;
  readonly lines: ReadonlyMap<string, WaitingLine>;
  readonly timer: TurnTimer;
  readonly shared: { readonly turns: SharedTurns; readonly trouble: Trouble } | null;
}): TurnQueue {
  const { all, lines, timer, shared } = parts;
  let waiting = 0;
  let served = 0;
  let cancel: (() => void) | null = null;

  const serve = () => {
    const now = timer.now();
    for (const line of lines.values()) {
      const late = line.size() === 0 ? [] : line.removeLate(now);
      waiting -= late.length;
      for (const one of late) one.end('too_late');
    }
    while (waiting > 0 && all.isFree(now)) {
      const line = nextLine(lines, now, isOldestsTurn(served));
      if (line === null) break;
      const one = line.next();
      line.remove(one);
      waiting -= 1;
      served += 1;
      all.use(now);
      line.meter.use(now);
      one.end('turn');
    }
    all.letGo(now);
    for (const { meter } of lines.values()) meter.letGo(now);
    plan(now);
  };
  const fetcher = shared && createTurnFetcher({ ...shared, timer, all, lines, onTaken: serve });

  /** Sets the timer to when something may change. */
  const plan = (now: number) => {
    cancel?.();
    cancel = null;
    if (waiting === 0) return;
    let at = fetcher?.fetch(now) ?? Number.POSITIVE_INFINITY;
    if (!all.isFree(now)) at = Math.min(at, all.freeAt(now));
    for (const line of lines.values()) {
      if (line.size() === 0) continue;
      at = Math.min(at, line.soonestEnd());
      if (!line.meter.isFree(now)) at = Math.min(at, line.meter.freeAt(now));
    }
    if (at !== Number.POSITIVE_INFINITY) cancel = timer.after(Math.max(0, at - now), serve);
  };

  return {
    size: () => waiting,
    add: (line, waiter) => {
      line.add(waiter);
      waiting += 1;
      serve();
    },
    serve,
  };
}

/** The line whose first is the most urgent, or has waited longest, of those that are free. */
function nextLine(
  lines: ReadonlyMap<string, WaitingLine>,
  now: number,
  isOldests: boolean,
): WaitingLine | null {
  let best: { line: WaitingLine; first: Waiter } | null = null;
  for (const line of lines.values()) {
    if (line.size() === 0 || !line.meter.isFree(now)) continue;
    const first = line.next();
    if (best === null || isBefore(first, best.first, isOldests)) best = { line, first };
  }
  return best?.line ?? null;
}

function isBefore(one: Waiter, other: Waiter, isOldests: boolean): boolean {
  const places = isOldests ? 0 : rankOf(one.urgency) - rankOf(other.urgency);
  return places === 0 ? one.since < other.since : places < 0;
}
