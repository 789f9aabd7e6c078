import { closed } from '../operation/operation-steps.js';
import { type ReleasedPayment, type RevertedPayment, restCallOf } from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
import { type Dispute, isClosed, isLost } from '../payment/taken.js';
import { type IntentSnapshot, pendingMinor, type RefundSnapshot } from './intent.js';

// What refunds and disputes mean for money that was taken. A part that left, or that failed to
// leave, is always told and marked for a person: nobody asked us for it.

/** What refunds mean that have not given back the whole; `givenMinor` is what they did. */
export function refundSteps(
  payment: ReleasedPayment,
  { latestRefunds }: IntentSnapshot,
  givenMinor: number,
): readonly Step[] {
  const refunds = latestRefunds ?? [];
  const { pendingRefund } = payment;
  const operation = restCallOf(payment);
  const awaited = refunds.find(({ refundId }) => refundId === pendingRefund?.refundId);
  if (awaited !== undefined && hasFailed(awaited))
    return [...grown(payment, givenMinor), ...failedRefund(payment, awaited, givenMinor)];
  const pending = refunds.find(({ status }) => status === 'pending');
  const isWhole = givenMinor + pendingMinor(refunds) >= payment.receivedMinor;
  // Beside our own refund another one was under way, and that has come to nothing.
  if (operation !== null && awaited?.status === 'succeeded' && !isWhole) {
    const lost = lostOf(refunds, payment.receivedMinor - givenMinor);
    return [
      closed(operation, 'refused', markOfLoss(lost)),
      ...grown(payment, givenMinor),
      ...failedRefund(payment, lost, givenMinor),
    ];
  }
  // A part that somebody else gives back is not what our own refund waits for.
  const isNews = pending?.refundId !== pendingRefund?.refundId && (isWhole || operation === null);
  const told: Step[] =
    pending === undefined || !isNews
      ? []
      : [{ type: 'refund_pending', refundId: pending.refundId, amountMinor: pending.amountMinor }];
  return operation === null ? [...told, ...partSteps(payment, refunds, givenMinor)] : told;
}

/** The sum at Stripe is not the one on record: somebody gave back a part, or that failed. */
function partSteps(
  payment: ReleasedPayment,
  refunds: readonly RefundSnapshot[],
  givenMinor: number,
): readonly Step[] {
  const amountMinor = givenMinor - payment.refundedMinor;
  if (amountMinor < 0) return lostRefund(payment, refunds, givenMinor);
  const hasFailedBefore = payment.review !== null && isFailedRefund(payment.review);
  if (amountMinor === 0 || (hasFailedBefore && failedMinor(refunds) === 0)) return [];
  return partlyRefunded(givenMinor, payment.receivedMinor, amountMinor);
}

/** What was given back since the record was told, beside what failed. */
function grown({ refundedMinor }: ReleasedPayment | RevertedPayment, givenMinor: number): Step[] {
  const amountMinor = givenMinor - refundedMinor;
  return amountMinor > 0 ? [{ type: 'refunded', amountMinor, refundedMinor: givenMinor }] : [];
}

/** A part was given back outside of us, `amountMinor` of it just now. */
export function partlyRefunded(
  givenMinor: number,
  receivedMinor: number,
  amountMinor: number = givenMinor,
): Step[] {
  const reason = `${givenMinor} of ${receivedMinor} minor units were refunded outside`;
  return [
    { type: 'refunded', amountMinor, refundedMinor: givenMinor },
    { type: 'review_needed', reason },
  ];
}

/** What the sum at Stripe means where the whole was given back once: that failed, or is made good. */
export function sumSteps(
  payment: RevertedPayment,
  { latestRefunds }: IntentSnapshot,
  givenMinor: number,
): readonly Step[] {
  const refunds = latestRefunds ?? [];
  if (givenMinor < payment.refundedMinor) return lostRefund(payment, refunds, givenMinor);
  return failedMinor(refunds) === 0 ? [] : grown(payment, givenMinor);
}

/**
 * What came to nothing, as far as a report shows. An answer may be older than the record: that a
 * refund has failed is seen by itself only, and by a sum only once it is seen.
 */
