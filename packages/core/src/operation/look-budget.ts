import type { Clock, LookBudget } from '../ports.js';
import { SECOND_MS } from '../time/durations.js';

/** At most `perSecond` looks within any second. */
export function createLookBudget(clock: Clock, perSecond: number): LookBudget {
  let taken: readonly number[] = [];
  return {
    take: (wanted) => {
      const now = clock.now().getTime();
      // A clock that was set back must not keep what it has seen for ever.
      taken = taken.filter((at) => at <= now && now - at < SECOND_MS);
      const granted = Math.max(0, Math.min(wanted, perSecond - taken.length));
      taken = [...taken, ...Array<number>(granted).fill(now)];
      return granted;
    },
    giveBack: (unused) => {
      taken = taken.slice(0, Math.max(0, taken.length - unused));
    },
  };
}
