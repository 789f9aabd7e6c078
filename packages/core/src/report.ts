import { type DecisionContext, opened } from './escrow.js';
import type { Failure, Operation } from './operation.js';
import {
  type AuthorizedPayment,
  type InitiatingPayment,
  isLive,
  type Payment,
  type ReleasedPayment,
  type RevertMethod,
  type Step,
} from './payment.js';
import { unreachable } from './unreachable.js';

/** The statuses of a Stripe PaymentIntent; `unknown` is any that Stripe may add. */
export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled'
  | 'unknown';

/** What the gateway said about one PaymentIntent. Amounts in minor units. */
export interface IntentSnapshot {
  readonly paymentIntentId: string;
  readonly status: IntentStatus;
  readonly amountMinor: number;
  /** ISO code, upper case. */
  readonly currency: string;
  readonly receivedMinor: number;
  /** Null when this report did not tell. */
  readonly refundedMinor: number | null;
  readonly captureBefore: Date | null;
  readonly stripeCustomerId: string | null;
  readonly failure: Failure | null;
  /** Why it was canceled, in the gateway's words; `expired` when the hold lapsed. */
  readonly cancellationReason: string | null;
}

/**
 * What the gateway said. A reply to our call, a webhook and a retrieve all enter here.
 *
 * `authoritative` is false for webhooks: they come late, twice and in any order, so where one
 * contradicts the record, the PaymentIntent itself is asked.
 */
export type Report =
  | {
      readonly type: 'intent';
      readonly intent: IntentSnapshot;
      readonly authoritative: boolean;
      /** The operation this answers, when the call was refused and the intent is as it was. */
      readonly refused: { readonly operationKey: string; readonly detail: string } | null;
    }
  /** An authorize was definitely refused, and no PaymentIntent was made. */
  | { readonly type: 'not_created'; readonly operationKey: string; readonly failure: Failure }
  /** Something happened to the PaymentIntent; only asking tells what it is now. */
  | { readonly type: 'hint'; readonly paymentIntentId: string; readonly because: string }
  /** A refund that we had counted as done has failed at the bank. */
  | { readonly type: 'refund_failed'; readonly paymentIntentId: string; readonly reason: string };

/** Steps to take, or `ask`: the report does not tell enough, so retrieve the PaymentIntent. */
export type ReportDecision =
  | { readonly steps: readonly Step[] }
  | { readonly ask: { readonly paymentIntentId: string; readonly because: string } };

const NOTHING: ReportDecision = { steps: [] };

/** What a report means for a payment. Reports only raise a payment's rank; a stale one is a no-op. */
export function decideReport(
  payment: Payment,
  report: Report,
  context: Omit<DecisionContext, 'correlationId'>,
): ReportDecision {
  if (report.type === 'not_created') return decideNotCreated(payment, report);
  if (report.type === 'hint') return isLive(payment) ? { ask: report } : NOTHING;
  if (report.type === 'refund_failed') return decideRefundFailed(payment, report.reason);
  const { intent, refused, authoritative } = report;
  const mismatch = mismatchOf(payment, intent);
  if (mismatch !== null) return flag(payment, mismatch);
  const steps = stepsFor(payment, intent, context);
  if (steps === 'contradiction') {
    const reason = `intent ${intent.status} while payment ${payment.status}`;
    return authoritative ? flag(payment, reason) : ask(intent, reason);
  }
  if (
    !authoritative &&
    steps.some((one) => one.type === 'authorized' && one.captureBefore === null)
  ) {
    return ask(intent, 'a webhook does not tell when the hold lapses');
  }
  const open = payment.operation;
  if (steps.length === 0 && refused !== null && open?.key === refused.operationKey) {
    return { steps: [closed(open, 'refused', refused.detail)] };
  }
  return { steps };
}

