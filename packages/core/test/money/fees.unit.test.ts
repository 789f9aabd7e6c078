import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FeePolicy, feeMinorOf, NO_FEE } from '../../src/money/fees.js';
import { chargeLimits, parseCurrency } from '../../src/money/money.js';

const currencies = ['USD', 'JPY', 'KWD'].map((code) => parseCurrency(code)._unsafeUnwrap());

const taken = fc.constantFrom(...currencies).chain((currency) => {
  const { maximumMinor } = chargeLimits(currency);
  return fc.record({
    currency: fc.constant(currency),
    amountMinor: fc.integer({ min: 1, max: maximumMinor }),
    tipMinor: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: maximumMinor })),
  });
});

const policy: fc.Arbitrary<FeePolicy> = fc.record({
  partsPerMillion: fc.oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.constantFrom(0, 25_000)),
  fixedMinor: fc.dictionary(fc.constantFrom('USD', 'JPY', 'KWD'), fc.nat(5_000)),
  onTip: fc.boolean(),
});

const percent = (partsPerMillion: number, onTip = false): FeePolicy => ({
  ...NO_FEE,
  partsPerMillion,
  onTip,
});

describe("the platform's fee", () => {
  it('is a whole number of minor units, never below nothing, never above what it is taken of', () => {
    fc.assert(
      fc.property(policy, taken, (fees, of) => {
        const fee = feeMinorOf(fees, of);
        const base = of.amountMinor + (fees.onTip ? of.tipMinor : 0);
        expect(Number.isSafeInteger(fee) && fee >= 0 && fee <= base).toBe(true);
      }),
    );
  });

  it('and the share of the runner are together what was taken', () => {
    fc.assert(
      fc.property(policy, taken, (fees, of) => {
        const whole = of.amountMinor + of.tipMinor;
        const share = whole - feeMinorOf(fees, of);
        expect(share).toBeGreaterThanOrEqual(fees.onTip ? 0 : of.tipMinor);
        expect(share + feeMinorOf(fees, of)).toBe(whole);
      }),
    );
  });

  it('is the percentage, half up: less than half a minor unit away, and half a unit up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.boolean(),
        taken,
        (parts, onTip, of) => {
          const base = BigInt(of.amountMinor + (onTip ? of.tipMinor : 0));
          const off =
            BigInt(feeMinorOf(percent(parts, onTip), of)) * 1_000_000n - base * BigInt(parts);
          expect(off > -500_000n && off <= 500_000n).toBe(true);
        },
      ),
    );
  });

  it('grows with the amount', () => {
    fc.assert(
      fc.property(policy, taken, fc.nat(10_000), (fees, of, more) => {
        const larger = { ...of, amountMinor: of.amountMinor + more };
        expect(feeMinorOf(fees, larger)).toBeGreaterThanOrEqual(feeMinorOf(fees, of));
      }),
    );
  });

  it.each([
    [25_000, 2_098, 52], // 52.45
    [25_000, 2_020, 51], // 50.5
    [25_000, 20, 1], // 0.5
    [25_000, 19, 0], // 0.475
    [1, 499_999, 0],
    [1, 500_000, 1],
    [1_000_000, 2_098, 2_098],
  ])('of %i millionths of %i is %i', (partsPerMillion, amountMinor, fee) => {
    for (const currency of currencies)
      expect(feeMinorOf(percent(partsPerMillion), { amountMinor, tipMinor: 77, currency })).toBe(
        fee,
      );
  });

  it('has a fixed part of its own for each currency, and none for another', () => {
    const fees = { ...percent(25_000), fixedMinor: { USD: 30, JPY: 9_999 } };
    const of = { amountMinor: 2_000, tipMinor: 0 };
    const [usd, jpy, kwd] = currencies.map((currency) => feeMinorOf(fees, { ...of, currency }));
    expect([usd, jpy, kwd]).toEqual([80, 2_000, 50]);
  });

  it('is taken of a tip only where that is set', () => {
    const [currency] = currencies;
    const of = {
      amountMinor: 1_000,
      tipMinor: 1_000,
      currency: currency as NonNullable<typeof currency>,
    };
    expect(feeMinorOf(percent(100_000), of)).toBe(100);
    expect(feeMinorOf(percent(100_000, true), of)).toBe(200);
  });
});
