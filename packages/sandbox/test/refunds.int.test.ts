import { describe, expect, it } from 'vitest';
import { chargeOf, eventTypes, hold, openSandbox, refusal, take } from './support.js';

describe('the refunds of a charge', () => {
  it('are shown where they are asked for, newest first, and nowhere else', async () => {
    const { stripe } = await openSandbox();
    const intent = await take(stripe);
    const first = await stripe.refunds.create({ payment_intent: intent, amount: 100 });
    const second = await stripe.refunds.create({ payment_intent: intent, amount: 200 });
    const refunds = {
      object: 'list',
      data: [second, first].map(({ id, amount }) => ({ id, object: 'refund', amount })),
      has_more: false,
    };

    const charge = await chargeOf(stripe, intent);
    expect(charge.refunds).toMatchObject(refunds);
    expect(charge.refunds).toMatchObject({ url: `/v1/charges/${charge.id}/refunds` });
    const listed = await stripe.paymentIntents.list({ expand: ['data.latest_charge.refunds'] });
    expect(listed.data[0]?.latest_charge).toMatchObject({ refunds });
    const deep = await stripe.refunds.retrieve(first.id, {
      expand: ['payment_intent.latest_charge.refunds'],
    });
    expect(deep.payment_intent).toMatchObject({ latest_charge: { refunds } });
    const direct = await stripe.charges.retrieve(charge.id, { expand: ['refunds'] });
    expect(direct).toMatchObject({ refunds });
    const plain = await stripe.charges.retrieve(charge.id);
    expect(plain).not.toHaveProperty('refunds');
  });

  it('are ten at most, and the charge says that there are more', async () => {
    const { stripe } = await openSandbox();
    const intent = await take(stripe);
    for (let at = 1; at <= 11; at += 1) {
      await stripe.refunds.create({ payment_intent: intent, amount: at });
    }
    const { refunds, amount_refunded } = await chargeOf(stripe, intent);
    expect(refunds?.data.map(({ amount }) => amount)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    expect(refunds?.has_more).toBe(true);
    expect(amount_refunded).toBe(66);
  });

  it('stand in a repeated reply as they stood in the first', async () => {
    const { stripe } = await openSandbox();
    const intent = await take(stripe);
    const refund = () =>
      stripe.refunds.create(
        { payment_intent: intent, amount: 100, expand: ['charge.refunds'] },
        { idempotencyKey: 'refund' },
      );
    const first = await refund();
    await stripe.refunds.create({ payment_intent: intent, amount: 200 });
    expect(await refund()).toEqual(first);
  });
});

describe('a refund', () => {
  it('to the pending-refund card counts as refunded, has moved no money yet, and succeeds after five seconds', async () => {
    const { sandbox, stripe } = await openSandbox();
    const intent = await take(stripe, 'pm_card_pendingRefund');
    const refund = await stripe.refunds.create({ payment_intent: intent, amount: 500 });
    expect(refund).toMatchObject({ status: 'pending', balance_transaction: null });
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 500 });
    await sandbox.clock.advance(6000);
    const later = await stripe.refunds.retrieve(refund.id);
    expect(later).toMatchObject({
      status: 'succeeded',
      balance_transaction: expect.stringMatching(/^txn_/),
    });
    expect(later).not.toHaveProperty('failure_balance_transaction');
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 500 });
    expect((await eventTypes(stripe)).slice(-4)).toEqual([
      'refund.created',
      'charge.refunded',
      'refund.updated',
      'charge.refund.updated',
    ]);
  });

  it('is not canceled by the API, as Stripe cancels no refund to a card', async () => {
    const { stripe } = await openSandbox();
    const intent = await take(stripe);
    const { id } = await stripe.refunds.create({ payment_intent: intent });
    const error = await refusal(stripe.refunds.cancel(id));
    expect(error).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
    expect(error.message).toContain('has a status of succeeded');
    expect(await refusal(stripe.refunds.cancel('re_none'))).toMatchObject({ statusCode: 404 });
  });
});

describe('a capture made outside', () => {
  it('of a part takes that part, and makes no refund of the rest', async () => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = await hold(stripe);
    const captured = await stripe.paymentIntents.capture(id, {
      amount_to_capture: 1500,
      final_capture: true,
      expand: ['latest_charge.refunds'],
    });
    expect(captured).toMatchObject({
      status: 'succeeded',
      amount: 2098,
      amount_received: 1500,
      amount_capturable: 0,
      latest_charge: { amount_captured: 1500, amount_refunded: 0, refunds: { data: [] } },
    });
    expect(sandbox.counts().refunds).toBe(0);
    expect((await eventTypes(stripe)).slice(3)).toEqual([
      'charge.captured',
      'payment_intent.succeeded',
    ]);
    const part = await stripe.refunds.create({ payment_intent: id, amount: 500 });
    expect(part.amount).toBe(500);
    const rest = await stripe.refunds.create({ payment_intent: id });
    expect(rest.amount).toBe(1000);
    expect(await chargeOf(stripe, id)).toMatchObject({ amount_refunded: 1500, refunded: true });
  });

  it('that is not to be the last one is refused', async () => {
    const { stripe } = await openSandbox();
    const { id } = await hold(stripe);
    const early = stripe.paymentIntents.capture(id, { final_capture: false });
    expect(await refusal(early)).toMatchObject({ statusCode: 400, param: 'final_capture' });
  });
});
