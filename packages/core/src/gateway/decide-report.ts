import { isLeased } from '../operation/operation.js';
import { closed } from '../operation/operation-steps.js';
import type { Clawback } from '../payment/clawback.js';
import type { DecisionContext } from '../payment/decision-context.js';
import { openReview, type Payment, waitsForBank } from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
import { unreachable } from '../unreachable.js';
import type { CaptureContext } from './capture-steps.js';
import {
  decideDispute,
  decideRefundNews,
  disputed,
  isStillOpen,
  isUntold,
} from './decide-taken.js';
import { withFollowUps } from './follow-ups.js';
import { fitOf, type Installation } from './identity.js';
import { givenBackMinor, type IntentSnapshot } from './intent.js';
import { whileAuthorized, whileInitiating, whileReleased } from './intent-steps.js';
import { withMade, withName } from './own-refunds.js';
import type { RefusedCall, Report } from './report.js';
import { flag, NOTHING, type ReportDecision } from './report-decision.js';
import { isFailedRefund, sumSteps } from './taken-steps.js';
import { reversalSteps, transferSteps } from './transfer-steps.js';

/** What comes from outside into the decision on a report. */
export interface ReportContext extends Omit<DecisionContext, 'correlationId'> {
  /** Whose PaymentIntents are ours. */
  readonly installation: Installation;
  /** @default 'proportional' */
  readonly clawback?: Clawback;
}

/** What a report means for a payment. Reports only raise a payment's rank; a stale one is a no-op. */
export function decideReport(
  payment: Payment,
  report: Report,
  context: ReportContext,
): ReportDecision {
  if (report.type === 'not_created') return decideNotCreated(payment, report);
  if (report.type === 'intent_missing') return decideMissing(payment, report.operationKey, context);
  if (report.type === 'hint') return isStillOpen(payment) ? { ask: report } : NOTHING;
  if (report.type === 'refund') {
    const told = { latestRefunds: [report.refund] };
    const decision = decideRefundNews(payment, report);
    if ('ask' in decision) return decision;
    return { steps: decision.steps.map((step) => withName(payment, told, step)) };
  }
  if (report.type === 'dispute') return decideDispute(payment, report.dispute);
  if (report.type === 'transfer') {
    return withFollowUps(payment, transferSteps(payment, report, context.now), context);
  }
  if (report.type === 'reversal')
    return withFollowUps(payment, reversalSteps(payment, report, context), context);
  return decideIntent(payment, report, context);
}

function decideIntent(
  payment: Payment,
  report: Report & { type: 'intent' },
  context: ReportContext,
): ReportDecision {
  const { refused, authoritative, transfer, made } = report;
  const intent = withMade(report.intent, made);
  const mismatch = mismatchOf(payment, intent, context.installation);
  if (mismatch !== null) return mismatch;
  if (!authoritative && isWithItsTransfer(payment, context.now)) return NOTHING;
  const moves = stepsFor(payment, intent, { ...context, transfer });
  if (moves === 'contradiction') {
    const reason = `intent ${intent.status} while payment ${payment.status}`;
    return authoritative ? flag(payment, reason) : ask(intent, reason);
  }
  if (isUntold(payment, intent) && (!authoritative || moves.length === 0))
    return ask(intent, 'it is disputed');
  if (!authoritative && moves.some(needsCertainty)) {
    return ask(intent, `a webhook alone does not tell enough: intent ${intent.status}`);
  }
  const known = moves.length === 0 ? refusal(payment, refused) : moves;
  const named = known.map((step) => withName(payment, intent, step));
  const steps = [...named, ...disputed(payment, named, intent)];
  const all = withFollowUps(payment, steps, context);
  if (authoritative || all.steps.length === steps.length) return all;
  // Nothing is called because of old news, and what follows must not be forgotten either.
  return ask(intent, 'something follows from it');
}

/** Whoever has captured is sending the transfer at this moment, and writes down both. */
function isWithItsTransfer({ operation }: Payment, now: Date): boolean {
  if (operation?.kind !== 'capture' || !isLeased(operation, now)) return false;
  const planned = operation.params.terms?.transfer ?? null;
  return planned !== null && !planned.waits;
}