function failedMinor(refunds: readonly RefundSnapshot[]): number {
  return refunds.filter(hasFailed).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

/** Less is given back than the record says, and Stripe's sum is what tells so. */
function lostRefund(
  payment: ReleasedPayment | RevertedPayment,
  refunds: readonly RefundSnapshot[],
  givenMinor: number,
): readonly Step[] {
  const amountMinor = payment.refundedMinor - givenMinor;
  return failedMinor(refunds) < amountMinor
    ? []
    : lossSteps(lostOf(refunds, amountMinor), givenMinor);
}

export function hasFailed({ status }: RefundSnapshot): boolean {
  return status === 'failed' || status === 'canceled';
}

/** A refund that came to nothing; without an id where only the sum at Stripe tells it. */
type FailedRefund = Omit<RefundSnapshot, 'refundId'> & { readonly refundId: string | null };

/** Which refund it was that so much less is given back; of several that fit nobody knows which. */
function lostOf(refunds: readonly RefundSnapshot[], amountMinor: number): FailedRefund {
  const [lost, another] = refunds.filter(
    (one) => hasFailed(one) && one.amountMinor === amountMinor,
  );
  if (lost === undefined)
    return { refundId: null, amountMinor, status: 'failed', failureReason: null };
  return another === undefined ? lost : { ...lost, refundId: null };
}

/** A refund came to nothing; where it was ours, so did the call that is owed. */
export function failedRefund(
  payment: ReleasedPayment | RevertedPayment,
  refund: FailedRefund,
  refundedMinor: number,
): readonly Step[] {
  const mark = markOfLoss(refund);
  const isAwaited = awaits(payment, refund.refundId);
  // Told by three webhooks and by every look, once is enough. What is still awaited was not told.
  if (payment.review === mark && !isAwaited) return [];
  const call = isAwaited ? restCallOf(payment) : null;
  const ended: Step[] = call === null ? [] : [closed(call, 'refused', mark)];
  return [...ended, ...lossSteps(refund, refundedMinor)];
}

function lossSteps(refund: FailedRefund, refundedMinor: number): Step[] {
  const { refundId, amountMinor } = refund;
  const reason = reasonOf(refund);
  return [
    { type: 'refund_failed', refundId, amountMinor, refundedMinor, reason },
    { type: 'review_needed', reason: markOfLoss(refund) },
  ];
}

/** Why a payment is marked whose refund came to nothing. */
export function markOfLoss(refund: FailedRefund): string {
  const end = refund.status === 'canceled' ? 'canceled' : 'failed';
  return `refund ${end}: ${refund.amountMinor} minor units, ${reasonOf(refund)}`;
}

function reasonOf({ failureReason }: FailedRefund): string {
  return failureReason ?? 'no reason given';
}

/** Whether that refund is the one that the record has as pending. */
export function awaits(
  payment: ReleasedPayment | RevertedPayment,
  refundId: string | null,
): boolean {
  return payment.status === 'RELEASED' && payment.pendingRefund?.refundId === refundId;
}

/** Whether a payment is marked because a refund came to nothing. */
export function isFailedRefund(mark: string): boolean {
  return mark.startsWith('refund failed: ') || mark.startsWith('refund canceled: ');
}

/** What a dispute means, unless the record knows it, or better. */
export function disputeSteps(
  payment: ReleasedPayment | RevertedPayment,
  dispute: Dispute,
): readonly Step[] {
  if (payment.dispute !== null && !isNewer(dispute, payment.dispute)) return [];
  if (!isClosed(dispute)) {
    return [{ type: 'disputed', dispute }, ...marking(payment, markOf('disputed', dispute))];
  }
  const lost = isLost(dispute) ? marking(payment, markOf('dispute lost', dispute)) : [];
  return [{ type: 'dispute_closed', dispute }, ...lost];
}

/** Webhooks come in any order: what is over does not begin again, but for an appeal. */
function isNewer(told: Dispute, known: Dispute): boolean {
  if (told.disputeId !== known.disputeId) return isClosed(known) || !isClosed(told);
  const isSame = told.status === known.status && told.amountMinor === known.amountMinor;
  const isStale = isClosed(known) && !isClosed(told) && !told.status.startsWith('appeal_');
  return !isSame && !isStale;
}

/** Why a payment is marked that a bank disputes. */
export function markOf(
  what: 'disputed' | 'dispute lost' | 'disputed, though not taken by the record',
  { disputeId, reason, amountMinor }: Dispute,
): string {
  return `${what}: ${amountMinor} minor units, ${reason} (${disputeId})`;
}

function marking({ review }: ReleasedPayment | RevertedPayment, reason: string): Step[] {
  return review === reason ? [] : [{ type: 'review_needed', reason }];
}
