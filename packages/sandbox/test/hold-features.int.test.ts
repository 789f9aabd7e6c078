import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { chargeOf, DAY_MS, eventTypes, hold, openSandbox, refusal } from './support.js';

const EVERYTHING = {
  card: {
    request_extended_authorization: 'if_available',
    request_incremental_authorization: 'if_available',
    request_multicapture: 'if_available',
    request_overcapture: 'if_available',
  },
} satisfies Stripe.PaymentIntentCreateParams.PaymentMethodOptions;

const askingHold = (stripe: Stripe, card = 'pm_card_visa') =>
  hold(stripe, { payment_method: card, payment_method_options: EVERYTHING });

const detailsOf = async (stripe: Stripe, intent: string) =>
  (await chargeOf(stripe, intent)).payment_method_details?.card;

describe('what is asked of a hold', () => {
  it.each([
    ['pm_card_visa', 'available', 'available', 'enabled', 2412],
    ['pm_card_mastercard', 'available', 'unavailable', 'enabled', 2098],
    ['pm_card_amex', 'unavailable', 'unavailable', 'disabled', 2098],
    ['pm_card_plainHold', 'unavailable', 'unavailable', 'disabled', 2098],
  ])('is given as the card can: %s', async (card, increment, over, extended, maximum) => {
    const { stripe } = await openSandbox();
    const held = await askingHold(stripe, card);
    expect(held.payment_method_options?.card).toMatchObject(EVERYTHING.card);
    expect(await detailsOf(stripe, held.id)).toMatchObject({
      amount_authorized: 2098,
      extended_authorization: { status: extended },
      incremental_authorization: { status: increment },
      multicapture: { status: 'unavailable' },
      overcapture: { status: over, maximum_amount_capturable: maximum },
    });
  });

  it('is not given when it is not asked for, or never wanted, or there is no hold', async () => {
    const { stripe } = await openSandbox();
    const never = { card: { request_overcapture: 'never' } } as const;
    const intents = [
      await hold(stripe),
      await hold(stripe, { payment_method_options: never }),
      await hold(stripe, {
        payment_method_options: EVERYTHING,
        capture_method: 'automatic',
      }),
    ];
    for (const { id } of intents) {
      expect(await detailsOf(stripe, id)).toMatchObject({
        extended_authorization: { status: 'disabled' },
        incremental_authorization: { status: 'unavailable' },
        overcapture: { status: 'unavailable', maximum_amount_capturable: 2098 },
      });
    }
    const more = stripe.paymentIntents.capture(intents[1]?.id ?? '', { amount_to_capture: 2099 });
    expect((await refusal(more)).code).toBe('amount_too_large');
  });

  it('can be asked for at the confirmation too, and only by its names', async () => {
    const { stripe } = await openSandbox();
    const { id } = await hold(stripe, { confirm: false });
    await stripe.paymentIntents.update(id, { payment_method_options: EVERYTHING });
    await stripe.paymentIntents.confirm(id, {
      payment_method_options: { card: { request_overcapture: 'never' } },
    });
    expect(await detailsOf(stripe, id)).toMatchObject({
      incremental_authorization: { status: 'available' },
      overcapture: { status: 'unavailable' },
    });
    const wrong = { card: { request_overcapture: 'always' } };
    expect(await refusal(hold(stripe, { payment_method_options: wrong }))).toMatchObject({
      statusCode: 400,
      param: 'payment_method_options[card][request_overcapture]',
    });
  });

  it('makes the hold last longer', async () => {
    const { sandbox, stripe } = await openSandbox();
    const [visa, other] = [
      await askingHold(stripe),
      await askingHold(stripe, 'pm_card_mastercard'),
    ];
    const before = (await detailsOf(stripe, visa.id))?.capture_before ?? 0;
    expect(before - visa.created).toBe(29 * 86_400 + 18 * 3600);
    await sandbox.clock.advance(29 * DAY_MS);
    expect((await stripe.paymentIntents.retrieve(visa.id)).status).toBe('requires_capture');
    await sandbox.clock.advance(DAY_MS * 0.9);
    expect((await stripe.paymentIntents.retrieve(visa.id)).status).toBe('canceled');
    expect((await stripe.paymentIntents.retrieve(other.id)).status).toBe('requires_capture');
    await sandbox.clock.advance(DAY_MS);
    expect((await stripe.paymentIntents.retrieve(other.id)).status).toBe('canceled');
  });
});

