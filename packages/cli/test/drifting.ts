import type { Payment } from '@campusg-pay/core';
import type { World } from './world.js';

/** Changes the PaymentIntent of a payment as the dashboard would, without a word to us. */
export function atStripe(
  { sandbox }: World,
  { paymentIntentId }: Payment,
  change: Partial<Parameters<World['sandbox']['seed']>[0][number]>,
): void {
  const intent = sandbox.ledger().paymentIntents.find(({ id }) => id === paymentIntentId);
  if (intent === undefined) throw new Error(`no PaymentIntent ${paymentIntentId}`);
  const { id, created, amount, currency, metadata, amount_received: received } = intent;
  const customer = typeof intent.customer === 'string' ? intent.customer : null;
  const status = intent.status as 'requires_capture';
  const captureBefore = created + 7 * 86_400;
  sandbox.seed([
    {
      id,
      created,
      amount,
      currency,
      metadata,
      received,
      status,
      customer,
      captureBefore,
      ...change,
    },
  ]);
}

/** Further holds for the order of a payment, as a lost answer and a fresh key would leave them. */
export function heldAgain({ sandbox }: World, payment: Payment, ids: readonly string[]): void {
  const own = sandbox.ledger().paymentIntents.find(({ id }) => id === payment.paymentIntentId);
  if (own === undefined) throw new Error(`no PaymentIntent ${payment.paymentIntentId}`);
  const { created, amount, currency, metadata } = own;
  const customer = typeof own.customer === 'string' ? own.customer : null;
  sandbox.seed(
    ids.map((id) => ({
      id,
      created,
      currency,
      metadata,
      customer,
      amount,
      received: 0,
      status: 'requires_capture' as const,
      captureBefore: created + 7 * 86_400,
    })),
  );
}

/** What another installation on the same account holds, for a payment of the same name. */
export function heldElsewhere({ sandbox }: World, payment: Payment, id: string): void {
  const created = Math.floor(Date.now() / 1000);
  sandbox.seed([
    {
      id,
      created,
      amount: payment.amount.amountMinor,
      currency: 'usd',
      customer: 'cus_elsewhere',
      metadata: {
        payment_id: payment.id,
        order_id: payment.orderId,
        attempt: '1',
        installation: 'inst_elsewhere',
      },
      received: 0,
      status: 'requires_capture',
      captureBefore: created + 7 * 86_400,
    },
  ]);
}

/** So many PaymentIntents of other systems on the same account: pages to be turned. */
export function foreignIntents({ sandbox }: World, count: number): void {
  const created = Math.floor(Date.now() / 1000) + 1;
  sandbox.seed(
    Array.from({ length: count }, (_, index) => ({
      id: `pi_foreign${index}`,
      created,
      status: 'succeeded' as const,
      amount: 500,
      currency: 'usd',
      customer: null,
      metadata: {},
      received: 500,
      captureMethod: 'automatic' as const,
    })),
  );
}
