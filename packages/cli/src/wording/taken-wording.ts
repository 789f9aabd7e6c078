import { isClosed, type Payment } from '@campusg-pay/core';
import { moneyWords } from './payment-wording.js';

/** What banks have still to decide about money that was taken. */
export function tellTaken(payment: Payment): string[] {
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED') return [];
  const words = (amountMinor: number) => moneyWords({ ...payment.amount, amountMinor });
  const { dispute } = payment;
  const pending = payment.status === 'RELEASED' ? payment.pendingRefund : null;
  return [
    ...(pending === null
      ? []
      : [`A refund of ${words(pending.amountMinor)} waits for the bank (${pending.refundId}).`]),
    ...(dispute === null || isClosed(dispute)
      ? []
      : [
          `The customer's bank disputes ${words(dispute.amountMinor)} (${dispute.reason}, ${dispute.status}): answer ${dispute.disputeId} in Stripe's dashboard.`,
        ]),
  ];
}
