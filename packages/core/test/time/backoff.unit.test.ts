import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/time/backoff.js';

const backoff = { firstMs: 1_000, longestMs: 30_000 };

describe('a backoff', () => {
  it('doubles with each failure, up to the longest pause', () => {
    const pauses = [0, 1, 2, 3, 4, 5, 1_000].map((failures) => backoffMs(backoff, failures, 0.5));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it('is spread by a quarter to both sides, and never more', () => {
    expect(backoffMs(backoff, 0, 0)).toBe(750);
    const spread = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat(100), spread, (failures, chance) => {
        const middle = backoffMs(backoff, failures, 0.5);
        const pause = backoffMs(backoff, failures, chance);
        return pause >= 0.75 * middle && pause < 1.25 * middle + 1e-6;
      }),
    );
  });
});
