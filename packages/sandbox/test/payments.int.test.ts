import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { CARD, clientOf, eventTypes, hold, openSandbox, refusal } from './support.js';

describe('a hold', () => {
  it('stands with its charge, its deadline and its events', async () => {
    const { stripe } = await openSandbox();
    const intent = await hold(stripe, {
      description: 'Order 7',
      metadata: { order_id: 'o 7', 'odd key.': 'ü&=+ %5B' },
      expand: ['latest_charge'],
    });
    const charge = intent.latest_charge as Stripe.Charge;
    expect(intent).toMatchObject({
      object: 'payment_intent',
      status: 'requires_capture',
      amount: 2098,
      amount_capturable: 2098,
      amount_received: 0,
      livemode: false,
      metadata: { order_id: 'o 7', 'odd key.': 'ü&=+ %5B' },
    });
    expect(charge).toMatchObject({ captured: false, paid: true, status: 'succeeded' });
    expect(charge.payment_method_details?.card).toMatchObject({
      brand: 'visa',
      last4: '4242',
      capture_before: charge.created + 7 * 86_400,
    });
    expect(await eventTypes(stripe)).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.amount_capturable_updated',
    ]);
  });

  it('is captured once', async () => {
    const { stripe } = await openSandbox();
    const { id } = await hold(stripe);
    const captured = await stripe.paymentIntents.capture(id, {}, { idempotencyKey: 'first' });
    expect(captured).toMatchObject({
      status: 'succeeded',
      amount_received: 2098,
      amount_capturable: 0,
    });
    const again = await refusal(stripe.paymentIntents.capture(id, {}, { idempotencyKey: 'two' }));
    expect(again).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
    expect(again.payment_intent).toMatchObject({ id, status: 'succeeded' });
    expect((await eventTypes(stripe)).slice(3)).toEqual([
      'charge.captured',
      'payment_intent.succeeded',
    ]);
  });

  it('is captured in part, and the rest is released without a refund', async () => {
    const { stripe } = await openSandbox();
    const { id } = await hold(stripe);
    const tooMuch = stripe.paymentIntents.capture(id, { amount_to_capture: 2099 });
    expect(await refusal(tooMuch)).toMatchObject({
      code: 'amount_too_large',
      param: 'amount_to_capture',
    });
    const captured = await stripe.paymentIntents.capture(id, {
      amount_to_capture: 1500,
      expand: ['latest_charge.refunds'],
    });
    expect(captured).toMatchObject({ status: 'succeeded', amount: 2098, amount_received: 1500 });
    expect(captured.latest_charge).toMatchObject({
      amount_captured: 1500,
      amount_refunded: 0,
      refunds: { object: 'list', data: [] },
    });
  });

  it('is canceled without a refund, and then final', async () => {
    const { stripe } = await openSandbox();
    const { id } = await hold(stripe);
    const reason = 'order_canceled' as Stripe.PaymentIntentCancelParams.CancellationReason;
    const wrong = await refusal(stripe.paymentIntents.cancel(id, { cancellation_reason: reason }));
    expect(wrong).toMatchObject({ statusCode: 400, param: 'cancellation_reason' });
    const canceled = await stripe.paymentIntents.cancel(id, {
      cancellation_reason: 'requested_by_customer',
    });
    expect(canceled).toMatchObject({
      status: 'canceled',
      amount_capturable: 0,
      cancellation_reason: 'requested_by_customer',
    });
    for (const late of [
      stripe.paymentIntents.capture(id),
      stripe.paymentIntents.cancel(id),
      stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }),
    ]) {
      expect(await refusal(late)).toMatchObject({ code: 'payment_intent_unexpected_state' });
    }
    expect((await stripe.refunds.list({ payment_intent: id })).data).toEqual([]);
    expect((await eventTypes(stripe)).slice(3)).toEqual(['payment_intent.canceled']);
  });

  it('can not be canceled after its capture', async () => {
    const { stripe } = await openSandbox();
    const { id } = await hold(stripe);
    await stripe.paymentIntents.capture(id);
    const late = await refusal(stripe.paymentIntents.cancel(id));
    expect(late).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
    expect(late.message).toContain('has a status of succeeded');
  });
});