describe('an overcapture', () => {
  it('takes up to the maximum, and the payment is of what was taken', async () => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = await askingHold(stripe);
    const error = await refusal(stripe.paymentIntents.capture(id, { amount_to_capture: 2413 }));
    expect(error).toMatchObject({ statusCode: 400, code: 'amount_too_large' });
    const taken = await stripe.paymentIntents.capture(id, { amount_to_capture: 2412 });
    expect(taken).toMatchObject({
      status: 'succeeded',
      amount: 2412,
      amount_received: 2412,
      amount_capturable: 0,
    });
    expect(await chargeOf(stripe, id)).toMatchObject({
      amount: 2412,
      amount_captured: 2412,
      payment_method_details: { card: { amount_authorized: 2098 } },
    });
    expect(sandbox.ledger().books).toMatchObject({
      charges: [{ captured: 2412 }],
      currencies: [{ customers: -2412, platform: 2412, sum: 0 }],
    });
    const { amount } = await stripe.refunds.create({ payment_intent: id });
    expect(amount).toBe(2412);
  });
});

describe('an increment', () => {
  it('holds more, to be captured in whole or in part', async () => {
    const { stripe } = await openSandbox();
    const { id } = await askingHold(stripe);
    const raised = await stripe.paymentIntents.incrementAuthorization(id, {
      amount: 3000,
      metadata: { tip: '902' },
      description: 'with tip',
    });
    expect(raised).toMatchObject({
      status: 'requires_capture',
      amount: 3000,
      amount_capturable: 3000,
      description: 'with tip',
      metadata: { tip: '902' },
    });
    expect(await detailsOf(stripe, id)).toMatchObject({
      amount_authorized: 3000,
      overcapture: { maximum_amount_capturable: 3450 },
    });
    expect((await eventTypes(stripe)).slice(-2)).toEqual([
      'charge.updated',
      'payment_intent.amount_capturable_updated',
    ]);
    const taken = await stripe.paymentIntents.capture(id);
    expect(taken.amount_received).toBe(3000);
    const late = await refusal(stripe.paymentIntents.incrementAuthorization(id, { amount: 4000 }));
    expect(late.code).toBe('payment_intent_unexpected_state');
  });

  it('that the bank declines leaves the old hold, and counts', async () => {
    const { stripe } = await openSandbox();
    const { id } = await askingHold(stripe, 'pm_card_incrementDeclined');
    const raise = () => stripe.paymentIntents.incrementAuthorization(id, { amount: 3000 });
    for (let tries = 0; tries < 10; tries += 1) {
      const declined = await refusal(raise());
      expect(declined).toMatchObject({
        statusCode: 402,
        code: 'card_declined',
        decline_code: 'insufficient_funds',
      });
    }
    expect(await refusal(raise())).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
    });
    const held = await stripe.paymentIntents.retrieve(id);
    expect(held).toMatchObject({ status: 'requires_capture', amount: 2098 });
    expect((await stripe.paymentIntents.capture(id)).amount_received).toBe(2098);
  });

  it('is refused where it is not available, not more, or too much', async () => {
    const { stripe } = await openSandbox();
    const plain = await askingHold(stripe, 'pm_card_plainHold');
    const { id } = await askingHold(stripe);
    const codeOf = async (intent: string, amount: number) =>
      (await refusal(stripe.paymentIntents.incrementAuthorization(intent, { amount }))).code;
    expect(await codeOf(plain.id, 3000)).toBe('payment_intent_invalid_parameter');
    expect(await codeOf(id, 2098)).toBeUndefined();
    expect(await codeOf(id, 2098 + 50_001)).toBe('amount_too_large');
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ amount: 2098 });
    await stripe.paymentIntents.incrementAuthorization(id, { amount: 2098 + 50_000 });
    expect(await codeOf('pi_none', 3000)).toBe('resource_missing');
  });
});
