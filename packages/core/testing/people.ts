import * as intents from './intents.js';
import type { Move, StripeModel } from './stripe-model.js';

/** Who acts past the service, at the bank or at Stripe. */
export interface People {
  /** The customer in front of the bank's page, or with the client secret and another card. */
  readonly customer: {
    approve(paymentIntentId: string): void;
    fail(paymentIntentId: string): void;
    confirm(paymentIntentId: string, card: string): void;
  };
  /** A person with access to the Stripe account. Amounts default to all there is. */
  readonly dashboard: {
    capture(paymentIntentId: string, amountMinor?: number): void;
    cancel(paymentIntentId: string): void;
    /** Lets a hold lapse ahead of its time. */
    expire(paymentIntentId: string): void;
    refund(paymentIntentId: string, amountMinor?: number): void;
    /** From now on refunds of it wait for the bank, or no longer. */
    delayRefunds(paymentIntentId: string, wait?: boolean): void;
    /** What a bank says of one refund, else of the newest, also to one that looked done. */
    endRefund(
      paymentIntentId: string,
      end: 'succeeded' | 'failed' | 'canceled',
      refundId?: string,
    ): void;
    failRefund(paymentIntentId: string): void;
    /** The customer's bank disputes it, or something about that changes. */
    dispute(paymentIntentId: string, status?: string): void;
    deleteCustomer(stripeCustomerId: string): void;
  };
}

/** What people do past the service. They are expected to know what is possible. */
export function people(model: StripeModel): People {
  const change = (id: string, move: Move): void => {
    model.lapse();
    const moved = model.change(id, move);
    if (typeof moved === 'string') throw new Error(`${id}: ${moved}`);
  };
  return {
    customer: {
      approve: (id) => change(id, intents.approve),
      fail: (id) => change(id, intents.failAction),
      confirm: (id, card) => change(id, (it, moment) => intents.confirm(it, card, moment)),
    },
    dashboard: {
      capture: (id, amountMinor) =>
        change(id, (it) => intents.capture(it, amountMinor ?? it.amountMinor)),
      cancel: (id) => change(id, (it) => intents.cancel(it, 'requested_by_customer')),
      expire: (id) => change(id, intents.expire),
      refund: (id, amountMinor) =>
        change(id, (it) => intents.refund(it, amountMinor ?? it.receivedMinor - it.refundedMinor)),
      delayRefunds: (id, wait) => model.delayRefunds(id, wait),
      endRefund: (id, end, refundId) => model.endRefund(id, end, refundId),
      failRefund: (id) => model.endRefund(id, 'failed'),
      dispute: (id, status = 'needs_response') => model.dispute(id, status),
      deleteCustomer: (id) => model.deleteCustomer(id),
    },
  };
}
