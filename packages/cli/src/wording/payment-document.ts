import {
  NOTHING_TAKEN,
  openReview,
  type Payment,
  type PaymentPlace,
  runnerOf,
} from '@campusg-pay/core';
import type { PaymentDocument } from './documents.js';
import { moneyDocument, refundPart, transferPart } from './money-document.js';

type TakenDocument = Pick<
  PaymentDocument,
  'captured' | 'refunded' | 'tip' | 'fee' | 'transfer' | 'refunds' | 'pendingRefund' | 'dispute'
>;

/** What became of money that was taken. */
function takenDocument(payment: Payment): TakenDocument {
  const { currency } = payment.amount;
  const money = (amountMinor: number) => moneyDocument({ currency, amountMinor });
  const taken = 'receivedMinor' in payment ? payment : NOTHING_TAKEN;
  const { receivedMinor, refundedMinor, dispute, transfer } = taken;
  const pending = payment.status === 'RELEASED' ? payment.pendingRefund : null;
  return {
    captured: money(receivedMinor),
    refunded: money(refundedMinor),
    tip: money(taken.tipMinor),
    fee: money(taken.feeMinor),
    transfer: transfer && transferPart(transfer, currency),
    refunds: taken.refunds.map((refund) => refundPart(refund, currency)),
    pendingRefund: pending && { refundId: pending.refundId, amount: money(pending.amountMinor) },
    dispute: dispute && {
      disputeId: dispute.disputeId,
      status: dispute.status,
      reason: dispute.reason,
      amount: money(dispute.amountMinor),
    },
  };
}

/** The payment as `--json` prints it. */
export function paymentDocument(payment: Payment): PaymentDocument {
  const { id, orderId, attempt, status, amount, customerId, paymentIntentId } = payment;
  const { description, version, operation } = payment;
  const held = status === 'INITIATING' || status === 'FAILED' ? null : payment.captureBefore;
  return {
    paymentId: id,
    orderId,
    attempt,
    status,
    amount: moneyDocument(amount),
    ...takenDocument(payment),
    customerId,
    runnerId: runnerOf(payment),
    paymentIntentId,
    description,
    captureBefore: held?.toISOString() ?? null,
    revertMethod: status === 'REVERTED' ? payment.revertMethod : null,
    failure: status === 'FAILED' ? payment.failure : null,
    review: openReview(payment),
    openCall:
      operation === null
        ? null
        : {
            kind: operation.kind,
            attempts: operation.attempts,
            openedAt: operation.openedAt.toISOString(),
            leaseUntil: operation.leaseUntil.toISOString(),
          },
    version,
    createdAt: payment.createdAt.toISOString(),
    updatedAt: payment.updatedAt.toISOString(),
    cursor: cursorOf(payment),
  };
}

/** Names a payment's place in the list, for the next page. */
export function cursorOf({ createdAt, id }: PaymentPlace): string {
  return Buffer.from(`${createdAt.toISOString()} ${id}`).toString('base64url');
}

/** The place that a cursor names; null where it is none of ours. */
export function placeOf(cursor: string): PaymentPlace | null {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const [, time = '', id = ''] = /^(\S{24}) (.+)$/su.exec(text) ?? [];
  const createdAt = new Date(time);
  return Number.isNaN(createdAt.getTime()) || id === '' ? null : { createdAt, id };
}
