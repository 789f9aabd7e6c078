import type { Clawback } from '../payment/clawback.js';
import { sendableMinor } from '../payment/decide-transfer.js';
import type { DecisionContext } from '../payment/decision-context.js';
import { evolve } from '../payment/evolve.js';
import type { Payment } from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
import { counts } from '../payment/refund.js';
import { ODD_CAPTURE } from '../payment/release-terms.js';
import { isUnsent } from '../payment/transfer.js';
import { nextRefundSteps } from './own-refunds.js';
import { clawbackSteps } from './transfer-steps.js';

/**
 * What follows by itself once no call is owed any more: the end of a payment that was given back meanwhile,
 * the next refund that waits for its turn, then what the runner gives back of what the customer got.
 */
export function withFollowUps(
  payment: Payment,
  steps: readonly Step[],
  context: Omit<DecisionContext, 'correlationId'> & { readonly clawback?: Clawback },
): { readonly steps: readonly Step[] } {
  const ended = steps.reduce<Payment>(evolve, payment);
  const back = givenBackMeanwhile(ended);
  const after = back.reduce<Payment>(evolve, ended);
  const all = [...steps, ...back];
  const refund = nextRefundSteps(after, context);
  if (refund.length > 0) return { steps: [...all, ...refund] };
  const { clawback = 'proportional' } = context;
  const left = lessToSend(after, clawback, context);
  return { steps: [...all, ...left, ...clawbackSteps(after, clawback, context)] };
}

/** All of it went back while a call was owed. */
function givenBackMeanwhile(payment: Payment): readonly Step[] {
  if (payment.status !== 'RELEASED' || payment.operation !== null) return [];
  const { receivedMinor, refundedMinor, refunds } = payment;
  if (receivedMinor === 0 || refundedMinor < receivedMinor) return [];
  const reason = refunds.findLast(counts)?.reason ?? null;
  return [{ type: 'reverted', revertMethod: 'refunded', reason }];
}

/**
 * A transfer that waits is of less once something was given back; and of more, or owed again, once that
 * came to nothing.
 */
function lessToSend(
  payment: Payment,
  policy: Clawback,
  { now }: Pick<DecisionContext, 'now'>,
): readonly Step[] {
  if (payment.status !== 'RELEASED' || payment.operation !== null) return [];
  const { transfer } = payment;
  if (transfer === null || transfer.reason === ODD_CAPTURE) return [];
  const amountMinor = sendableMinor(payment, policy);
  if (transfer.status === 'canceled' && amountMinor > 0) {
    const owed = { ...transfer, status: 'owed', amountMinor, nextTryAt: now } as const;
    return [{ type: 'transfer_owed', transfer: owed }];
  }
  if (!isUnsent(transfer) || amountMinor === transfer.amountMinor) return [];
  return [{ type: 'transfer_changed', transfer: { ...transfer, amountMinor } }];
}
