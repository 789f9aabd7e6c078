import { ERRORS } from '@campusg-pay/adapters/contract';
import type { Fault, HoldFailure, Payment, Refusal } from '@campusg-pay/core';
import { CARDS, memorySystem, type StoreTrouble } from '@campusg-pay/core/testing';
import { err } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { authorizeBody, openDoor } from './door.js';

let storeTrouble: StoreTrouble = null;
const system = memorySystem({ beforeStoreCall: async () => storeTrouble });
const door = await openDoor({ system });
const { gateway } = system;

const withCard = (payment_method_id: string | null) =>
  authorizeBody(door, { customer: { userStripeCard: { payment_method_id } } });

const NO_ORDER = 'There is no payment for this order.';
const NO_ID = 'There is no payment of this id.';

describe('what the rules refuse', () => {
  it('an unknown order or payment is 404', async () => {
    const release = await door.post('/api/payment/nobody/release', { runnerId: 'user_1' });
    for (const { answer, description } of [
      { answer: await door.get('/api/payment/nobody/status'), description: NO_ORDER },
      { answer: await door.get('/api/payment/nobody/details'), description: NO_ID },
      { answer: release, description: NO_ORDER },
      { answer: await door.post('/api/payment/nobody/revert'), description: NO_ORDER },
    ]) {
      expect([answer.status, answer.body.error]).toEqual([404, 'payment_not_found']);
      expect(answer.body.description).toBe(description);
    }
  });

  it.each([
    [CARDS.declined, 'card_declined', 'generic_decline'],
    [CARDS.insufficientFunds, 'card_declined', 'insufficient_funds'],
    [CARDS.expired, 'expired_card', 'expired_card'],
  ])('the declined card %s is 402, with the reasons of the bank', async (card, code, decline) => {
    const path = `/api/payment/declined-${card}/authorize`;
    const { status, body } = await door.post(path, withCard(card));
    expect([status, body.error]).toEqual([402, 'payment_declined']);
    expect(body).toMatchObject({ code, declineCode: decline, currentStatus: 'FAILED' });
    expect(body.description).toBe('Your card was declined.');
    // The order is free for another card.
    const again = await door.post(path, withCard(CARDS.good));
    expect(again.status).toBe(200);
    expect(again.body.payment.attempt).toBe(2);
  });

  it('no card named and no default one is 400, naming the card', async () => {
    const { status, body } = await door.post('/api/payment/no-card/authorize', withCard(null));
    expect([status, body.error]).toEqual([400, 'payment_method_missing']);
    expect(body.issues[0].field).toBe('customer.userStripeCard.payment_method_id');
  });

  it('a customer that Stripe does not know is 400, naming the customer', async () => {
    const customer = { stripeCustomerId: 'cus_unknown', userStripeCard: null };
    const body = authorizeBody(door, { customer });
    const answer = await door.post('/api/payment/no-customer/authorize', body);
    expect([answer.status, answer.body.error]).toEqual([400, 'stripe_customer_unknown']);
    expect(answer.body.issues[0].field).toBe('customer.stripeCustomerId');
  });

  it('a release after a revert is 409, with the status', async () => {
    await door.held('gone');
    await door.post('/api/payment/gone/revert');
    const { status, body } = await door.post('/api/payment/gone/release', { runnerId: 'user_1' });
    expect([status, body.error]).toEqual([409, 'payment_state_conflict']);
    expect(body.currentStatus).toBe('REVERTED');
    expect(body.description).toMatch(/nothing is held.*authorize the order again\.$/);
  });

  it('a release before the customer has authenticated is 409, and says what is missing', async () => {
    await door.post('/api/payment/waiting/authorize', withCard(CARDS.needsAuthentication));
    const path = '/api/payment/waiting/release';
    const { status, body } = await door.post(path, { runnerId: 'user_1' });
    expect([status, body.error]).toEqual([409, 'payment_state_conflict']);
    expect(body.currentStatus).toBe('INITIATING');
    expect(body.description).toMatch(/not held yet: the customer must authenticate first/);
  });

  it('a second release with another runner is 409, naming the runner', async () => {
    await door.held('twice');
    await door.post('/api/payment/twice/release', { runnerId: 'user_1' });
    const { status, body } = await door.post('/api/payment/twice/release', { runnerId: 'user_2' });
    expect([status, body.error]).toEqual([409, 'contradicting_repeat']);
    expect(body).toMatchObject({ field: 'runnerId', currentStatus: 'RELEASED' });
    expect(body.description).toContain('Send the same runnerId as before');
  });

  it('a second authorize with another amount is 409, naming the amount', async () => {
    const path = '/api/payment/another-amount/authorize';
    await door.post(path, authorizeBody(door));
    const { status, body } = await door.post(path, authorizeBody(door, { order: { amount: 99 } }));
    expect([status, body.error, body.field]).toEqual([409, 'contradicting_repeat', 'order.amount']);
    expect(body.description).toMatch(/Send the same order\.amount as before, or revert/);
  });

  it('a payment id that is taken is 409', async () => {
    const body = { ...authorizeBody(door), custpaymentId: 'taken' };
    await door.post('/api/payment/first/authorize', body);
    const second = await door.post('/api/payment/second/authorize', body);
    expect([second.status, second.body.error]).toEqual([409, 'payment_id_taken']);
    expect(gateway.intentsOf('second')).toEqual([]);
  });

  it('what Stripe refuses for good is 409, waits for a person, and is not to be asked again', async () => {
    await door.held('disputed');
    await door.post('/api/payment/disputed/release', { runnerId: 'user_1' });
    gateway.befall('refund', { type: 'refuse', detail: 'charge_disputed', final: true });
    const { status, headers, body } = await door.post('/api/payment/disputed/revert');
    expect([status, body.error]).toEqual([409, 'gateway_refused']);
    expect(body.retryable).toBeUndefined();
    expect(headers.get('retry-after')).toBeNull();
    expect(body.description).toMatch(/charge_disputed.*The payment is RELEASED/);
    const now = await door.get('/api/payment/disputed/status');
    expect(now.body.payment.review).toBe('refund refused: charge_disputed');
  });

  it('a release of what was canceled at Stripe is told the status of now', async () => {
    const { paymentIntentId } = await door.held('canceled');
    gateway.dashboard.cancel(String(paymentIntentId));
    const { status, body } = await door.post('/api/payment/canceled/release', { runnerId: 'a' });
    expect([status, body.error]).toEqual([409, 'payment_state_conflict']);
    expect(body).toMatchObject({ currentStatus: 'REVERTED' });
    expect(body.description).toContain('REVERTED');
  });

  it('what Stripe refuses just now is 502, and leaves the payment as it was', async () => {
    await door.held('refused');
    gateway.befall('capture', { type: 'refuse', detail: 'account_invalid' });
    const path = '/api/payment/refused/release';
    const { status, headers, body } = await door.post(path, { runnerId: 'user_1' });
    expect([status, body.error]).toEqual([502, 'gateway_error']);
    expect(body).toMatchObject({ currentStatus: 'AUTHORIZED', retryable: true });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('Stripe out of reach is 503, to be tried again', async () => {
    await door.held('unreachable');
    gateway.befall('capture', { type: 'unreachable' });
    const path = '/api/payment/unreachable/release';
    const { status, headers, body } = await door.post(path, { runnerId: 'user_1' });
    expect([status, body.error, body.retryable]).toEqual([503, 'gateway_unavailable', true]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await door.post(path, { runnerId: 'user_1' })).status).toBe(200);
  });

  it('the database out of reach is 503 on every endpoint', async () => {
    await door.held('db');
    storeTrouble = 'refused';
    const answers = [
      await door.post('/api/payment/db/authorize', authorizeBody(door)),
      await door.post('/api/payment/db/release', { runnerId: 'user_1' }),
      await door.post('/api/payment/db/revert'),
      await door.get('/api/payment/db/status'),
      await door.get('/api/payment/db/details'),
    ];
    storeTrouble = null;
    for (const { status, headers, body } of answers) {
      expect([status, body.error, body.retryable]).toEqual([503, 'database_unavailable', true]);
      expect(headers.get('retry-after')).toBe('2');
    }
  });
});

const at = new Date('2026-01-01T00:00:00Z');
const some = (await door.held('some')) as Payment;
const status = 'AUTHORIZED' as const;
const notAuthorized = (failure: Partial<HoldFailure>): Refusal => ({
  type: 'NotAuthorized',
  payment: some,
  failure: { code: 'card_declined', declineCode: null, message: 'No.', ...failure },
});

const nameOf = (error: Refusal | Fault) =>
  error.type === 'NotAuthorized' ? `${error.type} ${error.failure.code}` : error.type;

describe('every refusal and fault has its answer', () => {
  let next: Refusal | Fault;
  const scripted = openDoor({ escrow: { release: async () => err(next) } });
  const cases: [Refusal | Fault, keyof typeof ERRORS, object][] = [
    [{ type: 'PaymentNotFound' }, 'payment_not_found', {}],
    [{ type: 'WrongStatus', status }, 'payment_state_conflict', { currentStatus: status }],
    [
      { type: 'OperationInProgress', status, kind: 'void' },
      'operation_in_progress',
      { currentStatus: status, operation: 'void', retryable: true },
    ],
    [{ type: 'OvertakenByAnother', status }, 'overtaken', { currentStatus: status }],
    [
      { type: 'Contradiction', status, field: 'runnerId' },
      'contradicting_repeat',
      { currentStatus: status, field: 'runnerId' },
    ],
    [{ type: 'PaymentIdTaken', paymentId: 'x' }, 'payment_id_taken', { field: 'custpaymentId' }],
    [
      { type: 'HoldExpired', status, captureBefore: at },
      'hold_expired',
      { currentStatus: status, captureBefore: '2026-01-01T00:00:00.000+00:00' },
    ],
    [{ type: 'NoPaymentMethod' }, 'payment_method_missing', {}],
    [{ type: 'StripeCustomerUnknown', stripeCustomerId: 'cus_1' }, 'stripe_customer_unknown', {}],
    [notAuthorized({}), 'payment_declined', { code: 'card_declined', declineCode: null }],
    [notAuthorized({ code: 'anything', declineCode: 'lost_card' }), 'payment_declined', {}],
    [notAuthorized({ code: 'incorrect_cvc' }), 'payment_declined', {}],
    [
      notAuthorized({ code: 'payment_intent_authentication_failure' }),
      'payment_declined',
      { description: 'No.' },
    ],
    [notAuthorized({ code: 'payment_method_provider_decline' }), 'payment_declined', {}],
    [notAuthorized({ code: 'a_new_code_of_the_bank' }), 'payment_declined', {}],
    [
      { type: 'NeedsReview', status: 'REVERTED', reason: 'refund failed: lost_card' },
      'needs_review',
      { currentStatus: 'REVERTED', description: expect.stringContaining('failed: lost_card') },
    ],
    [
      { type: 'GatewayRefused', status, detail: 'x', final: false },
      'gateway_error',
      { retryable: true },
    ],
    [
      { type: 'GatewayRefused', status, detail: 'x', final: true },
      'gateway_refused',
      { currentStatus: status },
    ],
    [
      { type: 'GatewayUnavailable', executed: 'no', reason: 'secret', retryAfterMs: 1500 },
      'gateway_unavailable',
      { retryable: true },
    ],
    [{ type: 'DatabaseUnavailable', reason: 'secret' }, 'database_unavailable', {}],
  ];

  const named = cases.map(([error, code, facts]) => ({ error, code, facts, name: nameOf(error) }));
  it.each(named)('$name is $code', async ({ error, code, facts }) => {
    next = error;
    const { post, lines } = await scripted;
    const answer = await post('/api/payment/any/release', { runnerId: 'user_1' });
    expect([answer.status, answer.body.error]).toEqual([ERRORS[code].status, code]);
    expect(answer.body).toMatchObject({ success: false, ...facts });
    expect(answer.text).not.toContain('secret');
    expect(answer.body.retryable ?? false).toBe(answer.headers.has('retry-after'));
    if ('reason' in error) expect(lines.at(-1)).toMatchObject({ cause: error.reason });
  });

  it.each(['rights', 'access', 'unreadable', 'statement-pooling'])(
    'of a database that somebody has to set right (%s) nobody is told to ask again',
    async (reason) => {
      next = { type: 'DatabaseUnavailable', reason };
      const answer = await (await scripted).post('/api/payment/any/release', { runnerId: 'r' });
      expect([answer.status, answer.body.retryable]).toEqual([503, undefined]);
      expect(answer.body.description).toContain('Somebody has to');
    },
  );

  it('the gateway tells how long to wait', async () => {
    next = { type: 'GatewayUnavailable', executed: 'no', reason: 'limit', retryAfterMs: 1500 };
    const { headers } = await (await scripted).post('/api/payment/any/release', { runnerId: 'r' });
    expect(headers.get('retry-after')).toBe('2');
  });
});

describe('bugs', () => {
  it('a bug is 500, told to the log in full and to the caller not at all', async () => {
    const bug = Object.assign(new Error('select * from secrets'), { sql: 'SQL', query: 'SQL' });
    const broken = await openDoor({
      escrow: {
        revert: async () => {
          throw bug;
        },
      },
    });
    const { status, body, text } = await broken.post('/api/payment/any/revert');
    expect([status, body.error]).toEqual([500, 'internal_error']);
    expect(text).not.toMatch(/select|secret|SQL|\.ts/);
    const noted = broken.lines.find((line) => line.msg === 'bug');
    expect(noted).toMatchObject({
      requestId: body.requestId,
      err: {
        message: 'select * from secrets',
        stack: expect.stringContaining('refusals.int.test.ts'),
      },
    });
    expect(JSON.stringify(noted)).not.toContain('SQL');
  });
});
