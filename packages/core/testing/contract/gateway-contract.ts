import { describe, expect, it } from 'vitest';
import { describeGatewayCustomers } from './gateway-customers.js';
import { describeGatewayLists } from './gateway-lists.js';
import { describeGatewayMoneyLists } from './gateway-money-lists.js';
import { describeGatewayParts } from './gateway-parts.js';
import { describeGatewayTransfers } from './gateway-transfers.js';
import { got } from './outcome.js';
import { type GatewaySetup, intentIn, owed, secondAttempt, till, underNewKey } from './till.js';

/**
 * What any payment gateway must do, said as tests of the port alone. Every call is one that the
 * rules have decided, as the service makes it.
 *
 * @param make called once per test; it may hand out the same gateway every time
 */
export function describeGatewayContract(
  name: string,
  make: () => GatewaySetup | Promise<GatewaySetup>,
): void {
  const setUp = async () => make();
  describe(`${name} keeps the gateway contract`, () => {
    describeHolds(setUp);
    describeKeys(setUp);
    describeAuthentication(setUp);
    describeCaptures(setUp);
    describeVoids(setUp);
    describeRefunds(setUp);
    describeGatewayParts(setUp);
    describeGatewayTransfers(setUp);
    describeGatewayCustomers(setUp);
    describeGatewayLists(setUp);
    describeGatewayMoneyLists(setUp);
  });
}

type SetUp = () => Promise<GatewaySetup>;

function describeHolds(setUp: SetUp): void {
  describe('authorize', () => {
    it('holds the amount on a good card and tells until when', async () => {
      const setup = await setUp();
      const { asking, call } = till(setup);
      const { reply, payment } = await call(asking(setup.cards.good));
      const { amountMinor, currency } = payment.amount;
      expect(intentIn(reply)).toMatchObject({
        status: 'requires_capture',
        amountMinor,
        currency,
        receivedMinor: 0,
        failure: null,
        stripeCustomerId: setup.customer.id,
      });
      expect(intentIn(reply).captureBefore).toBeInstanceOf(Date);
      expect(reply.report).toMatchObject({ authoritative: true, refused: null });
      expect(payment.status).toBe('AUTHORIZED');
    });

    it('tells why a card was declined, and the payment can be canceled then', async () => {
      const setup = await setUp();
      const { asking, call } = till(setup);
      const { reply, payment } = await call(asking(setup.cards.declined));
      expect(intentIn(reply).status).toBe('requires_payment_method');
      expect(intentIn(reply).failure).toEqual({
        code: expect.any(String),
        declineCode: expect.any(String),
        message: expect.any(String),
      });
      const canceled = await call(payment);
      expect(canceled.payment).toMatchObject({ status: 'FAILED', operation: null });
    });

    it.each(['pm_that_nobody_has', "pm_'; --"])('makes nothing with the card %s', async (card) => {
      const { asking, call } = till(await setUp());
      const { reply, payment } = await call(asking(card));
      expect(reply.report).toMatchObject({ type: 'not_created', param: 'payment_method' });
      expect(payment).toMatchObject({ status: 'FAILED', paymentIntentId: null, operation: null });
    });

    it('makes nothing for a customer that does not exist', async () => {
      const setup = await setUp();
      const { asking, call } = till(setup);
      const { reply, payment } = await call(asking(setup.cards.good, 'cus_that_nobody_has'));
      expect(reply.report).toMatchObject({ type: 'not_created', param: 'customer' });
      expect(payment).toMatchObject({ status: 'FAILED', paymentIntentId: null });
    });
  });
}

function describeKeys(setUp: SetUp): void {
  describe('authorize', () => {
    it('under the same key makes one PaymentIntent, one after the other', async () => {
      const setup = await setUp();
      const { asking } = till(setup);
      const call = owed(asking(setup.cards.good));
      const first = got(await setup.gateway.perform(call));
      const second = got(await setup.gateway.perform(call));
      expect(intentIn(second).paymentIntentId).toBe(intentIn(first).paymentIntentId);
    });

    it('at its second attempt gives the PaymentIntent of the first', async () => {
      const setup = await setUp();
      const asks = till(setup).asking(setup.cards.good);
      const first = got(await setup.gateway.perform(owed(asks)));
      const second = got(await setup.gateway.perform(owed(secondAttempt(asks))));
      expect(intentIn(second).paymentIntentId).toBe(intentIn(first).paymentIntentId);
    });

    it('under keys of their own makes a PaymentIntent each', async () => {
      const setup = await setUp();
      const { asking, call } = till(setup);
      const ids = new Set<string>();
      for (const payment of [asking(setup.cards.good), asking(setup.cards.good)]) {
        ids.add(intentIn((await call(payment)).reply).paymentIntentId);
      }
      expect(ids.size).toBe(2);
    });

    it('under the same key makes one PaymentIntent, all at once, and doubts what it does not tell', async () => {
      const setup = await setUp();
      const call = owed(till(setup).asking(setup.cards.good));
      setup.collide?.();
      const replies = await Promise.all(
        Array.from({ length: 5 }, () => setup.gateway.perform(call)),
      );
      const told = replies.filter((one) => one.isOk()).map((one) => intentIn(one.value));
      expect(new Set(told.map((one) => one.paymentIntentId)).size).toBe(1);
      const faults = replies.filter((one) => one.isErr()).map((one) => one.error);
      expect(faults.map(({ executed }) => executed)).toEqual(faults.map(() => 'unknown'));
      // The first call may be under way: a fresh key now would make another hold.
      expect(faults.filter(({ remembered }) => remembered)).toEqual([]);
      if (setup.collide !== undefined) expect(faults.length).toBeGreaterThan(0);
    });
  });
}

