import type { Meter } from './meter.js';
import { URGENCIES, type Urgency } from './urgency.js';

/** A call that waits for its turn. */
export interface Waiter {
  readonly urgency: Urgency;
  readonly since: number;
  /** After that it is too late. */
  readonly until: number;
  readonly end: (outcome: 'turn' | 'too_late') => void;
}

/** The calls that wait for one limit. */
export interface WaitingLine {
  readonly meter: Meter;
  readonly size: () => number;
  /** How many are before one of that urgency who comes now. */
  before(urgency: Urgency): number;
  /** How many somebody waits for, or that have waited for long. */
  urgent(now: number): number;
  add(waiter: Waiter): void;
  /** Who is next; must not be empty. */
  next(): Waiter;
  /** Takes them out. */
  remove(waiter: Waiter): void;
  /** Takes out those for whom it is too late. */
  removeLate(now: number): readonly Waiter[];
  /** The earliest time at which it is too late for one; `Infinity` where nobody waits. */
  soonestEnd(): number;
}

/** One turn in so many is that of whoever has waited longest, so that nobody waits for ever. */
const OLDEST_EVERY = 20;

/** Whoever has waited for that long is as urgent as a customer, when turns are taken from the shared line. */
const LONG_MS = 5_000;

const PLACE = new Map<Urgency, number>(URGENCIES.map((urgency, place) => [urgency, place]));

export function rankOf(urgency: Urgency): number {
  return PLACE.get(urgency) ?? 0;
}

export function createWaitingLine(meter: Meter): WaitingLine {
  const waiting: Waiter[][] = URGENCIES.map(() => []);
  let size = 0;
  let served = 0;
  const removed = (one: Waiter) => {
    const queue = waiting[rankOf(one.urgency)] ?? [];
    const at = queue.indexOf(one);
    if (at < 0) return;
    queue.splice(at, 1);
    size -= 1;
  };
  return {
    meter,
    size: () => size,
    before: (urgency) => {
      const ahead = waiting.slice(0, rankOf(urgency) + 1);
      return ahead.reduce((sum, queue) => sum + queue.length, 0);
    },
    urgent: (now) =>
      waiting.reduce((sum, queue, place) => {
        if (place <= rankOf('release')) return sum + queue.length;
        return sum + queue.filter(({ since }) => now - since >= LONG_MS).length;
      }, 0),
    add: (one) => {
      waiting[rankOf(one.urgency)]?.push(one);
      size += 1;
    },
    next: () => {
      const heads = waiting.flatMap((queue) => queue[0] ?? []);
      const next = isOldestsTurn(served) ? oldestOf(heads) : heads[0];
      if (next === undefined) throw new Error('bug: nobody waits in this line');
      return next;
    },
    remove: (one) => {
      served += 1;
      removed(one);
    },
    removeLate: (now) => {
      const late = waiting.flat().filter(({ until }) => until <= now);
      for (const one of late) removed(one);
      return late;
    },
    soonestEnd: () =>
      waiting.reduce(
        (soonest, queue) => queue.reduce((least, { until }) => Math.min(least, until), soonest),
        Number.POSITIVE_INFINITY,
      ),
  };
}

export function isOldestsTurn(served: number): boolean {
  return served % OLDEST_EVERY === OLDEST_EVERY - 1;
}

function oldestOf(all: readonly Waiter[]): Waiter | undefined {
  return all.reduce<Waiter | undefined>(
    (oldest, one) => (oldest === undefined || one.since < oldest.since ? one : oldest),
    undefined,
  );
}
