import { closed } from '../operation/operation-steps.js';
import { refundCall, refundOf } from '../payment/decide-refund.js';
import type { DecisionContext } from '../payment/decision-context.js';
import { evolve } from '../payment/evolve.js';
import type { Payment, ReleasedPayment } from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
import { counts, type Refund } from '../payment/refund.js';
import type { IntentSnapshot, RefundSnapshot } from './intent.js';
import { hasFailed, markOfLoss } from './taken-steps.js';

// Parts that we were asked to give back, each known by its name. What gives back all that is left, and
// what others gave back, is known by the sums: see taken-steps.

/** What a report tells of the parts that we were asked for. */
export function ownPartSteps(
  payment: ReleasedPayment,
  told: readonly RefundSnapshot[],
): readonly Step[] {
  let current: Payment = payment;
  const all: Step[] = [];
  for (const refund of payment.refunds.filter((one) => isToldByName(payment, one, told))) {
    const snapshot = snapshotOf(refund, told);
    if (snapshot === null || current.status !== 'RELEASED') continue;
    const steps = partSteps(current, refund, snapshot);
    all.push(...steps);
    current = steps.reduce<Payment>(evolve, current);
  }
  return all;
}

/** What a report tells of refunds that are none of our parts. */
export function withoutParts(
  payment: ReleasedPayment,
  told: readonly RefundSnapshot[],
): readonly RefundSnapshot[] {
  const { refunds } = payment;
  const named = refunds.filter((one) => isToldByName(payment, one, told));
  const parts = named.map((one) => snapshotOf(one, told));
  return told.filter((snapshot) => !parts.includes(snapshot));
}

/** Which one at Stripe is what gives back all that was left, once that is known. */
export function restLearned(
  { refunds }: ReleasedPayment,
  told: readonly RefundSnapshot[],
): readonly Step[] {
  const rest = refunds.find((one) => one.isRest && one.stripeRefundId === null && counts(one));
  const made = rest === undefined ? null : snapshotOf(rest, told);
  if (rest === undefined || made === null || hasFailed(made)) return [];
  const { refundId } = rest;
  return [{ type: 'refund_learned', refundId, stripeRefundId: made.refundId }];
}

/**
 * Beside parts that banks have not agreed to, what gives back the rest does not make the whole: then it is
 * told by its name, too.
 */
function isToldByName(
  { refunds }: ReleasedPayment,
  refund: Refund,
  told: readonly RefundSnapshot[],
): boolean {
  if (isPart(refund)) return true;
  const isBesideOthers = refunds.some((one) => isPart(one) && one.status !== 'succeeded');
  return isBesideOthers && snapshotOf(refund, told)?.status === 'succeeded';
}

function isPart({ isRest }: Refund): boolean {
  return !isRest;
}

/** Of several that have the name the newest counts, which is the first. */
function snapshotOf(
  { refundId, stripeRefundId }: Refund,
  told: readonly RefundSnapshot[],
): RefundSnapshot | null {
  const known =
    stripeRefundId === null
      ? told.find(({ name }) => name === refundId)
      : told.find((one) => one.refundId === stripeRefundId);
  return known ?? null;
}

function partSteps(
  payment: ReleasedPayment,
  refund: Refund,
  snapshot: RefundSnapshot,
): readonly Step[] {
  const { refundId: name, status } = refund;
  const { refundId: stripeRefundId, amountMinor } = snapshot;
  const { refundedMinor, operation } = payment;
  const isCalled = operation !== null && refundOf(payment)?.refundId === name;
  const ended = (outcome: 'done' | 'refused', detail: string | null = null): Step[] =>
    isCalled ? [closed(operation, outcome, detail)] : [];
  if (hasFailed(snapshot)) {
    if (status === 'failed' || status === 'canceled') return [];
    const leftMinor = status === 'succeeded' ? refundedMinor - amountMinor : refundedMinor;
    const mark = markOfLoss(snapshot);
    return [
      ...ended('refused', mark),
      {
        type: 'refund_failed',
        refundId: stripeRefundId,
        amountMinor,
        refundedMinor: leftMinor,
        reason: snapshot.failureReason ?? 'no reason given',
        name,
        ended: snapshot.status === 'canceled' ? 'canceled' : 'failed',
      },
      { type: 'review_needed', reason: mark },
    ];
  }
  if (status !== 'owed' && status !== 'pending') return [];
  if (snapshot.status === 'pending') {
    return status === 'pending'
      ? []
      : [...ended('done'), { type: 'refund_pending', refundId: stripeRefundId, amountMinor, name }];
  }
  const givenMinor = refundedMinor + amountMinor;
  return [
    ...ended('done'),
    { type: 'refunded', amountMinor, refundedMinor: givenMinor, name, stripeRefundId },
  ];
}

/** The call for the refund that has waited longest for its turn; nothing while a call is owed. */
export function nextRefundSteps(
  payment: Payment,
  context: Omit<DecisionContext, 'correlationId'>,
): readonly Step[] {
  if (payment.status !== 'RELEASED' || payment.operation !== null) return [];
  const next = payment.refunds.find(({ status }) => status === 'owed');
  return next === undefined ? [] : [refundCall(next, context)];
}

/** The refund that a call has made stands in its answer, whatever the charge shows of others. */
export function withMade(intent: IntentSnapshot, made: RefundSnapshot | undefined): IntentSnapshot {
  if (made === undefined) return intent;
  const others = (intent.latestRefunds ?? []).filter(({ refundId }) => refundId !== made.refundId);
  return { ...intent, latestRefunds: [made, ...others] };
}

/** What happens to a refund of ours is told by its name. */
export function withName(
  payment: Payment,
  intent: Pick<IntentSnapshot, 'latestRefunds'>,
  step: Step,
): Step {
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED') return step;
  const { refunds } = payment;
  const told = intent.latestRefunds ?? [];
  const named = (stripeRefundId: string | null): string | null => {
    if (stripeRefundId === null) return null;
    const name = told.find((one) => one.refundId === stripeRefundId)?.name;
    const own =
      refunds.find((one) => one.stripeRefundId === stripeRefundId) ??
      refunds.find((one) => one.refundId === name);
    return own?.refundId ?? null;
  };
  if (step.type === 'refund_pending' || step.type === 'refund_failed') {
    const name = step.name ?? named(step.refundId);
    if (name === null) return step;
    const isCanceled = told.find((one) => one.refundId === step.refundId)?.status === 'canceled';
    return step.type === 'refund_failed' && isCanceled
      ? { ...step, name, ended: 'canceled' }
      : { ...step, name };
  }
  if (step.type !== 'refunded' || step.name !== undefined) return step;
  const rest = refunds.find(({ isRest, status }) => isRest && status !== 'succeeded');
  const made = rest === undefined ? null : snapshotOf(rest, told);
  const isRest = made?.status === 'succeeded' && made.amountMinor === step.amountMinor;
  return rest !== undefined && made !== null && isRest
    ? { ...step, name: rest.refundId, stripeRefundId: made.refundId }
    : step;
}
