import type { Payment, Refusal } from '@campusg-pay/core';
import { err } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { authorizeBody, openDoor } from './door.js';

let next: Refusal;
const door = await openDoor({ escrow: { authorize: async () => err(next) } });
const some = await door.held('some');
const METHOD = 'customer.userStripeCard.payment_method_id';
const CUSTOMER = 'customer.stripeCustomerId';

/** What a caller is answered when an authorize ends so. */
function answerTo(error: Refusal) {
  next = error;
  return door.post('/api/payment/any/authorize', authorizeBody(door));
}

describe('a hold that Stripe would not even make', () => {
  it.each([
    ['payment_method', 'resource_missing', 'payment_method_invalid', METHOD],
    ['payment_method', 'payment_method_unactivated', 'payment_method_invalid', METHOD],
    [null, 'payment_method_invalid_parameter', 'payment_method_invalid', METHOD],
    ['customer', 'resource_missing', 'stripe_customer_unknown', CUSTOMER],
    ['amount', 'amount_too_small', 'invalid_request', 'order.amount'],
    [null, 'amount_too_large', 'invalid_request', 'order.amount'],
    ['currency', 'invalid_currency', 'invalid_request', 'order.currency'],
    ['return_url', 'url_invalid', 'invalid_request', 'return_url'],
    ['description', 'invalid_request', 'invalid_request', 'order.description'],
  ])('because of %s (%s) is 400 %s, naming our %s', async (param, code, error, field) => {
    const failure = { code, declineCode: null, message: 'No.' };
    const { status, body } = await answerTo({ type: 'HoldRejected', failure, param });
    expect([status, body.error, body.issues[0].field]).toEqual([400, error, field]);
  });

  it.each([
    [null, 'account_invalid'],
    ['capture_method', 'parameter_unknown'],
    ['metadata[order_id]', 'invalid_request'],
  ])('because of %s (%s) is 502: it is not the fault of the caller', async (param, code) => {
    const failure = { code, declineCode: null, message: 'No.' };
    const { status, body } = await answerTo({ type: 'HoldRejected', failure, param });
    expect([status, body.error, body.retryable]).toEqual([502, 'gateway_error', true]);
  });

  it('because of a decline is 402', async () => {
    const failure = { code: 'card_declined', declineCode: 'lost_card', message: 'No.' };
    const { status, body } = await answerTo({ type: 'HoldRejected', failure, param: null });
    expect([status, body.error]).toEqual([402, 'payment_declined']);
    expect(body).toMatchObject({ code: 'card_declined', declineCode: 'lost_card' });
  });
});

describe("a customer's default card, where none was named,", () => {
  const defaultCard = { brand: 'amex', last4: '0005', expMonth: 3, expYear: 2027 };
  const named = 'American Express ending in 0005, expires 03/2027';

  it('that Stripe refuses is told, and no field that nobody sent', async () => {
    const failure = { code: 'resource_missing', declineCode: null, message: 'It is gone.' };
    const rejected = { type: 'HoldRejected', failure, param: 'payment_method' } as const;
    const { status, body } = await answerTo({ ...rejected, defaultCard });
    expect([status, body.error, body.issues]).toEqual([400, 'payment_method_invalid', undefined]);
    expect(body).toMatchObject({ code: 'resource_missing', card: defaultCard });
    expect(body.description).toBe(
      `The customer's default card (${named}) can't be used: It is gone. ` +
        'Name a card, or make another one the default at Stripe.',
    );
    const untold = await answerTo({ ...rejected, defaultCard: null });
    expect(untold.body.description).toMatch(/^The customer's default card can't be used: /);
  });

  it.each([null, 'pi_1'])('that is declined is told too, with the PaymentIntent %s', async (id) => {
    const failure = { code: 'expired_card', declineCode: 'expired_card', message: 'Expired.' };
    const payment = { ...some, paymentIntentId: id } as Payment;
    const { status, body } = await answerTo({
      type: 'NotAuthorized',
      payment,
      failure,
      defaultCard,
    });
    expect([status, body.error]).toEqual([402, 'payment_declined']);
    expect(body).toMatchObject({ declineCode: 'expired_card', card: defaultCard });
    expect(body.description).toContain(`default card (${named}) was declined: Expired.`);
  });

  it('is not named where something else was wrong', async () => {
    const failure = { code: 'amount_too_small', declineCode: null, message: 'No.' };
    const { body } = await answerTo({
      type: 'HoldRejected',
      failure,
      param: 'amount',
      defaultCard,
    });
    expect([body.error, body.description, body.card]).toEqual([
      'invalid_request',
      'No.',
      undefined,
    ]);
  });

  it('that is no card is told', async () => {
    const { status, body } = await answerTo({ type: 'DefaultIsNoCard', kind: 'us_bank_account' });
    expect([status, body.error]).toEqual([400, 'payment_method_invalid']);
    expect(body.description).toContain("is no card but us_bank_account, which can't hold money");
  });
});

describe('a payment that FAILED before there was a PaymentIntent', () => {
  it.each([
    ['resource_missing', "No such PaymentMethod: 'pm_1'", 400, 'payment_method_invalid'],
    ['resource_missing', "No such customer: 'cus_1'", 400, 'stripe_customer_unknown'],
    ['amount_too_small', 'Too small.', 400, 'invalid_request'],
    ['never_reached_stripe', 'Never made.', 502, 'gateway_error'],
    ['expired_card', 'Your card has expired.', 402, 'payment_declined'],
  ])('with %s (%s) is %d %s', async (code, message, status, error) => {
    const failure = { code, declineCode: null, message };
    const payment = { ...some, paymentIntentId: null } as Payment;
    const answer = await answerTo({ type: 'NotAuthorized', payment, failure });
    expect([answer.status, answer.body.error]).toEqual([status, error]);
    expect(answer.body).toMatchObject({ paymentId: some.id, code });
  });
});
