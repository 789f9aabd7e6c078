import {
  formatMajor,
  keptMinor,
  type Money,
  openReview,
  type Payment,
  type Wish,
  wholeOf,
} from '@campusg-pay/core';
import type { Style } from '../terminal/output.js';
import { spanOf } from './time-wording.js';

/** e.g. `20.98 USD`. */
export function amountOf({ amount }: Payment): string {
  return moneyWords(amount);
}

/** The same of any money; nothing of none. */
export function moneyWords(money: Money | null): string {
  return money === null ? '' : `${formatMajor(money)} ${money.currency}`;
}

/** What was really taken, which may be less than what was held; what was held where nothing was. */
export function takenOf(payment: Payment): string {
  return moneyWords(wholeOf(payment));
}

/** What a wish moves, where it says so itself; null: all there is. */
export function partOf({ amount }: Payment, wish: Wish): string | null {
  const words = (amountMinor: number) => moneyWords({ ...amount, amountMinor });
  if (wish.type === 'revert')
    return wish.amountMinor === undefined ? null : words(wish.amountMinor);
  const { amountMinor, tipMinor = 0 } = wish;
  if (amountMinor === undefined && tipMinor === 0) return null;
  return words((amountMinor ?? amount.amountMinor) + tipMinor);
}

/** What else a release says of the money, behind its amount. */
export function moneyTermsOf({ amount }: Payment, wish: Wish): string {
  if (wish.type === 'revert') return wish.refundId === undefined ? '' : ` as ${wish.refundId}`;
  const words = (amountMinor: number) => moneyWords({ ...amount, amountMinor });
  const { tipMinor, platformFeeMinor } = wish;
  const said = [
    ...(tipMinor === undefined ? [] : [`a tip of ${words(tipMinor)} in it`]),
    ...(platformFeeMinor === undefined ? [] : [`a fee of ${words(platformFeeMinor)}`]),
  ];
  return said.length === 0 ? '' : ` (${said.join(', ')})`;
}

/** What a revert gives back: what was taken and is still kept, or what is held. */
export function leftOf(payment: Payment): string {
  const isTaken = 'receivedMinor' in payment && payment.receivedMinor > 0;
  if (!isTaken) return amountOf(payment);
  return moneyWords({ ...payment.amount, amountMinor: keptMinor(payment) });
}

/** The amount, and what really became of it where that is not the whole of it. */
export function fundsOf(payment: Payment): string {
  const { amount } = payment;
  if (!('receivedMinor' in payment) || payment.receivedMinor === 0) return amountOf(payment);
  const { receivedMinor, refundedMinor, dispute } = payment;
  const words = (amountMinor: number) => moneyWords({ ...amount, amountMinor });
  const isWhole = receivedMinor === amount.amountMinor;
  const pending = payment.status === 'RELEASED' ? payment.pendingRefund : null;
  return [
    isWhole ? amountOf(payment) : `${amountOf(payment)} held, ${words(receivedMinor)} taken`,
    ...(refundedMinor === 0 ? [] : [`${words(refundedMinor)} given back`]),
    ...(pending === null ? [] : [`${words(pending.amountMinor)} on its way back`]),
    ...(dispute === null ? [] : [`${words(dispute.amountMinor)} disputed (${dispute.status})`]),
  ].join(', ');
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
