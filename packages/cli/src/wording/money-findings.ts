import { type Discrepancy, formatSum, parseCurrency } from '@campusg-pay/core';
import { moneyWords } from './payment-wording.js';

type MoneyDiscrepancy = Extract<
  Discrepancy,
  {
    readonly type:
      | 'refund_waiting'
      | 'transfer_second'
      | 'transfer_unknown'
      | 'transfer_missing'
      | 'transfer_differs'
      | 'transfer_waiting'
      | 'clawback_missing'
      | 'fee_differs'
      | 'debt_open';
  }
>;

/** What differs in the way of money that was taken, in a sentence. */
export function moneySentenceOf(discrepancy: MoneyDiscrepancy): string {
  const { ours, transfer, atRisk } = discrepancy;
  const currency = ours?.amount.currency ?? transfer?.currency ?? '';
  const at = (minor: number) => amountWords(minor, currency);
  const sent = transferWords(transfer);
  switch (discrepancy.type) {
    case 'refund_waiting':
      return `The refund ${discrepancy.refundId} of ${moneyWords(atRisk)} is owed since ${discrepancy.since}, and nobody has begun it.`;
    case 'transfer_second':
      return `Stripe has a second transfer of this payment: ${sent}.`;
    case 'transfer_unknown':
      return discrepancy.by === 'metadata'
        ? `Stripe has a transfer under our name (${sent}), and no record has sent it.`
        : `Stripe has a transfer in the group of this payment (${sent}), and the record has not sent it.`;
    case 'transfer_missing':
      return `The record has sent ${moneyWords(atRisk)} to the runner, and Stripe does not know the transfer.`;
    case 'transfer_differs':
      return differsWords(discrepancy, sent);
    case 'transfer_waiting':
      return `The runner waits for ${moneyWords(atRisk)} since ${discrepancy.since} (${discrepancy.status}${reasonWords(discrepancy.reason)}).`;
    case 'clawback_missing':
      return `The customer has got money back, and ${at(discrepancy.missingMinor)} of it is still to come from the runner.`;
    case 'fee_differs':
      return `The platform keeps ${at(discrepancy.keptMinor)}, and its fee is ${at(discrepancy.feeMinor)}.`;
    case 'debt_open':
      return `The runner owes ${at(discrepancy.leftMinor)} since ${discrepancy.since}.`;
  }
}

function reasonWords(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`;
}

function differsWords(
  { which, ours, transfer }: Extract<MoneyDiscrepancy, { readonly type: 'transfer_differs' }>,
  sent: string,
): string {
  const own = ours?.money?.transfer;
  const at = (minor = 0) => amountWords(minor, ours?.amount.currency ?? '');
  switch (which) {
    case 'amount':
      return `Stripe has sent ${sent}, the record ${at(own?.amountMinor)}.`;
    case 'currency':
      return `Stripe has sent ${sent}, and the record is in ${ours?.amount.currency}.`;
    case 'account':
      return `Stripe has sent ${sent}, the record to ${own?.stripeAccount ?? 'nobody'}.`;
    case 'reversed':
      return `At Stripe ${at(transfer?.reversedMinor)} of the transfer came back, by the record ${at(own?.reversedMinor)}.`;
    case 'status':
      return `Stripe has sent ${sent}, and the record does not know.`;
  }
}

function transferWords(transfer: Discrepancy['transfer']): string {
  if (transfer === undefined) return 'nothing';
  const { amountMinor, currency, stripeAccount } = transfer;
  return `${amountWords(amountMinor, currency)} to ${stripeAccount}`;
}

/** Stripe may know currencies that we don't. */
export function amountWords(minor: number, code: string): string {
  const currency = parseCurrency(code);
  if (currency.isErr()) return `${minor} minor units ${code}`.trimEnd();
  return `${formatSum(BigInt(minor), currency.value)} ${currency.value}`;
}
