import { impossible } from './impossible.js';
import type { Payment, ReleasedPayment } from './payment.js';
import type { PaymentEvent, Step } from './payment-events.js';
import { counts, type Refund, withRefund } from './refund.js';
import { NOTHING_TAKEN, type Taken } from './taken.js';
import { canceled, isUnsent, type Transfer } from './transfer.js';

export type TakenEvent = Extract<
  PaymentEvent,
  | { type: 'refund_pending' | 'refunded' | 'refund_failed' | 'disputed' | 'dispute_closed' }
  | { readonly transfer: Transfer; readonly receivedMinor?: never }
>;

/** What became of money that was taken; the table has seen to it that some was. */
export function evolveTaken(payment: Payment, event: TakenEvent): Payment {
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED')
    throw impossible(payment, event);
  if ('transfer' in event) return withTransfer(payment, event);
  if (event.type === 'disputed' || event.type === 'dispute_closed')
    return { ...payment, dispute: event.dispute };
  const refunds = refundsAfter(payment.refunds, event);
  if (event.type === 'refund_pending') {
    if (payment.status !== 'RELEASED') throw impossible(payment, event);
    const { refundId, amountMinor, name } = event;
    const isPart = refunds.some((one) => one.refundId === name && !one.isRest);
    // A part of ours waits by itself: nothing else has to wait for it.
    return isPart
      ? { ...payment, refunds }
      : { ...payment, refunds, pendingRefund: { refundId, amountMinor } };
  }
  const { refundedMinor } = event;
  if (payment.status === 'REVERTED') return { ...payment, refundedMinor, refunds };
  const { pendingRefund } = payment;
  const isAnother =
    event.type === 'refund_failed'
      ? event.refundId !== pendingRefund?.refundId
      : event.name !== undefined && event.stripeRefundId !== pendingRefund?.refundId;
  return { ...payment, refundedMinor, refunds, pendingRefund: isAnother ? pendingRefund : null };
}

type RefundEvent = Extract<TakenEvent, { type: 'refund_pending' | 'refunded' | 'refund_failed' }>;

/** The payment's own refunds after what an event tells of one of them. */
function refundsAfter(refunds: readonly Refund[], event: RefundEvent): readonly Refund[] {
  const { name } = event;
  if (name === undefined) return refunds;
  switch (event.type) {
    case 'refund_pending':
      return withRefund(refunds, name, { status: 'pending', stripeRefundId: event.refundId });
    case 'refunded': {
      const { stripeRefundId = null } = event;
      return withRefund(refunds, name, { status: 'succeeded', stripeRefundId });
    }
    case 'refund_failed': {
      const end = event.ended ?? 'failed';
      return withRefund(
        refunds,
        name,
        event.refundId === null ? { status: end } : { status: end, stripeRefundId: event.refundId },
      );
    }
  }
}

/** A transfer is of money that was taken. */
export function withTransfer(
  payment: Payment,
  event: Step & { readonly transfer: Transfer },
): Payment {
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED')
    throw impossible(payment, event);
  return { ...payment, transfer: event.transfer };
}

/** All of it went back, so what was under way of it is done, and nothing is sent to a runner any more. */
export function givenBack(payment: ReleasedPayment): Taken {
  const { receivedMinor, dueMinor, tipMinor, feeMinor, dispute } = payment;
  const { transfer } = payment;
  const refunds = payment.refunds.map((one) =>
    counts(one) ? { ...one, status: 'succeeded' as const } : one,
  );
  return {
    receivedMinor,
    dueMinor,
    tipMinor,
    feeMinor,
    refundedMinor: receivedMinor,
    dispute,
    refunds,
    transfer: transfer !== null && isUnsent(transfer) ? canceled(transfer) : transfer,
  };
}

/** What a release took. */
export function takenBy({ receivedMinor, terms }: PaymentEvent & { type: 'released' }): Taken {
  return { ...NOTHING_TAKEN, ...terms, receivedMinor };
}
