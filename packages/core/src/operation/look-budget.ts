import type { Clock, LookBudget } from '../ports.js';
import { SECOND_MS } from '../time/durations.js';

/**
 * At most `perSecond` looks within any second, shared with the other replicas: each takes an equal
 * part, and where that is less than one look a second, one look in as many seconds as it takes.
 *
 * @param replicas how many share it at present, this one included
 */
export function createLookBudget(
  clock: Clock,
  perSecond: number,
  replicas: () => number = () => 1,
): LookBudget {
  let taken: readonly number[] = [];
  return {
    take: (wanted) => {
      const now = clock.now().getTime();
      const share = perSecond / replicas();
      const withinMs = share < 1 ? SECOND_MS / share : SECOND_MS;
      // A clock that was set back must not keep what it has seen for ever.
      taken = taken.filter((at) => at <= now && now - at < withinMs);
      const most = Math.max(1, Math.floor(share));
      const granted = Math.max(0, Math.min(wanted, most - taken.length));
      taken = [...taken, ...Array<number>(granted).fill(now)];
      return granted;
    },
    giveBack: (unused) => {
      taken = taken.slice(0, Math.max(0, taken.length - unused));
    },
  };
}