function stepsFor(
  payment: Payment,
  intent: IntentSnapshot,
  context: Omit<DecisionContext, 'correlationId'>,
): readonly Step[] | 'contradiction' {
  switch (payment.status) {
    case 'INITIATING':
      return whileInitiating(payment, intent, context);
    case 'AUTHORIZED':
      return whileAuthorized(payment, intent);
    case 'RELEASED':
      return whileReleased(payment, intent);
    case 'REVERTED':
      if (payment.revertMethod === 'refunded')
        return intent.status === 'canceled' ? 'contradiction' : [];
      return intent.status === 'succeeded' ? 'contradiction' : [];
    case 'FAILED':
      if (payment.paymentIntentId === null) return 'contradiction';
      return intent.status === 'succeeded' ? 'contradiction' : [];
    default:
      return unreachable(payment);
  }
}

function whileInitiating(
  payment: InitiatingPayment,
  intent: IntentSnapshot,
  context: Omit<DecisionContext, 'correlationId'>,
): readonly Step[] {
  const canceling = payment.operation?.kind === 'void';
  const learned = learn(payment, intent);
  switch (intent.status) {
    case 'requires_capture':
      if (canceling) return [];
      if (payment.revertRequested !== null) return [...learned, cancelFor(payment, context)];
      return [...learned, authorizedBy(intent)];
    case 'requires_action':
      if (canceling) return [];
      if (payment.revertRequested !== null) return [...learned, cancelFor(payment, context)];
      if (payment.requiresAction) return learned;
      return [...learned, { type: 'requires_action', paymentIntentId: intent.paymentIntentId }];
    case 'requires_payment_method':
      if (canceling) return [];
      return [...learned, cancelFor(payment, context, intent.failure ?? UNCONFIRMED)];
    case 'canceled':
      return [...learned, endOfCancel(payment, intent)];
    case 'succeeded':
      return [...learned, authorizedBy(intent), ...capturedOutside(intent)];
    case 'processing':
    case 'requires_confirmation':
    case 'unknown':
      return canceling ? [] : learned;
    default:
      return unreachable(intent.status);
  }
}

function whileAuthorized(
  payment: AuthorizedPayment,
  intent: IntentSnapshot,
): readonly Step[] | 'contradiction' {
  const { operation } = payment;
  switch (intent.status) {
    case 'succeeded': {
      const receivedMinor = intent.receivedMinor;
      if (operation?.kind === 'capture') {
        const { runnerId } = operation.params;
        return [closed(operation, 'done'), { type: 'released', runnerId, receivedMinor }];
      }
      return [...supersede(operation), ...capturedOutside(intent)];
    }
    case 'canceled': {
      if (operation?.kind === 'void' && operation.params.purpose === 'revert') {
        const { reason } = operation.params;
        return [closed(operation, 'done'), { type: 'reverted', revertMethod: 'voided', reason }];
      }
      const reason = intent.cancellationReason;
      const revertMethod: RevertMethod =
        reason === 'expired' || reason === 'automatic' ? 'expired' : 'voided';
      return [...supersede(operation), { type: 'reverted', revertMethod, reason }];
    }
    default:
      return [];
  }
}

