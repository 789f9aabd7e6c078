import { INSTALLATION } from '@campusg-pay/core/testing';
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { createStripeGateway } from '../../src/stripe/stripe-gateway.js';
import { OWING } from './odd-stripe.js';

const { id: installation } = INSTALLATION;
const payment = OWING.authorize;

/** A gateway whose creates are answered with this, whatever was asked for. */
function answering(answer: object) {
  const create = async () => answer;
  const stripe = { paymentIntents: { create }, customers: { create } } as unknown as Stripe;
  return createStripeGateway({ stripe, deadlineMs: 1000, circuit: { run: (call) => call() } });
}

const intent = {
  id: 'pi_1',
  object: 'payment_intent',
  status: 'requires_capture',
  amount: 2098,
  currency: 'usd',
  amount_received: 0,
  customer: 'cus_1',
  last_payment_error: null,
  cancellation_reason: null,
  latest_charge: { id: 'ch_1', object: 'charge', amount_refunded: 0, payment_method_details: null },
  metadata: { payment_id: payment.id, order_id: payment.orderId, installation },
};

describe('a create answered with the id of something else', () => {
  const create = (answer: object) => {
    const { operation } = payment;
    if (operation === null) throw new Error('nothing is owed');
    return answering(answer).perform({ payment, operation, installation });
  };

  it('is accepted where it is a PaymentIntent', async () => {
    expect((await create(intent)).isOk()).toBe(true);
  });

  it.each(['ch_1', 'seti_1', '', 'PI_1'])('may have been carried out: %j', async (id) => {
    const answered = await create({ ...intent, id });
    expect(answered._unsafeUnwrapErr()).toMatchObject({ executed: 'unknown' });
  });
});

describe('a customer that was not asked for', () => {
  const metadata = { clerk_user_id: 'user-1', installation };
  const create = (answer: object) =>
    answering({ object: 'customer', ...answer }).createCustomer({
      customerId: 'user-1',
      key: 'key-1',
      installation,
    });

  it('is accepted where it is the one', async () => {
    expect((await create({ id: 'cus_1', metadata }))._unsafeUnwrap()).toBe('cus_1');
  });

  it.each([
    { id: 'pi_1', metadata },
    { id: 'cus_1', metadata: { ...metadata, clerk_user_id: 'user-2' } },
    { id: 'cus_1', metadata: { ...metadata, installation: 'inst_elsewhere' } },
    { id: 'cus_1', metadata: { clerk_user_id: 'user-1' } },
  ])('may have been made besides: %j', async (answer) => {
    expect((await create(answer))._unsafeUnwrapErr()).toMatchObject({ executed: 'unknown' });
  });
});
