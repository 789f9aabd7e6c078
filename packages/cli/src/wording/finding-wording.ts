import type { Discrepancy, DiscrepancyType, Repair, RepairType, Severity } from '@campusg-pay/core';
import type { Style } from '../terminal/output.js';
import { amountWords, moneySentenceOf } from './money-findings.js';
import { moneyWords } from './payment-wording.js';

/** What each finding is called, for people. */
export const TITLES: Readonly<Record<DiscrepancyType, string>> = {
  duplicate_hold: 'held twice',
  intent_stray: 'alive after its end',
  intent_unknown: 'unknown here',
  intent_missing: 'unknown at Stripe',
  amount_differs: 'another amount',
  currency_differs: 'another currency',
  customer_differs: 'another customer',
  status_differs: 'another status',
  refund_differs: 'another refund',
  refund_waiting: 'refund not begun',
  transfer_second: 'sent twice',
  transfer_unknown: 'transfer unknown here',
  transfer_missing: 'transfer unknown at Stripe',
  transfer_differs: 'another transfer',
  transfer_waiting: 'transfer not sent',
  clawback_missing: 'runner keeps too much',
  fee_differs: 'another fee',
  debt_open: 'runner owes',
  disputed: 'disputed',
  hold_expired: 'hold lapsed',
  hold_expiring: 'hold lapses soon',
  operation_stuck: 'call not finished',
  unpublished_event: 'event not published',
  invariant_broken: 'record unsound',
};

/** Both its names: that for people, and that of the documents and of JSON. */
export function titleOf(type: DiscrepancyType): string {
  return `${TITLES[type]} (${type})`;
}

/** What a person should know before acting on a payment: a line for each difference. */
export function warningLines(differences: readonly Discrepancy[]): readonly string[] {
  return differences.map((one) => `  differs   ${titleOf(one.type)}: ${sentenceOf(one)}`);
}

/** The same for machines. */
export function warningFacts(differences: readonly Discrepancy[]): readonly object[] {
  return differences.map((one) => ({ finding: one.type, says: sentenceOf(one) }));
}

/** Stripe's id of what a finding is about; empty where there is none. */
export function stripeIdOf({ ours, theirs, transfer }: Discrepancy): string {
  return theirs?.paymentIntentId ?? transfer?.stripeTransferId ?? ours?.paymentIntentId ?? '';
}

/** The order, or else whatever tells what it is about. */
export function whoseOf(discrepancy: Discrepancy): string {
  const { ours, theirs } = discrepancy;
  return ours?.orderId ?? theirs?.orderId ?? stripeIdOf(discrepancy);
}

/** One difference in a sentence. */
export function sentenceOf(discrepancy: Discrepancy): string {
  const { ours, theirs } = discrepancy;
  const at = (minor = 0) => amountWords(minor, theirs?.currency ?? '');
  const there = theirs === null ? 'nothing' : `${theirs.status} with ${at(theirs.amountMinor)}`;
  switch (discrepancy.type) {
    case 'duplicate_hold':
      return `Stripe has a second PaymentIntent of this order: ${there}.`;
    case 'intent_stray':
      return `The payment is ${ours?.status}, and Stripe still has it as ${there}.`;
    case 'intent_unknown':
      return discrepancy.by === 'metadata'
        ? `Stripe has ${there} under our name, and no record has it.`
        : `Stripe has ${there} for a customer of ours, and its metadata names no payment.`;
    case 'intent_missing':
      return `The payment is ${ours?.status}, and Stripe does not know its PaymentIntent.`;
    case 'amount_differs':
      return discrepancy.which === 'charged'
        ? `Stripe has the amount ${at(theirs?.amountMinor)}, the record ${moneyWords(ours?.amount ?? null)}.`
        : `Stripe has received ${at(theirs?.receivedMinor)}, by the record ${at(ours?.receivedMinor)}.`;
    case 'currency_differs':
      return `Stripe has it in ${theirs?.currency}, the record in ${ours?.amount.currency}.`;
    case 'customer_differs':
      return `Stripe has it with ${theirs?.stripeCustomerId}, the record with ${ours?.stripeCustomerId}.`;
    case 'status_differs':
      return discrepancy.becomes === ours?.status
        ? `The payment is ${ours.status}, and Stripe has it as ${there}: one of them is wrong.`
        : `The payment is ${ours?.status}; by what Stripe has (${there}) it is ${discrepancy.becomes}.`;
    case 'refund_differs':
      return `Of ${at(theirs?.receivedMinor)} Stripe has refunded ${at(discrepancy.refundedMinor)}, and the payment is ${ours?.status}.`;
    case 'refund_waiting':
    case 'transfer_second':
    case 'transfer_unknown':
    case 'transfer_missing':
    case 'transfer_differs':
    case 'transfer_waiting':
    case 'clawback_missing':
    case 'fee_differs':
    case 'debt_open':
      return moneySentenceOf(discrepancy);
    case 'disputed': {
      const { dispute } = discrepancy;
      if (dispute === null) return `A bank disputes it, and the record does not know: ${there}.`;
      const { disputeId, amountMinor, reason, status } = dispute;
      return `A bank disputes ${at(amountMinor)} (${reason}, ${status}, ${disputeId}).`;
    }
    case 'hold_expired':
      return discrepancy.ended
        ? 'The hold has lapsed at Stripe, and the record does not know.'
        : `The hold should have lapsed at ${discrepancy.captureBefore}; Stripe still shows it.`;
    case 'hold_expiring':
      return `The hold lapses at ${discrepancy.captureBefore}; it is neither released nor reverted.`;
    case 'operation_stuck':
      return `A call (${discrepancy.kind}) is owed since ${discrepancy.openedAt}.`;
    case 'unpublished_event':
      return `An event waits to be published since ${discrepancy.since}.`;
    case 'invariant_broken':
      return `The record can't be right (${discrepancy.invariant}): ${discrepancy.detail}.`;
  }
}

const DOES: Readonly<Record<RepairType, string>> = {
  report: 'tell the record',
  adopt: 'the record takes it',
  mark_for_review: 'mark for a person',
  cancel_stray: 'cancel it at Stripe',
  resume_operation: 'finish the call',
  send_transfer: 'try to send it now',
};

/** What a repair does, with the money that goes back by it. */
export function repairWords(repair: Repair | null): string {
  if (repair === null) return '';
  return `${DOES[repair.type]} (${repair.type})${backWords(repair)}`;
}

/** The same by its name, for a table; an empty place would be read as if nothing were to do. */
export function remedyName(repair: Repair | null): string {
  return repair === null ? 'a person' : `${repair.type}${backWords(repair)}`;
}

function backWords({ givesBack, runner }: Repair): string {
  const back = givesBack === null ? '' : `, gives back ${moneyWords(givesBack)}`;
  return `${back}${runnerWords(runner)}`;
}

function runnerWords(runner: Repair['runner']): string {
  if (runner === undefined) return '';
  const sum = moneyWords(runner.money);
  return runner.way === 'sends' ? `, sends ${sum} to the runner` : `, takes ${sum} of the runner`;
}

export const STYLES: Readonly<Record<Severity, Style>> = {
  critical: 'red',
  serious: 'yellow',
  minor: 'cyan',
  notice: 'gray',
};
