import { SECOND_MS } from '../time/durations.js';

/** How much of a limit is used, from what the other side has said of it. */
export interface LearnedPace {
  /** From a tenth to 1. */
  factor(now: number): number;
  /** We were told that it was too much. */
  slow(now: number): void;
}

const LEAST = 0.1;

/** Of the whole limit, a second: from a half back to all of it takes 50 seconds. */
const RECOVERS_BY = 0.01;

/** Half of it at each complaint, then slowly back: what comes within one second is one complaint. */
export function createLearnedPace(): LearnedPace {
  let reached = 1;
  let slowedAt = Number.NEGATIVE_INFINITY;
  const factor = (now: number) =>
    reached === 1 ? 1 : Math.min(1, reached + ((now - slowedAt) / SECOND_MS) * RECOVERS_BY);
  return {
    factor,
    slow: (now) => {
      if (now - slowedAt < SECOND_MS) return;
      reached = Math.max(LEAST, factor(now) / 2);
      slowedAt = now;
    },
  };
}
