import type { GatewayReply, Payment, RefundSnapshot } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { got } from './outcome.js';
import { callFor, type GatewaySetup, intentIn, till } from './till.js';

/** Taking less than is held, and giving back less than was taken. */
export function describeGatewayParts(setUp: () => Promise<GatewaySetup>): void {
  describe('capture of a part', () => {
    it('takes what is due and lets the rest go, once', async () => {
      const setup = await setUp();
      const payment = await till(setup).hold();
      const call = callFor(payment, capturing(payment, 99));
      const taken = { status: 'succeeded', receivedMinor: payment.amount.amountMinor - 99 };
      for (const _ of ['first', 'again']) {
        const reply = got(await setup.gateway.perform(call));
        expect(intentIn(reply)).toMatchObject({ ...taken, chargeId: expect.any(String) });
      }
      const now = got(await setup.gateway.retrieve(payment.paymentIntentId ?? ''));
      expect(now === null ? null : intentIn(now)).toMatchObject({ ...taken, latestRefunds: [] });
    });

    it('of more than is held is refused', async () => {
      const setup = await setUp();
      const payment = await till(setup).hold();
      const reply = got(
        await setup.gateway.perform(callFor(payment, capturing(payment, -5_000_000))),
      );
      expect(reply.report).toMatchObject({ refused: { detail: expect.any(String) } });
      expect(intentIn(reply)).toMatchObject({ status: 'requires_capture', receivedMinor: 0 });
    });
  });

  describe('refund of a part', () => {
    it('gives back that much under its name, once', async () => {
      const setup = await setUp();
      const { payment, refund } = await taken(setup);
      const call = refund(500, 'cold soup');
      const made = { amountMinor: 500, name: 'cold soup', status: 'succeeded' };
      const first = madeBy(got(await setup.gateway.perform(call)));
      expect(first).toMatchObject(made);
      expect(madeBy(got(await setup.gateway.perform(call)))).toEqual(first);
      expect(await refundsOf(setup, payment)).toMatchObject([{ ...made, ...first }]);
    });

    it('is another one under another key, though it is as much', async () => {
      const setup = await setUp();
      const { payment, refund } = await taken(setup);
      for (const name of ['cold soup', 'no spoon']) {
        const reply = got(await setup.gateway.perform(refund(500, name)));
        expect(madeBy(reply)).toMatchObject({ name, amountMinor: 500 });
      }
      const told = await refundsOf(setup, payment);
      expect(told.map(({ name }) => name)).toEqual(['no spoon', 'cold soup']);
    });

    it('of more than is left is refused, and the rest can be given back', async () => {
      const setup = await setUp();
      const { payment, refund } = await taken(setup);
      const { amountMinor } = payment.amount;
      got(await setup.gateway.perform(refund(500, 'first')));
      const refused = got(await setup.gateway.perform(refund(amountMinor - 499, 'too much')));
      expect(refused.report).toMatchObject({ refused: { detail: expect.any(String) } });
      expect(refused.report).not.toHaveProperty('made');
      const rest = madeBy(got(await setup.gateway.perform(refund(undefined, 'rest'))));
      expect(rest).toMatchObject({ name: 'rest', amountMinor: amountMinor - 500 });
    });

    it('is told beside a dozen others', async () => {
      const setup = await setUp();
      const { payment, refund } = await taken(setup);
      const names = Array.from({ length: 13 }, (_, index) => `part ${index}`);
      for (const name of names) got(await setup.gateway.perform(refund(60, name)));
      const told = await refundsOf(setup, payment);
      expect(told.map(({ name }) => name)).toEqual(names.toReversed());
    });
  });
}

/** A capture of all that is held, less that much. */
export function capturing({ amount }: Payment, lessMinor = 0) {
  const dueMinor = amount.amountMinor - lessMinor;
  const terms = { dueMinor, tipMinor: 0, feeMinor: 0, transfer: null };
  return { kind: 'capture', params: { runnerId: 'runner', terms } } as const;
}

/** A payment that was taken, and what gives back of it. */
async function taken(setup: GatewaySetup) {
  const payment = await till(setup).hold();
  got(await setup.gateway.perform(callFor(payment, capturing(payment))));
  const refund = (amountMinor: number | undefined, refundId: string) => {
    const params = {
      reason: null,
      refundId,
      ...(amountMinor === undefined ? {} : { amountMinor }),
    };
    return callFor(payment, { kind: 'refund', params });
  };
  return { payment, refund };
}

function madeBy({ report }: GatewayReply): RefundSnapshot {
  const made = report.type === 'intent' ? report.made : undefined;
  if (made === undefined) throw new Error(`made no refund: ${JSON.stringify(report)}`);
  return made;
}

async function refundsOf(setup: GatewaySetup, { paymentIntentId }: Payment) {
  const now = got(await setup.gateway.retrieve(paymentIntentId ?? ''));
  return (now === null ? null : intentIn(now).latestRefunds) ?? [];
}
