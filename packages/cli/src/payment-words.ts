import type { Sum } from '@campusg-pay/adapters';
import {
  type Currency,
  formatMajor,
  formatSum,
  openReview,
  type Payment,
  type PaymentPlace,
  runnerOf,
} from '@campusg-pay/core';
import type { AmountDocument, PaymentDocument } from './documents.js';
import type { Style } from './output.js';

/** e.g. `20.98 USD`. */
export function amountOf({ amount }: Payment): string {
  return `${formatMajor(amount)} ${amount.currency}`;
}

/** What was really taken, which may be less than what was held; what was held where nothing was. */
export function takenOf(payment: Payment): string {
  const { amount } = payment;
  const isTaken =
    payment.status === 'RELEASED' ||
    (payment.status === 'REVERTED' && payment.revertMethod === 'refunded');
  const amountMinor = isTaken ? payment.receivedMinor : amount.amountMinor;
  return `${formatMajor({ ...amount, amountMinor })} ${amount.currency}`;
}

/** The colour of a status: what needs watching is yellow, what went wrong is red. */
export function styleOf(payment: Payment): Style {
  const { status } = payment;
  if (openReview(payment) !== null) return 'red';
  return (
    {
      INITIATING: 'yellow',
      AUTHORIZED: 'cyan',
      RELEASED: 'green',
      REVERTED: 'gray',
      FAILED: 'red',
    } as const
  )[status];
}

/** A time for people, in UTC: `2026-11-26 13:00`. */
export function minuteOf(time: Date): string {
  return time.toISOString().slice(0, 16).replace('T', ' ');
}

/** The same to the millisecond, where order matters. */
export function momentOf(time: Date): string {
  return time.toISOString().slice(0, 23).replace('T', ' ');
}

/** A span of time, roughly: `45 s`, `12 min`, `3 h 20 min`, `6 d 23 h`. */
export function spanOf(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3_600)];
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return `${minutes} min`;
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** When a hold ends, seen from now; empty where there is none. */
export function endOfHold(payment: Payment, now: Date): string {
  if (payment.status !== 'AUTHORIZED') return '';
  if (payment.captureBefore === null) return 'unknown';
  const leftMs = payment.captureBefore.getTime() - now.getTime();
  return leftMs <= 0 ? 'lapsed' : `in ${spanOf(leftMs)}`;
}

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
    ...{ paymentId: id, orderId, attempt, status },
    amount: amountDocument({ currency: amount.currency, minor: BigInt(amount.amountMinor) }),
    ...{ customerId, runnerId: runnerOf(payment), paymentIntentId, description },
    captureBefore: held?.toISOString() ?? null,
    revertMethod: status === 'REVERTED' ? payment.revertMethod : null,
    failure: status === 'FAILED' ? payment.failure : null,
    review: openReview(payment),
    openCall:
      operation === null
        ? null
        : {
            ...{ kind: operation.kind, attempts: operation.attempts },
            openedAt: operation.openedAt.toISOString(),
            leaseUntil: operation.leaseUntil.toISOString(),
          },
    ...{ version, createdAt: payment.createdAt.toISOString() },
    ...{ updatedAt: payment.updatedAt.toISOString(), cursor: cursorOf(payment) },
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