describe('a refund', () => {
  it('gives back a part, then the rest, and never more', async () => {
    const { stripe } = await openSandbox();
    const { id } = await hold(stripe);
    await stripe.paymentIntents.capture(id);
    const part = await stripe.refunds.create({ payment_intent: id, amount: 98 });
    expect(part).toMatchObject({ object: 'refund', status: 'succeeded', amount: 98 });
    const tooMuch = await refusal(stripe.refunds.create({ payment_intent: id, amount: 2001 }));
    expect(tooMuch).toMatchObject({ statusCode: 400, param: 'amount' });
    expect(tooMuch.message).toContain('$20.01');
    await stripe.refunds.create({ payment_intent: id, reason: 'requested_by_customer' });
    const nothing = await refusal(stripe.refunds.create({ payment_intent: id }));
    expect(nothing.code).toBe('charge_already_refunded');
    const charges = await stripe.charges.list({ payment_intent: id });
    expect(charges.data).toMatchObject([{ amount_refunded: 2098, refunded: true }]);
    const refunds = await stripe.refunds.list({ payment_intent: id });
    expect(refunds.data.map(({ amount }) => amount)).toEqual([2000, 98]);
  });

  it('of a hold, or for a reason of our own, is refused', async () => {
    const { stripe } = await openSandbox();
    const { id } = await hold(stripe);
    const early = await refusal(stripe.refunds.create({ payment_intent: id }));
    expect(early.message).toContain('does not have a successful charge to refund');
    const reason = 'too late' as Stripe.RefundCreateParams.Reason;
    const wrong = await refusal(stripe.refunds.create({ payment_intent: id, reason }));
    expect(wrong).toMatchObject({ param: 'reason', statusCode: 400 });
  });

  it('to the refund-fail card succeeds first and fails later', async () => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = await hold(stripe, { payment_method: 'pm_card_refundFail' });
    await stripe.paymentIntents.capture(id);
    const refund = await stripe.refunds.create({ payment_intent: id });
    expect(refund.status).toBe('succeeded');
    await sandbox.clock.advance(60_000);
    const later = await stripe.refunds.retrieve(refund.id, { expand: ['charge'] });
    expect(later).toMatchObject({ status: 'failed', failure_reason: 'unknown' });
    expect(later.charge).toMatchObject({ amount_refunded: 0, refunded: false });
    expect((await eventTypes(stripe)).slice(5)).toEqual([
      'refund.created',
      'charge.refunded',
      'refund.updated',
      'charge.refund.updated',
      'refund.failed',
    ]);
  });
});

describe('a decline', () => {
  it.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
    ['pm_card_chargeDeclinedFraudulent', 'card_declined', 'fraudulent'],
  ])('of %s answers 402 %s (%s) and leaves the intent open', async (token, code, decline) => {
    const { stripe } = await openSandbox();
    const error = await refusal(hold(stripe, { payment_method: token }));
    expect(error).toMatchObject({
      type: 'StripeCardError',
      statusCode: 402,
      code,
      decline_code: decline,
    });
    const intent = await stripe.paymentIntents.retrieve(error.payment_intent?.id ?? '', {
      expand: ['latest_charge'],
    });
    expect(intent).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      last_payment_error: { code, decline_code: decline, type: 'card_error' },
      latest_charge: { status: 'failed', failure_code: code, paid: false },
    });
    expect(await eventTypes(stripe)).toEqual([
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
    ]);
  });

  it('can be followed by a confirmation with another card', async () => {
    const { stripe } = await openSandbox();
    const declined = await refusal(hold(stripe, { payment_method: 'pm_card_chargeDeclined' }));
    const id = declined.payment_intent?.id ?? '';
    const intent = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(intent).toMatchObject({ status: 'requires_capture', last_payment_error: null });
  });
});

describe('automatic capture', () => {
  it('takes the money at once', async () => {
    const { stripe } = await openSandbox();
    const intent = await hold(stripe, { capture_method: 'automatic' });
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 2098 });
    expect((await eventTypes(stripe)).at(-1)).toBe('payment_intent.succeeded');
    expect((await stripe.balance.retrieve()).available).toMatchObject([{ amount: 2098 }]);
  });
});

