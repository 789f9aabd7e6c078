import { SECOND_MS } from '../time/durations.js';

/**
 * At most so many calls within any second, all at once if they like. Where that is less than one a second,
 * it is one in as many seconds as it takes. What is left over of a whole number is not used.
 */
export interface RateWindow {
  /** How many more may be made at that time, if none is until then. */
  room(at: number, perSecond: number): number;
  /** From when on there is room; at once where there is, `Infinity` where never. */
  freeAt(now: number, perSecond: number): number;
  note(now: number, perSecond: number): void;
}

export function createRateWindow(): RateWindow {
  const made: number[] = [];
  const most = (perSecond: number) => Math.max(1, Math.floor(perSecond));
  const lengthMs = (perSecond: number) => SECOND_MS / Math.min(1, perSecond);
  /** When the place is free again that keeps one from being made; undefined where none does. */
  const freed = (perSecond: number): number | undefined => {
    const blocking = made[made.length - most(perSecond)];
    return blocking === undefined ? undefined : blocking + lengthMs(perSecond);
  };
  return {
    room: (at, perSecond) => {
      if (perSecond <= 0) return 0;
      const ms = lengthMs(perSecond);
      let over = 0;
      while (over < made.length && (made[over] as number) + ms <= at) over += 1;
      return Math.max(0, most(perSecond) - (made.length - over));
    },
    freeAt: (now, perSecond) => {
      if (perSecond <= 0) return Number.POSITIVE_INFINITY;
      return Math.max(now, freed(perSecond) ?? now);
    },
    note: (now, perSecond) => {
      const ms = lengthMs(perSecond);
      while (made[0] !== undefined && made[0] + ms <= now) made.shift();
      made.push(now);
    },
  };
}
