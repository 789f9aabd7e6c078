import type { PaymentEvent, Refund, Transfer } from '@campusg-pay/core';

type Refunding = Extract<
  PaymentEvent,
  { readonly type: 'refund_pending' | 'refunded' | 'refund_failed' }
>;

/**
 * A refund as messages tell of it. One that nobody asked us for goes by Stripe's id, where that is
 * known.
 */
export function refundTold<Status extends string>(status: Status, event: Refunding) {
  const stripe_refund_id = stripeRefundOf(event);
  return {
    refund_id: event.name ?? stripe_refund_id,
    amount_minor: event.amountMinor,
    status,
    reason: event.type === 'refund_failed' ? event.reason : null,
    stripe_refund_id,
  };
}

/** One that was given back before, as the reply to a repeat tells of it. */
export function repeatedRefundTold({ refundId, amountMinor, stripeRefundId }: Refund) {
  return {
    refund_id: refundId,
    amount_minor: amountMinor,
    status: 'succeeded',
    reason: null,
    stripe_refund_id: stripeRefundId,
  } as const;
}

function stripeRefundOf(event: Refunding): string | null {
  return event.type === 'refunded' ? (event.stripeRefundId ?? null) : event.refundId;
}

/** A transfer as messages tell of it. */
export function transferTold(transfer: Transfer) {
  return {
    transfer_id: transfer.transferId,
    stripe_transfer_id: transfer.stripeTransferId,
    status: transfer.status,
    amount_minor: transfer.amountMinor,
    reversed_minor: transfer.reversedMinor,
    netted_minor: transfer.nettedMinor,
    runner_id: transfer.runnerId,
    stripe_account: transfer.stripeAccount,
    reason: transfer.reason,
  };
}

/** What a runner owes, as messages tell of it. */
export function debtTold(
  { transfer, debtId, amountMinor }: Extract<PaymentEvent, { readonly type: 'runner_debt' }>,
  currency: string,
) {
  return { debt_id: debtId, runner_id: transfer.runnerId, amount_minor: amountMinor, currency };
}