describe('an intent that is not confirmed yet', () => {
  it('waits for a method, then for the confirmation, and can be updated meanwhile', async () => {
    const { stripe } = await openSandbox();
    const intent = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      capture_method: 'manual',
      allowed_payment_method_types: CARD,
    });
    expect(intent.status).toBe('requires_payment_method');
    const unready = await refusal(stripe.paymentIntents.confirm(intent.id));
    expect(unready.message).toContain("it's missing a payment method");
    const updated = await stripe.paymentIntents.update(intent.id, {
      amount: 700,
      payment_method: 'pm_card_mastercard',
      metadata: { a: '1' },
    });
    expect(updated).toMatchObject({ status: 'requires_confirmation', amount: 700 });
    const confirmed = await stripe.paymentIntents.confirm(intent.id);
    expect(confirmed).toMatchObject({ status: 'requires_capture', amount_capturable: 700 });
    const late = await refusal(stripe.paymentIntents.update(intent.id, { amount: 800 }));
    expect(late).toMatchObject({ code: 'payment_intent_unexpected_state', param: 'amount' });
    const relabelled = await stripe.paymentIntents.update(intent.id, {
      description: 'now',
      metadata: { a: '', b: '2' },
    });
    expect(relabelled).toMatchObject({ description: 'now', metadata: { b: '2' } });
    expect(relabelled.metadata).not.toHaveProperty('a');
  });

  it('is confirmed with its client secret and a publishable key, and only with it', async () => {
    const { sandbox, stripe } = await openSandbox();
    const intent = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      allowed_payment_method_types: CARD,
    });
    const browser = clientOf(sandbox.url, 'pk_test_browser');
    const capture = await refusal(browser.paymentIntents.capture(intent.id));
    expect(capture).toMatchObject({ statusCode: 401, code: 'secret_key_required' });
    // The browser's library sends the secret; the server's SDK has no such parameter.
    const confirm = (secret: string) =>
      fetch(`${sandbox.url}/v1/payment_intents/${intent.id}/confirm`, {
        method: 'POST',
        headers: { Authorization: 'Bearer pk_test_browser' },
        body: new URLSearchParams({ payment_method: 'pm_card_visa', client_secret: secret }),
      });
    const wrong = await confirm('pi_other_secret_x');
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({ error: { param: 'client_secret' } });
    const confirmed = await confirm(intent.client_secret ?? '');
    expect(await confirmed.json()).toMatchObject({ status: 'succeeded' });
  });
});

describe('a list', () => {
  it('goes page by page, newest first, forwards and back', async () => {
    const { stripe } = await openSandbox();
    const ids: string[] = [];
    for (let each = 0; each < 7; each += 1) ids.unshift((await hold(stripe)).id);
    const first = await stripe.paymentIntents.list({ limit: 3 });
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    expect(first.has_more).toBe(true);
    const next = await stripe.paymentIntents.list({ limit: 4, starting_after: ids[2] ?? '' });
    expect(next.data.map(({ id }) => id)).toEqual(ids.slice(3));
    expect(next.has_more).toBe(false);
    const back = await stripe.paymentIntents.list({ limit: 2, ending_before: ids[4] ?? '' });
    expect(back.data.map(({ id }) => id)).toEqual(ids.slice(2, 4));
    expect(back.has_more).toBe(true);
    const all: string[] = [];
    for await (const intent of stripe.paymentIntents.list({ limit: 2 })) all.push(intent.id);
    expect(all).toEqual(ids);
  });

  it('is filtered by creation time and customer', async () => {
    const { sandbox, stripe } = await openSandbox();
    const customer = await stripe.customers.create({});
    const old = await hold(stripe, { customer: customer.id });
    await sandbox.clock.advance(10_000);
    const middle = await hold(stripe);
    await sandbox.clock.advance(10_000);
    const young = await hold(stripe, { customer: customer.id });
    const found = async (params: Stripe.PaymentIntentListParams) =>
      (await stripe.paymentIntents.list(params)).data.map(({ id }) => id);
    expect(await found({ created: { gt: old.created } })).toEqual([young.id, middle.id]);
    expect(await found({ created: { gte: old.created, lt: young.created } })).toEqual([
      middle.id,
      old.id,
    ]);
    expect(await found({ created: { lte: old.created } })).toEqual([old.id]);
    expect(await found({ created: middle.created })).toEqual([middle.id]);
    expect(await found({ customer: customer.id })).toEqual([young.id, old.id]);
    expect(await found({ customer: customer.id, limit: 1, starting_after: middle.id })).toEqual([
      old.id,
    ]);
  });

  it('expands what its members link to', async () => {
    const { stripe } = await openSandbox();
    await hold(stripe);
    const list = await stripe.paymentIntents.list({ expand: ['data.latest_charge'] });
    expect(list.data[0]?.latest_charge).toMatchObject({ object: 'charge', captured: false });
  });
});
