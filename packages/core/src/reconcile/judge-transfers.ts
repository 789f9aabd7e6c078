import type { Installation } from '../gateway/identity.js';
import type { ListedTransfer } from '../gateway/money-lists.js';
import { type Currency, parseCurrency } from '../money/money.js';
import { isDue } from '../operation/operation.js';
import type { Payment } from '../payment/payment.js';
import { isUnsent, type Transfer } from '../payment/transfer.js';
import type { JudgeContext, OurSide } from './discrepancy.js';
import { type Judgement, markOnce } from './evidence.js';
import { ofPayment } from './judge-onward.js';

// A record's transfer beside all that Stripe has sent in the payment's name.

/** What differs between the transfer of a record and those that Stripe has of the payment. */
export function judgeTransfers(
  { payment }: OurSide,
  told: readonly ListedTransfer[],
  { now, installation }: JudgeContext,
): readonly Judgement[] {
  const { operation } = payment;
  // Whoever works on it, or looks next, is about to write down what Stripe already shows.
  if (operation !== null && !isDue(operation, now)) return [];
  const own = transferOf(payment);
  const sent = told.filter((one) => isOfPayment(one, payment, installation));
  const its = sent.find(({ transfer }) => transfer.stripeTransferId === own?.stripeTransferId);
  const found: Judgement[] = [];
  if (own !== null && its === undefined && own.stripeTransferId !== null)
    found.push(judgeMissing(payment, own));
  if (own !== null && its !== undefined) found.push(...judgeTerms(payment, own, its));
  for (const one of sent) {
    const other = one === its ? null : judgeOther(payment, own, one);
    if (other !== null) found.push(other);
  }
  return found;
}

function transferOf(payment: Payment): Transfer | null {
  return payment.status === 'RELEASED' || payment.status === 'REVERTED' ? payment.transfer : null;
}

/** In its group, and not another installation's, whatever its metadata says besides. */
function isOfPayment(
  { transfer }: ListedTransfer,
  { id }: Payment,
  installation: Installation,
): boolean {
  const { installation: named, paymentId } = transfer;
  if (named !== null && named !== installation.id) return false;
  return paymentId === null || paymentId === id;
}

/** A transfer that names us, and no record knows the payment. What came back is nobody's concern. */
export function judgeStray(sent: ListedTransfer): Judgement | null {
  const { currency } = sent.transfer;
  const leftMinor = leftOf(sent);
  if (leftMinor === 0) return null;
  return {
    fact: { type: 'transfer_unknown', by: 'metadata' },
    severity: 'critical',
    atRisk: parseCurrency(currency)
      .map((known: Currency) => ({ amountMinor: leftMinor, currency: known }))
      .unwrapOr(null),
    act: null,
    transfer: sent,
  };
}

function leftOf({ transfer }: ListedTransfer): number {
  return Math.max(0, transfer.amountMinor - transfer.reversedMinor);
}

function judgeMissing(payment: Payment, { stripeTransferId, amountMinor }: Transfer): Judgement {
  return {
    fact: { type: 'transfer_missing' },
    severity: 'critical',
    atRisk: ofPayment(payment, amountMinor),
    act: markOnce(payment, `Stripe does not know the transfer ${stripeTransferId}`),
  };
}

/** Of one and the same transfer. */
function judgeTerms(payment: Payment, own: Transfer, its: ListedTransfer): readonly Judgement[] {
  const { transfer } = its;
  const { amount } = payment;
  const found: Judgement[] = [];
  const marks = (which: 'amount' | 'currency' | 'account' | 'reversed', why: string) =>
    found.push({
      fact: { type: 'transfer_differs', which },
      severity: 'critical',
      atRisk: ofPayment(payment, Math.max(own.amountMinor, transfer.amountMinor)),
      act: markOnce(payment, `${transfer.stripeTransferId}: ${why}`),
      transfer: its,
    });
  if (transfer.currency !== amount.currency) marks('currency', `sent in ${transfer.currency}`);
  else if (transfer.amountMinor !== own.amountMinor)
    marks('amount', `${transfer.amountMinor} minor units were sent, not ${own.amountMinor}`);
  if (transfer.stripeAccount !== own.stripeAccount)
    marks('account', `sent to ${transfer.stripeAccount}, not to ${own.stripeAccount}`);
  // While we take back ourselves, our own call tells.
  const isSame = transfer.reversedMinor === own.reversedMinor;
  if (found.length > 0 || isSame || payment.operation?.kind === 'reversal') return found;
  if (transfer.reversedMinor < own.reversedMinor) {
    marks('reversed', `${transfer.reversedMinor} came back, not ${own.reversedMinor}`);
    return found;
  }
  // Somebody took some of it back past us.
  return [
    {
      fact: { type: 'transfer_differs', which: 'reversed' },
      severity: 'serious',
      atRisk: ofPayment(payment, transfer.reversedMinor - own.reversedMinor),
      act: { type: 'report' },
      transfer: its,
    },
  ];
}

/** One that is not what the record has sent, as far as the account still has of it. */
function judgeOther(
  payment: Payment,
  own: Transfer | null,
  other: ListedTransfer,
): Judgement | null {
  const { stripeTransferId, transferId, paymentId } = other.transfer;
  const leftMinor = leftOf(other);
  const isIts = own !== null && isUnsent(own) && own.transferId === transferId;
  if (isIts) {
    return {
      fact: { type: 'transfer_differs', which: 'status' },
      severity: 'serious',
      atRisk: ofPayment(payment, leftMinor),
      act: { type: 'report' },
      transfer: other,
    };
  }
  if (leftMinor === 0) return null;
  const isSecond = own !== null && own.stripeTransferId !== null;
  const why = isSecond
    ? 'a second transfer exists'
    : 'a transfer exists that the record did not send';
  return {
    fact: isSecond
      ? { type: 'transfer_second' }
      : { type: 'transfer_unknown', by: paymentId === null ? 'group' : 'metadata' },
    severity: 'critical',
    atRisk: ofPayment(payment, leftMinor),
    act: markOnce(payment, `${why}: ${stripeTransferId}`),
    transfer: other,
  };
}
