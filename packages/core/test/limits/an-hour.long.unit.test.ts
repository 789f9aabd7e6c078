import { describe, expect, it } from 'vitest';
import { busyTime } from './an-hour.js';

const HOUR = 3_600;

describe.each([1, 3])(
  'an hour of 24 authorizes and 24 captures a second at random on %i replicas',
  (replicas) => {
    it('meets no 429 beside a reconcile that takes all it can get', async () => {
      const busy = await busyTime({ replicas, how: 'at random', seconds: HOUR });
      console.log(JSON.stringify({ ...busy, replicas }));
      expect(busy.refused).toEqual([]);
      expect(busy.tooLate).toEqual({});
      expect(busy.p99).toBeLessThan(6_000);
      expect(busy.made.reconcile).toBeGreaterThan(10 * HOUR);
    }, 300_000);
  },
);
