import type { Sum } from '@campusg-pay/adapters';
import {
  type Currency,
  formatSum,
  openReview,
  type Payment,
  type PaymentPlace,
  runnerOf,
} from '@campusg-pay/core';
import type { AmountDocument, PaymentDocument } from './documents.js';

/** Exact, both ways. */
export function amountDocument({
  currency,
  minor,
}: Pick<Sum, 'currency' | 'minor'>): AmountDocument {
  return { currency, minor: String(minor), major: formatSum(minor, currency as Currency) };
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
    amount: amountDocument({ currency: amount.currency, minor: BigInt(amount.amountMinor) }),
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
