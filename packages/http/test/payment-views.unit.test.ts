import {
  initiated,
  parseCharge,
  parseCurrency,
  type Refund,
  type ReleasedPayment,
  type Transfer,
} from '@campusg-pay/core';
import { memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { SCHEMAS } from '../src/openapi-schemas.js';
import { renderAuthorized, renderReleased, renderReverted } from '../src/payment-views.js';

const at = new Date('2026-11-29T12:00:00Z');
const usd = parseCurrency('USD')._unsafeUnwrap();
const waiting = initiated({
  id: 'payment_1',
  orderId: 'order_1',
  attempt: 1,
  customerId: 'user_1',
  stripeCustomerId: 'cus_1',
  paymentMethodId: 'pm_1',
  amount: parseCharge(2098, usd)._unsafeUnwrap(),
  description: null,
  correlationId: 'request_1',
  operation: {
    kind: 'authorize',
    params: { returnUrl: null, savePaymentMethod: false },
    key: 'key_1',
    openedAt: at,
    attempts: 1,
    leaseUntil: at,
    resting: false,
    correlationId: 'request_1',
  },
  createdAt: at,
  updatedAt: at,
});

it('an authorize without a page to open says how the customer can authenticate nevertheless', () => {
  const { status, body } = renderAuthorized({
    outcome: 'requires_action',
    payment: waiting,
    action: { clientSecret: 'pi_1_secret_1', redirectUrl: null },
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    requiresAction: true,
    clientSecret: 'pi_1_secret_1',
    nextAction: { redirectUrl: null },
    description: expect.stringMatching(/clientSecret with Stripe\.js.*return_url.*RETURN_URL/),
  });
});

describe('money that was taken', () => {
  const refund: Refund = {
    refundId: 'part-1',
    amountMinor: 500,
    isRest: false,
    status: 'succeeded',
    reason: 'one item was missing',
    stripeRefundId: 're_1',
    createdAt: at,
    correlationId: 'request_2',
  };
  const transfer: Transfer = {
    transferId: 'transfer_1',
    status: 'waiting_account',
    runnerId: 'runner_1',
    stripeAccount: null,
    amountMinor: 2000,
    nettedMinor: 0,
    reversedMinor: 0,
    debtMinor: 0,
    stripeTransferId: null,
    chargeId: 'ch_1',
    reason: 'the runner has no Stripe account yet',
    tries: 3,
    nextTryAt: null,
  };

  async function taken(facts: Partial<ReleasedPayment>): Promise<ReleasedPayment> {
    const { escrow, authorizing } = memorySystem();
    const command = authorizing({ orderId: 'order_1' });
    (await escrow.authorize(command))._unsafeUnwrap();
    const asked = { payment: { orderId: 'order_1' }, runnerId: 'runner_1', correlationId: 'two' };
    const { payment } = (await escrow.release(asked))._unsafeUnwrap();
    if (payment.status !== 'RELEASED') throw new Error('not released');
    return { ...payment, ...facts };
  }

  it('is told with its refunds and with what its transfer waits for, and no more of either', async () => {
    const payment = await taken({ refunds: [refund], transfer, tipMinor: 100, feeMinor: 98 });
    const { body } = renderReleased({ outcome: 'done', payment });
    expect(SCHEMAS.Released.strict().parse(body)).toEqual(body);
    expect(body.payment).toMatchObject({ tipMinor: 100, feeMinor: 98, funding: 'hold' });
    expect(body.payment.refunds).toEqual([
      {
        refundId: 'part-1',
        amountMinor: 500,
        status: 'succeeded',
        reason: 'one item was missing',
        stripeRefundId: 're_1',
        createdAt: expect.stringMatching(/^2026-11-29T12:00:00\.0+\+00:00$/),
      },
    ]);
    expect(body.payment.transfer).toEqual({
      transferId: 'transfer_1',
      stripeTransferId: null,
      status: 'waiting_account',
      amountMinor: 2000,
      reversedMinor: 0,
      runnerId: 'runner_1',
      stripeAccount: null,
      reason: 'the runner has no Stripe account yet',
    });
  });

  it.each([
    ['succeeded', /^A part of the payment was given back: 5\.00 USD$/],
    ['pending', /^A refund of 5\.00 USD was made, and the bank has still to agree to it$/],
  ] as const)('of which a part is %s stays RELEASED', async (status, words) => {
    const part = { ...refund, status };
    const payment = await taken({ refunds: [part] });
    const { status: code, body } = renderReverted({ outcome: 'done', payment, refund: part });
    expect([code, body.status, body.refund]).toEqual([
      200,
      'RELEASED',
      { refundId: 'part-1', amountMinor: 500, status },
    ]);
    expect(body.description).toMatch(words);
    expect(SCHEMAS.Reverted.strict().parse(body)).toEqual(body);
  });

  it('of which a part is owed is being refunded in part', async () => {
    const part = { ...refund, status: 'owed', stripeRefundId: null } as const;
    const payment = await taken({ refunds: [part] });
    const { status, body } = renderReverted({ outcome: 'processing', payment, refund: part });
    expect([status, body.status, body.refund?.status]).toEqual([202, 'RELEASED', 'owed']);
    expect(body.description).toMatch(/being refunded in part/);
    expect(SCHEMAS.Processing.strict().parse(body)).toEqual(body);
  });
});
