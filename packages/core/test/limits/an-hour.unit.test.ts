import { describe, expect, it } from 'vitest';
import { type Arrivals, busyTime } from './an-hour.js';

// The hours themselves are in an-hour.long.unit.test.ts.
const TWO_MINUTES = 120;

describe.each<[number, Arrivals]>([
  [1, 'even'],
  [1, 'in each second'],
  [1, 'at random'],
  [2, 'in each second'],
  [3, 'even'],
  [3, 'in each second'],
  [3, 'at random'],
])(
  '24 authorizes and 24 captures a second on %i replicas, %s, beside a reconcile',
  (replicas, how) => {
    it('are never too much for Stripe, and nobody waits for long', async () => {
      const { refused, tooLate, made, p99, longest, statementsPerSecond } = await busyTime({
        replicas,
        how,
        seconds: TWO_MINUTES,
      });
      expect(refused).toEqual([]);
      expect(tooLate).toEqual({});
      expect(p99).toBeLessThan(4_000);
      expect(longest).toBeLessThan(8_000);
      // It has most of what is left: 20 a second are the line's over all.
      expect(made.reconcile).toBeGreaterThan(10 * TWO_MINUTES);
      // Four a second for each who needs more than a share, the terminal among them.
      expect(statementsPerSecond).toBeLessThanOrEqual(4 * (replicas + 1));
    });
  },
);
