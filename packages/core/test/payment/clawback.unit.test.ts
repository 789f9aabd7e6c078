import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LARGEST_CHARGE_MINOR } from '../../src/money/currencies.js';
import { CLAWBACKS, clawbackMinor, shareMinor } from '../../src/payment/clawback.js';

/** Of all currencies, those with the largest amounts. */
const taken = fc.integer({ min: 1, max: LARGEST_CHARGE_MINOR }).chain((receivedMinor) =>
  fc.record({
    receivedMinor: fc.constant(receivedMinor),
    feeMinor: fc.integer({ min: 0, max: receivedMinor }),
  }),
);

/** What was taken, and parts that are given back of it, which may be all of it. */
const givenBack = taken.chain((one) =>
  fc.record({
    taken: fc.constant(one),
    sums: fc
      .array(fc.integer({ min: 0, max: one.receivedMinor }), { maxLength: 12 })
      .map((sums) => [...sums].sort((a, b) => a - b)),
  }),
);

const policy = fc.constantFrom(...CLAWBACKS);

describe('what a runner gives back', () => {
  it('only ever grows, and is never more than they got nor than the customer got back', () => {
    fc.assert(
      fc.property(givenBack, policy, ({ taken: of, sums }, by) => {
        let before = 0;
        for (const given of sums) {
          const clawed = clawbackMinor(of, given, by);
          expect(Number.isSafeInteger(clawed)).toBe(true);
          expect(clawed).toBeGreaterThanOrEqual(before);
          expect(clawed).toBeLessThanOrEqual(Math.min(shareMinor(of), given));
          before = clawed;
        }
      }),
    );
  });

  it('is all of their share once all is given back, whatever the parts were', () => {
    fc.assert(
      fc.property(givenBack, ({ taken: of, sums }) => {
        const parts = [...sums, of.receivedMinor].map((given) =>
          clawbackMinor(of, given, 'proportional'),
        );
        const differences = parts.map((one, index) => one - (parts[index - 1] ?? 0));
        expect(differences.reduce((sum, one) => sum + one, 0)).toBe(shareMinor(of));
      }),
    );
  });

  it('in proportion is half up to the minor unit', () => {
    fc.assert(
      fc.property(givenBack, ({ taken: of, sums }) => {
        const received = BigInt(of.receivedMinor);
        for (const given of sums) {
          const exact = BigInt(shareMinor(of)) * BigInt(given);
          const off = BigInt(clawbackMinor(of, given, 'proportional')) * received - exact;
          expect(2n * off > -received && 2n * off <= received).toBe(true);
        }
      }),
    );
  });

  it('in full is what the customer got, up to what the runner got; or nothing, as it is set', () => {
    fc.assert(
      fc.property(givenBack, ({ taken: of, sums }) => {
        for (const given of sums) {
          expect(clawbackMinor(of, given, 'full')).toBe(Math.min(shareMinor(of), given));
          expect(clawbackMinor(of, given, 'none')).toBe(0);
        }
      }),
    );
  });

  it.each([
    [500, 477], // 476.64
    [1, 1], // 0.95
    [2097, 1999], // 1999.05
    [2098, 2000],
  ])('of 20.00 out of 20.98, where %i is given back, is %i', (given, clawed) => {
    const of = { receivedMinor: 2098, feeMinor: 98 };
    expect(clawbackMinor(of, given, 'proportional')).toBe(clawed);
  });

  it('is nothing where the platform has kept all', () => {
    expect(clawbackMinor({ receivedMinor: 50, feeMinor: 50 }, 50, 'full')).toBe(0);
  });
});
