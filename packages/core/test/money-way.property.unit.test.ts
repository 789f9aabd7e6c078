import { CLAWBACKS, type Currency, type Money, moneyWayOf } from '@campusg-pay/core';
import { brokenInvariants, memorySystem } from '@campusg-pay/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moneyEvidence } from '../testing/money-evidence.js';

/** What is asked for, in units of what the currency allows: KWD takes tens of its minor unit only. */
const way = fc.record({
  currency: fc.constantFrom(['USD', 1], ['JPY', 1], ['KWD', 10] as const),
  held: fc.integer({ min: 100, max: 5_000 }),
  amount: fc.integer({ min: 1, max: 5_000 }),
  tip: fc.nat({ max: 500 }),
  fee: fc.nat({ max: 3_000 }),
  clawback: fc.constantFrom(...CLAWBACKS),
  parts: fc.array(fc.nat({ max: 3_000 }), { maxLength: 6 }),
  paidOut: fc.boolean(),
  unable: fc.boolean(),
});

describe('any sequence of parts, refunds, tips and fees', () => {
  it('conserves money in USD, JPY and KWD, by the books and by the record', async () => {
    await fc.assert(
      fc.asyncProperty(way, async ({ currency: [code, unit], clawback, ...of }) => {
        const system = memorySystem({ settings: { clawback } });
        const { escrow, gateway, store, authorizing, evidence } = system;
        const amount = { amountMinor: of.held * unit, currency: code as Currency } as Money;
        const state = of.unable ? 'unable' : 'able';
        const stripeAccount = gateway.connect.makeAccount({ state });
        const payment = { orderId: 'order-1' };
        await escrow.authorize(authorizing({ amount }));
        // Results ignored: what is too much is refused, and then the rest is still to hold.
        await escrow.release({
          payment,
          runnerId: 'runner-1',
          stripeAccount,
          amountMinor: of.amount * unit,
          tipMinor: of.tip * unit,
          platformFeeMinor: of.fee,
          correlationId: 'release',
        });
        for (const [index, part] of of.parts.entries()) {
          if (index === 1 && of.paidOut) gateway.connect.payOutAccount(stripeAccount);
          if (index === 2) gateway.connect.setAccount(stripeAccount, 'able');
          if (index === 2) await escrow.setRunnerAccount({ runnerId: 'runner-1', stripeAccount });
          if (index === 2) await escrow.sendDueTransfers(10);
          const named = part === 0 ? {} : { amountMinor: part * unit, refundId: `part-${index}` };
          const correlationId = `revert-${index}`;
          await escrow.revert({ payment, reason: null, ...named, correlationId });
        }
        gateway.connect.setAccount(stripeAccount, 'able');
        await escrow.setRunnerAccount({ runnerId: 'runner-1', stripeAccount });
        await escrow.sendDueTransfers(10);
        const seen = { ...evidence(), money: moneyEvidence({ store, gateway, clawback }) };
        expect(brokenInvariants(seen, { quiet: true })).toEqual([]);
        for (const one of store.payments()) {
          const { capturedMinor, transferredMinor, reversedMinor, ...rest } = moneyWayOf(one);
          const { feeMinor, refundedMinor, keptMinor } = rest;
          const all = transferredMinor - reversedMinor + feeMinor + refundedMinor + keptMinor;
          expect(all).toBe(capturedMinor);
        }
      }),
      { numRuns: Math.ceil(1000 * Number(process.env.TEST_EFFORT ?? 1)) },
    );
  });
});
