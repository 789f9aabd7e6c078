import type { Payment } from '@campusg-pay/core';
import { afterAll, describe, expect, it } from 'vitest';
import { OWING, wholeIntent, wholeRefund, wholeReversal, wholeTransfer } from './odd-stripe.js';
import { scriptedStripe } from './scripted-stripe.js';

const stripe = await scriptedStripe();
afterAll(() => stripe.close());

const KINDS = ['authorize', 'capture', 'void', 'refund', 'transfer', 'reversal'] as const;

/** All that another attempt changes in the record, by whoever makes it. */
function takenOver({ operation, ...payment }: Payment): Payment {
  if (operation === null) throw new Error('nothing is owed');
  const later = new Date(Number(operation.leaseUntil) + 3_600_000);
  const again = { ...operation, attempts: 7, leaseUntil: later, resting: true };
  const moved = {
    revision: payment.revision + 6,
    updatedAt: later,
    review: 'look',
    reviewed: true,
  };
  return { ...payment, ...moved, operation: again } as Payment;
}

function answerTo(path: string, key: string): object {
  if (path === '/v1/refunds') return wholeRefund();
  if (path === '/v1/transfers') return wholeTransfer('inst_script');
  if (!path.endsWith('/reversals')) return wholeIntent();
  return { ...wholeReversal(), metadata: { reversal_key: key } };
}

async function sentFor(payment: Payment) {
  const { key = '' } = payment.operation ?? {};
  stripe.answers(({ path }) => ({ status: 200, body: answerTo(path, key) }));
  expect((await stripe.perform(payment)).isOk()).toBe(true);
  expect(stripe.sent).toHaveLength(1);
  return stripe.sent[0];
}

describe('a call to Stripe', () => {
  it.each(KINDS)('to %s is the same to the byte at every attempt', async (kind) => {
    const first = await sentFor(OWING[kind]);
    expect(await sentFor(takenOver(OWING[kind]))).toEqual(first);
  });

  it('goes under the key of its operation, and no two share one', async () => {
    for (const kind of KINDS) {
      const { operation } = OWING[kind];
      const renamed = { ...OWING[kind], operation: { ...operation, key: 'another' } } as Payment;
      expect(await sentFor(OWING[kind])).toMatchObject({ key: `key-${kind}` });
      expect(await sentFor(renamed)).toMatchObject({ key: 'another' });
    }
  });

  it('to make a customer goes under the key that was reserved', async () => {
    const metadata = { clerk_user_id: 'user' };
    stripe.answers({ status: 200, body: { id: 'cus_1', object: 'customer', metadata } });
    for (const key of ['key-1', 'key-2', 'key-1']) {
      await stripe.gateway.createCustomer({ customerId: 'user', key, installation: null });
    }
    const [first, second, again] = stripe.sent;
    expect([first?.key, second?.key]).toEqual(['key-1', 'key-2']);
    expect(again).toEqual(first);
  });

  it('to hold says all that is held, for whom and for what', async () => {
    const sent = await sentFor(OWING.authorize);
    expect(Object.fromEntries(new URLSearchParams(sent?.body))).toEqual({
      amount: '2098',
      currency: 'usd',
      customer: 'cus_1',
      payment_method: 'pm_card_visa',
      capture_method: 'manual',
      confirm: 'true',
      'allowed_payment_method_types[0]': 'card',
      'metadata[payment_id]': 'payment-1',
      'metadata[order_id]': 'order-1',
      'metadata[attempt]': '1',
      'metadata[installation]': 'inst_script',
      'expand[0]': 'latest_charge',
    });
  });
});
