import {
  type DueQuery,
  isLapsed,
  type Payment,
  type PaymentRef,
  type PaymentRepository,
  type TransferStatus,
} from '@campusg-pay/core';

/** The payment that a caller means: of an order, the latest one. */
export function find(payments: readonly Payment[], ref: PaymentRef): Payment | null {
  const isMeant = (one: Payment) => {
    if ('paymentId' in ref) return one.id === ref.paymentId;
    if ('orderId' in ref) return one.orderId === ref.orderId;
    return one.paymentIntentId === ref.paymentIntentId;
  };
  return payments.findLast(isMeant) ?? null;
}

/** The payments that owe no call and that time moves on. */
export function due(payments: readonly Payment[], wanted: DueQuery): Payment[] {
  const { after, limit } = wanted;
  return payments
    .filter(({ operation, id }) => operation === null && (after === null || id > after))
    .filter((payment) => isDue(payment, wanted))
    .sort((one, other) => (one.id < other.id ? -1 : 1))
    .slice(0, limit);
}

function isDue(payment: Payment, wanted: DueQuery): boolean {
  const { initiatingBefore, now, tellBefore, actBefore } = wanted;
  if (payment.status === 'INITIATING') return payment.updatedAt < initiatingBefore;
  if (payment.status !== 'AUTHORIZED' || payment.captureBefore === null) return false;
  const { captureBefore, expiring } = payment;
  return (
    isLapsed(payment, now) ||
    (captureBefore <= tellBefore && !expiring) ||
    (actBefore !== null && captureBefore <= actBefore)
  );
}

/** What is tried by itself, or because something has happened to the account. */
const TRIED: readonly TransferStatus[] = [
  'owed',
  'waiting_account',
  'waiting_funds',
  'needs_review',
];

/** The payments whose transfer is to be tried, and that owe no call: the longest due first. */
export function dueTransfers(
  payments: readonly Payment[],
  { now, limit }: Parameters<PaymentRepository['dueTransfers']>[0],
): readonly Payment[] {
  return payments
    .filter(({ status, operation }) => status === 'RELEASED' && operation === null)
    .filter((payment) => dueAt(payment) <= now.getTime())
    .sort((one, other) => dueAt(one) - dueAt(other) || (one.id < other.id ? -1 : 1))
    .slice(0, limit);
}

function dueAt(payment: Payment): number {
  const transfer = 'transfer' in payment ? payment.transfer : null;
  const at = transfer !== null && TRIED.includes(transfer.status) ? transfer.nextTryAt : null;
  return at?.getTime() ?? Number.POSITIVE_INFINITY;
}

/** The payments of some ids or PaymentIntents. */
export function findAll(
  payments: readonly Payment[],
  { paymentIds, paymentIntentIds }: Parameters<PaymentRepository['findAll']>[0],
): readonly Payment[] {
  return payments.filter(
    ({ id, paymentIntentId }) =>
      paymentIds.includes(id) ||
      (paymentIntentId !== null && paymentIntentIds.includes(paymentIntentId)),
  );
}

/** The payments with a PaymentIntent that were created last, the newest first. */
export function latest(payments: readonly Payment[], limit: number): readonly Payment[] {
  return payments
    .filter(({ paymentIntentId }) => paymentIntentId !== null)
    .sort((one, other) => inOrderOfCreation(other, one))
    .slice(0, limit);
}

function inOrderOfCreation(one: Payment, other: Payment): number {
  return one.createdAt.getTime() - other.createdAt.getTime() || (one.id < other.id ? -1 : 1);
}

/** The payments with a PaymentIntent that were created in a period, the first ones first. */
export function createdWithin(
  payments: readonly Payment[],
  { from, to, after, limit }: Parameters<PaymentRepository['createdWithin']>[0],
): readonly Payment[] {
  return payments
    .filter(({ createdAt, paymentIntentId }) => {
      return paymentIntentId !== null && createdAt >= from && createdAt < to;
    })
    .filter((one) => after === null || (one.id !== after.id && inOrderOfCreation(one, after) > 0))
    .sort(inOrderOfCreation)
    .slice(0, limit);
}
