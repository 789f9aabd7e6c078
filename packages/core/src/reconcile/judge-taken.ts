import { givenBackMinor } from '../gateway/intent.js';
import { hasFailed } from '../gateway/taken-steps.js';
import {
  openReview,
  type Payment,
  type ReleasedPayment,
  type RevertedPayment,
} from '../payment/payment.js';
import { barsRefund, isClosed, isLost } from '../payment/taken.js';
import type { TheirSide } from './discrepancy.js';
import { type Judgement, markOnce, moneyOf } from './evidence.js';

/**
 * Money that was taken and is at risk, though there is nothing to tell the record: disputed, given
 * back in part, or counted as given back and still here. A person must see to it.
 */
export function judgeTaken(payment: Payment, theirs: TheirSide): Judgement | null {
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED') return null;
  return judgeDispute(payment, theirs) ?? judgeRefunds(payment, theirs);
}

/** A dispute that the record does not know. */
export function judgeUnheardDispute(payment: Payment, theirs: TheirSide): Judgement | null {
  const { dispute: said } = theirs.intent;
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED') return null;
  if (payment.dispute !== null || said === null) return null;
  const dispute = said === 'untold' ? null : said;
  return {
    fact: { type: 'disputed', dispute },
    severity: 'critical',
    atRisk: moneyOf(theirs, dispute?.amountMinor ?? payment.receivedMinor),
    act: { type: 'report' },
  };
}

type TakenPayment = ReleasedPayment | RevertedPayment;

/** Lost for good, it counts until somebody has looked. */
function judgeDispute(payment: TakenPayment, theirs: TheirSide): Judgement | null {
  const { dispute } = payment;
  if (dispute === null) return null;
  const isOpen = !isClosed(dispute) || (isLost(dispute) && openReview(payment) !== null);
  if (!isOpen) return null;
  const severity = barsRefund(dispute) ? 'critical' : 'serious';
  const atRisk = moneyOf(theirs, dispute.amountMinor);
  return { fact: { type: 'disputed', dispute }, severity, atRisk, act: null };
}

/** By the record, which has heard of it: REVERTED is to mean that the customer has it all. */
function judgeRefunds(payment: TakenPayment, theirs: TheirSide): Judgement | null {
  const { status, receivedMinor, refundedMinor } = payment;
  const givenMinor = givenBackMinor(theirs.intent);
  if (theirs.intent.status !== 'succeeded' || givenMinor === null) return null;
  if (givenMinor < refundedMinor) return judgeLostRefund(payment, theirs, givenMinor);
  const fact = { type: 'refund_differs', refundedMinor } as const;
  const odd = oddRefund(payment, theirs);
  if (odd !== null) return odd;
  const outsideMinor = refundedMinor - ownMinor(payment);
  if (status === 'RELEASED' && outsideMinor > 0)
    return { fact, severity: 'serious', atRisk: moneyOf(theirs, outsideMinor), act: null };
  if (status === 'REVERTED' && refundedMinor < receivedMinor) {
    const atRisk = moneyOf(theirs, receivedMinor - refundedMinor);
    return { fact, severity: 'critical', atRisk, act: null };
  }
  return null;
}

/** What we were asked to give back, and did. */
function ownMinor({ refunds }: TakenPayment): number {
  return refunds
    .filter(({ status }) => status === 'succeeded')
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

/** The sums agree, and a refund of ours is another one at Stripe, or none. */
function oddRefund(payment: TakenPayment, theirs: TheirSide): Judgement | null {
  const { latestRefunds, refundedMinor } = theirs.intent;
  const told = latestRefunds ?? [];
  const countedMinor = told
    .filter((one) => !hasFailed(one))
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const isAllTold = latestRefunds !== null && countedMinor === refundedMinor;
  for (const { refundId, stripeRefundId, amountMinor, status, isRest } of payment.refunds) {
    if (stripeRefundId === null || status !== 'succeeded') continue;
    const its = told.find((one) => one.refundId === stripeRefundId);
    const isOdd = its === undefined ? isAllTold : !isRest && its.amountMinor !== amountMinor;
    if (!isOdd) continue;
    const said = its === undefined ? 'nothing' : `${its.amountMinor} minor units`;
    return {
      fact: { type: 'refund_differs', refundedMinor: refundedMinor ?? 0 },
      severity: 'critical',
      atRisk: moneyOf(theirs, amountMinor),
      act: markOnce(payment, `refund ${refundId}: ${said} at Stripe, not ${amountMinor}`),
    };
  }
  return null;
}

/** Less is given back than the record says, and no refund at Stripe tells why. */
function judgeLostRefund(
  payment: TakenPayment,
  theirs: TheirSide,
  refundedMinor: number,
): Judgement {
  const { receivedMinor } = payment;
  const why = `refund failed: ${refundedMinor} of ${receivedMinor} minor units were refunded`;
  return {
    fact: { type: 'refund_differs', refundedMinor },
    severity: 'critical',
    atRisk: moneyOf(theirs, payment.refundedMinor - refundedMinor),
    act: markOnce(payment, why),
  };
}
