import { formatMajor, openReview, type Payment } from '@campusg-pay/core';
import type { Style } from '../terminal/output.js';
import { spanOf } from './time-wording.js';

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

/** When a hold ends, seen from now; empty where there is none. */
export function endOfHold(payment: Payment, now: Date): string {
  if (payment.status !== 'AUTHORIZED') return '';
  if (payment.captureBefore === null) return 'unknown';
  const leftMs = payment.captureBefore.getTime() - now.getTime();
  return leftMs <= 0 ? 'lapsed' : `in ${spanOf(leftMs)}`;
}
