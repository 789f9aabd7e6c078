import type { Clock } from '@campusg-pay/core';

/** A clock that stands still until it is told to move. */
export interface VirtualClock extends Clock {
  /** Moves time on, waking every sleeper on the way at its own moment, in order. */
  advance(ms: number): Promise<void>;
  /** Moves time on to the moment the next sleeper wakes; false when nobody sleeps. */
  wakeNext(): boolean;
  /** How many are asleep. */
  readonly sleepers: number;
}

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

/** A round, recognisable moment. */
export const VIRTUAL_START = new Date('2026-01-05T09:00:00.000Z');

/**
 * Time for tests and simulations.
 *
 * `autoAdvance` (the default) jumps to the next sleeper's moment as soon as nothing else is left to
 * do, so that waiting takes no time; without it a sleep lasts until `advance` passes its end.
 */
export function virtualClock({
  start = VIRTUAL_START,
  autoAdvance = true,
}: {
  readonly start?: Date;
  readonly autoAdvance?: boolean;
} = {}): VirtualClock {
  let now = start.getTime();
  let sleeping: Sleeper[] = [];

  const wakeNextUntil = (limit: number): boolean => {
    const [first] = [...sleeping].sort((one, other) => one.wakeAt - other.wakeAt);
    if (first === undefined || first.wakeAt > limit) return false;
    sleeping = sleeping.filter((one) => one !== first);
    now = Math.max(now, first.wakeAt);
    first.wake();
    return true;
  };

  return {
    now: () => new Date(now),
    sleep: (ms) =>
      new Promise((wake) => {
        sleeping.push({ wakeAt: now + ms, wake });
        if (autoAdvance) setImmediate(() => wakeNextUntil(Number.POSITIVE_INFINITY));
      }),
    advance: async (ms) => {
      const end = now + ms;
      await idle();
      while (wakeNextUntil(end)) await idle();
      now = Math.max(now, end);
    },
    wakeNext: () => wakeNextUntil(Number.POSITIVE_INFINITY),
    get sleepers() {
      return sleeping.length;
    },
  };
}

/** Resolves once everything that can go on without time passing has gone on. */
export function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets others go on, without any time passing, until something has happened. */
export async function until(happened: () => boolean): Promise<void> {
  for (let turn = 0; !happened(); turn += 1) {
    if (turn > 10_000) throw new Error('it never happened');
    await Promise.resolve();
  }
}
