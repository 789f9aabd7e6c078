import { evolve } from '../payment/evolve.js';
import {
  isLive,
  type Payment,
  type ReleasedPayment,
  type RevertedPayment,
} from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
import { type Dispute, isClosed } from '../payment/taken.js';
import type { IntentSnapshot } from './intent.js';
import type { Report } from './report.js';
import { flag, NOTHING, type ReportDecision } from './report-decision.js';
import { awaits, disputeSteps, failedRefund, hasFailed, markOf } from './taken-steps.js';

// What a report about a refund or a dispute by itself means for a payment.

/** One that has failed is believed at once; for any other the sum counts, which only asking tells. */
export function decideRefundNews(
  payment: Payment,
  { paymentIntentId, refund }: Report & { type: 'refund' },
): ReportDecision {
  const { refundId, status, amountMinor } = refund;
  const sum = { ask: { paymentIntentId, because: `refund ${refundId} is ${status}` } };
  if (hasFailed(refund) && (payment.status === 'RELEASED' || payment.status === 'REVERTED')) {
    if (isOneOfSeveral(payment, refundId) || payment.refunds.length > 1) return sum;
    const { refundedMinor } = payment;
    const leftMinor = awaits(payment, refundId)
      ? refundedMinor
      : Math.max(0, refundedMinor - amountMinor);
    return { steps: failedRefund(payment, refund, leftMinor) };
  }
  return isStillOpen(payment) ? sum : NOTHING;
}

/** Whether anything is to come yet: also where a refund has failed that another may make good. */
export function isStillOpen(payment: Payment): boolean {
  const isShort = payment.status === 'REVERTED' && payment.refundedMinor < payment.receivedMinor;
  return isLive(payment) || isShort;
}

/** Whether only the sum at Stripe tells what is given back once that refund has failed. */
function isOneOfSeveral(payment: ReleasedPayment | RevertedPayment, refundId: string): boolean {
  const { receivedMinor, refundedMinor, review } = payment;
  // Of a marked one it may be counted already, by another webhook about it.
  if (!awaits(payment, refundId)) return refundedMinor > 0 && review !== null;
  if (payment.operation === null) return false;
  const awaitedMinor = 'pendingRefund' in payment ? (payment.pendingRefund?.amountMinor ?? 0) : 0;
  return refundedMinor + awaitedMinor < receivedMinor;
}

export function decideDispute(payment: Payment, dispute: Dispute): ReportDecision {
  if (payment.status === 'RELEASED' || payment.status === 'REVERTED')
    return { steps: disputeSteps(payment, dispute) };
  return flag(payment, markOf('disputed, though not taken by the record', dispute));
}

/** Whether the report speaks of a dispute that it does not tell, and that the record does not know. */
export function isUntold(payment: Payment, { dispute }: IntentSnapshot): boolean {
  if (dispute !== 'untold') return false;
  const known = 'dispute' in payment ? payment.dispute : null;
  return known === null || !isClosed(known);
}

/** What the dispute that a report tells means for the payment as its other steps leave it. */
export function disputed(
  payment: Payment,
  moves: readonly Step[],
  { dispute }: IntentSnapshot,
): readonly Step[] {
  if (dispute === null || dispute === 'untold') return [];
  const after = moves.reduce<Payment>(evolve, payment);
  const decision = decideDispute(after, dispute);
  return 'steps' in decision ? decision.steps : [];
}