/**
 * A call that was refused, where the intent is as it was. What is never going to be done as it was
 * asked for is for a person to look at, once.
 */
function refusal(payment: Payment, refused: RefusedCall | null): readonly Step[] {
  const { operation } = payment;
  if (refused === null || operation?.key !== refused.operationKey) return [];
  // That the whole is refunded already is no refusal while a bank has still to agree to that.
  if (waitsForBank(payment)) return [];
  const { detail, final } = refused;
  const ended = closed(operation, 'refused', detail);
  // One that was made and came to nothing is told as often as that happens, a refusal once.
  const isFailure = isFailedRefund(detail);
  const reason = isFailure ? detail : `${operation.kind} refused: ${detail}`;
  const isNews = final && (isFailure ? openReview(payment) : payment.review) !== reason;
  return isNews ? [ended, { type: 'review_needed', reason }] : [ended];
}

function stepsFor(
  payment: Payment,
  intent: IntentSnapshot,
  context: CaptureContext,
): readonly Step[] | 'contradiction' {
  switch (payment.status) {
    case 'INITIATING':
      return whileInitiating(payment, intent, context);
    case 'AUTHORIZED':
      return whileAuthorized(payment, intent, context);
    case 'RELEASED':
      return whileReleased(payment, intent);
    case 'REVERTED':
      if (payment.revertMethod === 'refunded') {
        if (intent.status === 'canceled') return 'contradiction';
        const givenMinor = intent.status === 'succeeded' ? givenBackMinor(intent) : null;
        return givenMinor === null ? [] : sumSteps(payment, intent, givenMinor);
      }
      return intent.status === 'succeeded' ? 'contradiction' : [];
    case 'FAILED':
      // A canceled intent is what FAILED stands for; any other must not be there, or not like that.
      if (payment.paymentIntentId === null)
        return intent.status === 'canceled' ? [] : 'contradiction';
      return intent.status === 'succeeded' ? 'contradiction' : [];
    default:
      return unreachable(payment);
  }
}

/** When the hold lapses stands in the charge only; and no call is owed because of old news. */
function needsCertainty(step: Step): boolean {
  if (step.type === 'authorized') return step.captureBefore === null;
  return UNCERTAIN.includes(step.type);
}

/** A list may be a little old, so that sums in it may be those of before. */
const UNCERTAIN: readonly Step['type'][] = [
  'operation_opened',
  'refund_pending',
  'refunded',
  'refund_failed',
];

/** Why a payment whose PaymentIntent is not to be found is marked for a person. */
export const INTENT_UNKNOWN = 'Stripe does not know the PaymentIntent; is it the right account?';

function decideMissing(
  payment: Payment,
  operationKey: string,
  context: ReportContext,
): ReportDecision {
  const { operation } = payment;
  if (operation?.key !== operationKey) return NOTHING;
  const reason = INTENT_UNKNOWN;
  const steps: Step[] = [closed(operation, 'refused', reason)];
  const marked: Step[] =
    payment.review === reason ? steps : [...steps, { type: 'review_needed', reason }];
  return withFollowUps(payment, marked, context);
}

function decideNotCreated(
  payment: Payment,
  report: Report & { type: 'not_created' },
): ReportDecision {
  const { operation } = payment;
  if (operation?.key !== report.operationKey) return NOTHING;
  const { failure } = report;
  return { steps: [closed(operation, 'refused', failure.code), { type: 'failed', failure }] };
}

/**
 * A report about another PaymentIntent or other terms never moves the payment, and one about
 * somebody else's does not even mark it.
 */
function mismatchOf(
  payment: Payment,
  intent: IntentSnapshot,
  installation: Installation,
): ReportDecision | null {
  const fit = fitOf(payment, intent, installation);
  if (fit.type === 'foreign') return NOTHING;
  const { paymentIntentId } = payment;
  if (paymentIntentId !== null && paymentIntentId !== intent.paymentIntentId) {
    return flag(payment, `a second PaymentIntent exists: ${intent.paymentIntentId}`);
  }
  return fit.type === 'differs' ? flag(payment, fit.why) : null;
}

function ask({ paymentIntentId }: IntentSnapshot, because: string): ReportDecision {
  return { ask: { paymentIntentId, because } };
}