function describeAuthentication(setUp: SetUp): void {
  describe('a card that must be authenticated', () => {
    it('tells what the customer has to do, and tells it again when asked', async () => {
      const setup = await setUp();
      const { asking, call } = till(setup);
      const { reply, payment } = await call(asking(setup.cards.needsAuthentication));
      const { paymentIntentId } = intentIn(reply);
      expect(intentIn(reply)).toMatchObject({ status: 'requires_action', captureBefore: null });
      expect(reply.action?.clientSecret).toEqual(expect.any(String));
      expect(payment).toMatchObject({ status: 'INITIATING', requiresAction: true });
      const again = await setup.gateway.retrieve(paymentIntentId);
      expect(got(again)?.action?.clientSecret).toBe(reply.action?.clientSecret);
    });

    it('can be canceled before', async () => {
      const setup = await setUp();
      const { asking, call, reverting } = till(setup);
      const { payment } = await call(asking(setup.cards.needsAuthentication));
      const reverted = await call(reverting(payment));
      expect(reverted.payment).toMatchObject({ status: 'REVERTED', revertMethod: 'canceled' });
    });

    it('is held once the customer has approved', async (context) => {
      const setup = await setUp();
      if (setup.approve === undefined) return context.skip('needs a person at the bank page');
      const { asking, call } = till(setup);
      const { reply } = await call(asking(setup.cards.needsAuthentication));
      const { paymentIntentId } = intentIn(reply);
      await setup.approve(paymentIntentId);
      const now = got(await setup.gateway.retrieve(paymentIntentId));
      expect(now === null ? null : intentIn(now).status).toBe('requires_capture');
      expect(now?.action).toBeNull();
    });
  });
}

function describeCaptures(setUp: SetUp): void {
  describe('capture', () => {
    it('takes what is held, once: repeated, and asked for again under another key', async () => {
      const { call, hold, releasing } = till(await setUp());
      const releases = releasing(await hold());
      const first = await call(releases);
      expect(first.payment).toMatchObject({ status: 'RELEASED', operation: null });
      const received = { status: 'succeeded', receivedMinor: releases.amount.amountMinor };
      expect(intentIn(first.reply)).toMatchObject(received);
      const repeated = await call(releases);
      expect(intentIn(repeated.reply)).toMatchObject(received);
      const again = await call(underNewKey(releases));
      expect(intentIn(again.reply)).toMatchObject(received);
    });

    it('of a PaymentIntent that Stripe does not know says just that', async () => {
      const setup = await setUp();
      const { hold, releasing } = till(setup);
      const releases = { ...releasing(await hold()), paymentIntentId: 'pi_that_nobody_has' };
      const call = owed(releases as typeof releases & { paymentIntentId: string });
      const reply = got(await setup.gateway.perform(call));
      expect(reply.report).toEqual({ type: 'intent_missing', operationKey: call.operation.key });
    });

    it('of what was canceled is refused, and tells that it was canceled', async () => {
      const { call, hold, releasing, reverting } = till(await setUp());
      const payment = await hold();
      await call(reverting(payment));
      const { reply } = await call(releasing(payment));
      expect(intentIn(reply)).toMatchObject({ status: 'canceled', receivedMinor: 0 });
      expect(reply.report).toMatchObject({ refused: { detail: expect.any(String) } });
    });
  });
}

function describeVoids(setUp: SetUp): void {
  describe('void', () => {
    it('lets a hold go: repeated, and asked for again under another key', async () => {
      const { call, hold, reverting } = till(await setUp());
      const reverts = reverting(await hold());
      const first = await call(reverts);
      expect(first.payment).toMatchObject({ status: 'REVERTED', revertMethod: 'voided' });
      const repeated = await call(reverts);
      expect(intentIn(repeated.reply).status).toBe('canceled');
      const again = await call(underNewKey(reverts));
      expect(intentIn(again.reply).status).toBe('canceled');
    });

    it('of what was captured is refused, and tells that it was captured', async () => {
      const { call, hold, releasing, reverting } = till(await setUp());
      const payment = await hold();
      await call(releasing(payment));
      const { reply } = await call(reverting(payment));
      expect(intentIn(reply).status).toBe('succeeded');
      expect(reply.report).toMatchObject({ refused: { detail: expect.any(String) } });
    });
  });
}

function describeRefunds(setUp: SetUp): void {
  describe('refund', () => {
    it('gives all of it back, once: repeated, and asked for again under another key', async () => {
      const setup = await setUp();
      const { call, hold, releasing, reverting } = till(setup);
      const released = await call(releasing(await hold()));
      const reverts = reverting(released.payment);
      const first = await call(reverts);
      expect(first.payment).toMatchObject({ status: 'REVERTED', revertMethod: 'refunded' });
      const refunded = { refundedMinor: reverts.amount.amountMinor, status: 'succeeded' };
      expect(intentIn(first.reply)).toMatchObject(refunded);
      const repeated = await call(reverts);
      expect(intentIn(repeated.reply)).toMatchObject(refunded);
      const again = await call(underNewKey(reverts));
      expect(intentIn(again.reply)).toMatchObject(refunded);
      const now = await setup.gateway.retrieve(intentIn(first.reply).paymentIntentId);
      expect(got(now)?.report).toMatchObject({ intent: refunded });
    });
  });
}
