import { err, ok, type Result } from 'neverthrow';
import { multipleMinorOf } from '../money/money.js';
import { opened } from '../operation/operation-steps.js';
import type { DecisionContext } from './decision-context.js';
import type { Payment, ReleasedPayment, RevertedPayment } from './payment.js';
import type { Step } from './payment-events.js';
import { counts, MOST_REFUNDS, type Refund, underWayMinor } from './refund.js';
import type { Refusal } from './refusal.js';
import { barsRefund } from './taken.js';

/** What somebody wants back of what was taken. */
export interface RefundWish {
  readonly reason: string | null;
  /** In minor units; left out: all that is left. */
  readonly amountMinor?: number;
  readonly refundId?: string;
}

/**
 * Gives back a part of what was taken, or all that is left. It is written down first; where another call
 * of the payment is under way, its turn comes after that. No steps: it was asked for before.
 */
export function decideRefund(
  payment: ReleasedPayment,
  wish: RefundWish,
  context: DecisionContext,
): Result<Step[], Refusal> {
  const { status, dispute, operation, amount } = payment;
  const { currency } = amount;
  const repeated = repeatOf(payment, wish);
  if (repeated !== null) return repeated;
  const leftMinor = refundableMinor(payment);
  const { amountMinor = leftMinor, reason } = wish;
  if (amountMinor > leftMinor)
    return err({ type: 'AmountExceedsCaptured', status, leftMinor, currency });
  if (dispute !== null && barsRefund(dispute)) return err({ type: 'Disputed', status, dispute });
  // All of it is on its way back already.
  if (leftMinor === 0) return ok([]);
  const isAll = amountMinor === leftMinor;
  // Beside what is under way and may come to nothing, all that is left may be more by then.
  const isRest = isAll && (wish.amountMinor === undefined || underWayMinor(payment.refunds) === 0);
  const { refundId = isAll ? nameOfRest(payment, context) : undefined } = wish;
  if (refundId === undefined) return err({ type: 'RefundIdRequired', leftMinor, currency });
  const multipleMinor = multipleMinorOf(currency);
  if (amountMinor % multipleMinor !== 0)
    return err({ type: 'NotAMultiple', field: 'amount', multipleMinor, currency });
  const others = payment.refunds.filter((one) => one.refundId !== refundId);
  if (others.length >= MOST_REFUNDS)
    return err({ type: 'TooManyRefunds', status, maximum: MOST_REFUNDS });
  const { correlationId, now: createdAt } = context;
  const asked = { refundId, amountMinor, isRest, reason, createdAt, correlationId } as const;
  const refund: Refund = { ...asked, status: 'owed', stripeRefundId: null };
  const requested: Step = { type: 'refund_requested', refund };
  return ok(operation === null ? [requested, refundCall(refund, context)] : [requested]);
}

/** The call for a refund that is owed. */
export function refundCall(
  { refundId, amountMinor, isRest, reason, correlationId }: Refund,
  context: Omit<DecisionContext, 'correlationId'>,
): Step {
  const params = isRest ? { reason, refundId } : { reason, refundId, amountMinor };
  return opened({ kind: 'refund', params }, { ...context, correlationId });
}

/** What may still be given back: taken, and neither given back nor on its way. */
export function refundableMinor(payment: ReleasedPayment): number {
  const { receivedMinor, refundedMinor, refunds, pendingRefund } = payment;
  const isOurs = refunds.some((one) => one.stripeRefundId === pendingRefund?.refundId);
  const othersMinor = pendingRefund === null || isOurs ? 0 : pendingRefund.amountMinor;
  return Math.max(0, receivedMinor - refundedMinor - underWayMinor(refunds) - othersMinor);
}

/** One that came to nothing is asked for anew: names that nobody has given must not add up. */
function nameOfRest({ refunds }: ReleasedPayment, { operationKey }: DecisionContext): string {
  const former = refunds.find((one) => one.isRest && !isKept(one));
  return former?.refundId ?? operationKey;
}

/** What is said to a refund that was asked for before; null to a new one. */
function repeatOf(payment: ReleasedPayment, wish: RefundWish): Result<Step[], Refusal> | null {
  const { refunds, operation, status } = payment;
  const { refundId, amountMinor } = wish;
  if (refundId !== undefined) {
    const known = refunds.find((one) => one.refundId === refundId && isKept(one));
    if (known === undefined) return null;
    return amountMinor === undefined || amountMinor === known.amountMinor
      ? ok([])
      : err({ type: 'Contradiction', status, field: 'refundId' });
  }
  // What gives back all that is left is one and the same, whoever asks.
  const rest = refunds.find(
    (one) => one.isRest && (one.status === 'owed' || one.status === 'pending'),
  );
  const isOld = operation?.kind === 'refund' && operation.params.refundId === undefined;
  const isSame = amountMinor === undefined || amountMinor === rest?.amountMinor;
  return (rest !== undefined && isSame) || (isOld && amountMinor === undefined) ? ok([]) : null;
}

/** One that came to nothing before Stripe was asked may be asked for anew under its name. */
function isKept(refund: Refund): boolean {
  return counts(refund) || refund.stripeRefundId !== null;
}

/** What is said to a revert of a payment that was given back. */
export function decideRefundAgain(
  payment: RevertedPayment,
  { amountMinor, refundId }: RefundWish,
): Result<Step[], Refusal> {
  const { status, refunds, receivedMinor, amount, revertMethod, review } = payment;
  const { currency } = amount;
  const known = refunds.find((one) => one.refundId === refundId);
  const named = known?.amountMinor ?? (receivedMinor === 0 ? amount.amountMinor : receivedMinor);
  if (amountMinor !== undefined && amountMinor !== named) {
    return known === undefined
      ? err({ type: 'AmountExceedsCaptured', status, leftMinor: 0, currency })
      : err({ type: 'Contradiction', status, field: 'refundId' });
  }
  // Saying "reverted successfully" again would hide that the customer still has no money.
  return revertMethod === 'refunded' && review !== null && known === undefined
    ? err({ type: 'NeedsReview', status, reason: review })
    : ok([]);
}

/** Which of the payment's refunds a call makes; null for one without a name. */
export function refundOf(payment: Payment): Refund | null {
  const { operation } = payment;
  if (payment.status !== 'RELEASED' || operation?.kind !== 'refund') return null;
  return payment.refunds.find((one) => one.refundId === operation.params.refundId) ?? null;
}
