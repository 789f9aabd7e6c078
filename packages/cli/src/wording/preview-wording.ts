import type { OperationKind, Payment, Preview, Refusal } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { amountOf, leftOf } from './payment-wording.js';
import { explainRefusal } from './refusals.js';

/** What a call does; `part` is what is moved where that is not all of it. */
const EFFECTS: Readonly<Record<OperationKind, (payment: Payment, part: string | null) => string>> =
  {
    authorize: (payment) => `Stripe holds ${amountOf(payment)}`,
    capture: (payment, part) => `Stripe captures ${part ?? amountOf(payment)}`,
    void: (payment) => `Stripe cancels ${payment.paymentIntentId}: ${voidEffect(payment)}`,
    refund: (payment, part) => `Stripe refunds ${part ?? leftOf(payment)} to the customer`,
    transfer: (payment) => `Stripe sends the runner's share of ${payment.paymentIntentId}`,
    reversal: (payment) => `Stripe takes back of what the runner got of ${payment.paymentIntentId}`,
  };

function voidEffect(payment: Payment): string {
  return payment.status === 'AUTHORIZED'
    ? `the hold of ${amountOf(payment)} is let go`
    : 'it can hold nothing any more';
}

/** What a wish would do, or why it would be refused. */
export function tellPreview(
  previewed: Result<Preview, Refusal>,
  payment: Payment,
  part: string | null = null,
): { readonly allowed: boolean; readonly says: string; readonly call: OperationKind | null } {
  if (previewed.isErr()) {
    return { allowed: false, says: explainRefusal(previewed.error), call: null };
  }
  const { call, written } = previewed.value;
  return {
    allowed: true,
    says: effectOf(previewed.value, payment, part),
    call: written ? null : call,
  };
}

function effectOf({ call, written }: Preview, payment: Payment, part: string | null): string {
  if (call !== null) return `${EFFECTS[call](payment, part)}.`;
  if (written === 'runner_named') return 'The runner is named; Stripe is not called.';
  if (written === 'refund_requested') {
    return 'The refund is written down and follows the call that is under way.';
  }
  if (written === 'revert_requested') {
    return 'The revert is written down and follows the authorize that is under way.';
  }
  return 'Nothing: it was done before, or is under way.';
}
