import { SECOND_MS } from '../time/durations.js';
import { createLearnedPace } from './learned-pace.js';
import { createRateWindow } from './rate-window.js';

/** One limit, as one process sees it. */
export interface Meter {
  readonly limit: string;
  /** Turns that are free at that time, if none is used until then, or come before. */
  inHand(now: number, by: number): number;
  isFree(now: number): boolean;
  /** From when on a turn is free; `Infinity` where none is in sight. */
  freeAt(now: number): number;
  /** Uses up a turn that is free. */
  use(now: number): void;
  /** Adds turns of the shared line, in order of time. */
  add(turns: readonly number[]): void;
  /** Lets turns of the shared line go whose time has come: nobody used them. */
  letGo(now: number): void;
  /**
   * How many turns to take in advance: whoever has no share takes as many as were used of those before, so
   * that one call after the other does not need a statement each.
   */
  inAdvance(now: number): number;
  /** Between two turns of the shared line, in milliseconds. */
  spacingMs(now: number): number;
  /** How many a second could be made if nobody else made any. */
  perSecond(now: number): number;
  /** The other side said that it was too much. */
  slow(now: number): void;
}

/**
 * A limit that nobody shares is all one's own. Else half of it is divided evenly and costs nothing to use;
 * the other half is taken from the shared line, by whoever needs more than that. Both together are the
 * limit at most, in any second: a share is a whole number, and the turns of the line are evenly spaced.
 */
export function createMeter(options: {
  readonly limit: string;
  /** A whole number, at least 1; or `Infinity`. */
  readonly perSecond: number;
  /** What part of it is divided, from 0 to 1. */
  readonly dividedPart: number;
  /** How late a turn of the shared line may be used, in milliseconds: it has so many fewer. */
  readonly lateMs: number;
  /** Among how many it is divided; null: no share at present. */
  readonly sharers: ((now: number) => number | null) | null;
}): Meter {
  const { limit, perSecond, dividedPart, lateMs } = options;
  // What has no end need not be divided.
  const sharers = perSecond === Number.POSITIVE_INFINITY ? null : options.sharers;
  const pace = createLearnedPace();
  const window = createRateWindow();
  const divided = Math.floor(perSecond * dividedPart);
  let turns: number[] = [];
  let usedSince = 0;
  const share = (now: number): number => {
    if (sharers === null) return perSecond * pace.factor(now);
    const among = sharers(now);
    return among === null ? 0 : (divided / among) * pace.factor(now);
  };
  const isDue = (now: number) => turns[0] !== undefined && turns[0] <= now;
  return {
    limit,
    inHand: (now, by) =>
      window.room(by, share(now)) + turns.reduce((sum, at) => (at <= by ? sum + 1 : sum), 0),
    isFree: (now) => isDue(now) || window.freeAt(now, share(now)) === now,
    freeAt: (now) => Math.min(turns[0] ?? Number.POSITIVE_INFINITY, window.freeAt(now, share(now))),
    use: (now) => {
      if (!isDue(now)) return window.note(now, share(now));
      turns.shift();
      usedSince += 1;
    },
    add: (more) => {
      usedSince = 0;
      turns = [...turns, ...more].sort((one, other) => one - other);
    },
    letGo: (now) => {
      while (turns[0] !== undefined && turns[0] + lateMs <= now) turns.shift();
    },
    inAdvance: (now) => (share(now) > 0 ? 0 : usedSince),
    spacingMs: (now) => (SECOND_MS + lateMs) / ((perSecond - divided) * pace.factor(now)),
    perSecond: (now) => perSecond * pace.factor(now),
    slow: pace.slow,
  };
}