function whileReleased(
  payment: ReleasedPayment,
  intent: IntentSnapshot,
): readonly Step[] | 'contradiction' {
  if (intent.status === 'canceled') return 'contradiction';
  const refundedMinor = intent.refundedMinor ?? 0;
  if (intent.status !== 'succeeded' || refundedMinor === 0) return [];
  const { operation } = payment;
  if (refundedMinor < payment.receivedMinor) {
    const reason = `${refundedMinor} of ${payment.receivedMinor} minor units were refunded outside`;
    return operation !== null || payment.review === reason
      ? []
      : [{ type: 'review_needed', reason }];
  }
  const reason = operation?.params.reason ?? null;
  const done = operation === null ? [] : [closed(operation, 'done')];
  return [...done, { type: 'reverted', revertMethod: 'refunded', reason }];
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

function decideRefundFailed(payment: Payment, detail: string): ReportDecision {
  const refunded = payment.status === 'REVERTED' && payment.revertMethod === 'refunded';
  return refunded ? flag(payment, `refund failed: ${detail}`) : NOTHING;
}

/** A report about another PaymentIntent or another amount never moves the payment. */
function mismatchOf(payment: Payment, intent: IntentSnapshot): string | null {
  const { paymentIntentId, amount } = payment;
  if (paymentIntentId !== null && paymentIntentId !== intent.paymentIntentId) {
    return `a second PaymentIntent exists: ${intent.paymentIntentId}`;
  }
  const same = intent.amountMinor === amount.amountMinor && intent.currency === amount.currency;
  return same ? null : `amount at the gateway is ${intent.amountMinor} ${intent.currency}`;
}

/** The first report of a PaymentIntent ends the authorize call, whatever it says. */
function learn(payment: InitiatingPayment, intent: IntentSnapshot): Step[] {
  const { operation } = payment;
  const done: Step[] = operation === null ? [] : [closed(operation, 'done')];
  if (payment.paymentIntentId !== null) return done;
  const { paymentIntentId, stripeCustomerId } = intent;
  return [...done, { type: 'intent_learned', paymentIntentId, stripeCustomerId }];
}

/** Why an intent without a card and without an error can't go on. */
const UNCONFIRMED: Failure = {
  code: 'payment_method_required',
  declineCode: null,
  message: 'The payment was not confirmed with a payment method.',
};

/** A declined PaymentIntent can still be confirmed by whoever has its client secret: cancel it. */
function cancelFor(
  payment: InitiatingPayment,
  context: Omit<DecisionContext, 'correlationId'>,
  failure: Failure = UNCONFIRMED,
): Step {
  const { revertRequested } = payment;
  if (revertRequested === null) {
    const { correlationId } = payment;
    return opened(
      { kind: 'void', params: { purpose: 'fail', failure } },
      { ...context, correlationId },
    );
  }
  const { reason, correlationId } = revertRequested;
  return opened(
    { kind: 'void', params: { purpose: 'revert', reason } },
    { ...context, correlationId },
  );
}

function endOfCancel(payment: InitiatingPayment, intent: IntentSnapshot): Step {
  const { operation, revertRequested } = payment;
  const asked = operation?.kind === 'void' ? operation.params : null;
  if (asked?.purpose === 'fail') return { type: 'failed', failure: asked.failure };
  if (asked !== null || revertRequested !== null) {
    const reason = asked === null ? (revertRequested?.reason ?? null) : asked.reason;
    return { type: 'reverted', revertMethod: 'canceled', reason };
  }
  const message = `The payment was canceled before it was held (${intent.cancellationReason ?? 'no reason given'}).`;
  const failure = { code: 'payment_intent_canceled', declineCode: null, message };
  return { type: 'failed', failure: intent.failure ?? failure };
}

function authorizedBy({ paymentIntentId, captureBefore }: IntentSnapshot): Step {
  return { type: 'authorized', paymentIntentId, captureBefore };
}

function capturedOutside({ receivedMinor }: IntentSnapshot): Step[] {
  return [
    { type: 'released', runnerId: null, receivedMinor },
    { type: 'review_needed', reason: 'captured outside this service' },
  ];
}

function supersede(operation: Operation | null): Step[] {
  return operation === null ? [] : [closed(operation, 'superseded')];
}

function closed(
  operation: Operation,
  outcome: 'done' | 'refused' | 'superseded',
  detail: string | null = null,
): Step {
  return { type: 'operation_closed', key: operation.key, outcome, detail };
}

function ask({ paymentIntentId }: IntentSnapshot, because: string): ReportDecision {
  return { ask: { paymentIntentId, because } };
}

/** Marks the payment for a person, once per reason. */
function flag(payment: Payment, reason: string): ReportDecision {
  return payment.review === reason ? NOTHING : { steps: [{ type: 'review_needed', reason }] };
}
