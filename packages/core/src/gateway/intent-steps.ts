import type { HoldFailure, Operation } from '../operation/operation.js';
import { closed, opened } from '../operation/operation-steps.js';
import type { DecisionContext } from '../payment/decision-context.js';
import { evolve } from '../payment/evolve.js';
import type {
  AuthorizedPayment,
  InitiatingPayment,
  Payment,
  ReleasedPayment,
  RevertMethod,
} from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
import { counts } from '../payment/refund.js';
import { unreachable } from '../unreachable.js';
import { type CaptureContext, captureSteps } from './capture-steps.js';
import { givenBackMinor, type IntentSnapshot } from './intent.js';
import { ownPartSteps, restLearned, withoutParts } from './own-refunds.js';
import { partlyRefunded, refundSteps } from './taken-steps.js';

/** What an intent means for a payment that is not held yet. */
export function whileInitiating(
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
    // Every hold is asked for and confirmed in one call: nobody is going to confirm it later.
    case 'requires_confirmation':
      if (canceling) return [];
      return [...learned, cancelFor(payment, context, intent.failure ?? UNCONFIRMED)];
    case 'canceled':
      return [...learned, endOfCancel(payment, intent)];
    case 'succeeded':
      return [...learned, authorizedBy(intent), ...capturedOutside(payment, intent)];
    case 'processing':
    case 'unknown':
      return canceling ? [] : learned;
    default:
      return unreachable(intent.status);
  }
}

/** What an intent means for a held payment. */
export function whileAuthorized(
  payment: AuthorizedPayment,
  intent: IntentSnapshot,
  context: CaptureContext,
): readonly Step[] {
  const { operation } = payment;
  switch (intent.status) {
    case 'succeeded': {
      if (operation?.kind === 'capture') {
        const done = captureSteps(payment, operation, intent, context);
        const after = done.reduce<Payment>(evolve, payment);
        // Whoever makes the call for the transfer that goes with it looks once more before.
        return after.operation === null ? [...done, ...refundedOutside(intent)] : done;
      }
      return [...supersede(operation), ...capturedOutside(payment, intent)];
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

/** What an intent means for a captured payment; one that was captured can't be canceled. */
export function whileReleased(
  payment: ReleasedPayment,
  intent: IntentSnapshot,
): readonly Step[] | 'contradiction' {
  if (intent.status === 'canceled') return 'contradiction';
  const givenMinor = givenBackMinor(intent);
  if (intent.status !== 'succeeded' || givenMinor === null) return [];
  const told = intent.latestRefunds ?? [];
  const own = ownPartSteps(payment, told);
  const after = own.reduce<Payment>(evolve, payment);
  if (after.status !== 'RELEASED') return own;
  if (givenMinor < payment.receivedMinor) {
    const others = { ...intent, latestRefunds: withoutParts(payment, told) };
    return [...own, ...refundSteps(after, others, givenMinor)];
  }
  return [...own, ...restLearned(after, told), ...givenBackSteps(after)];
}

/** All of it went back. What is under way to the runner, or back, ends first. */
function givenBackSteps(payment: ReleasedPayment): Step[] {
  const { operation, refunds, receivedMinor, refundedMinor } = payment;
  const isRefund = operation?.kind === 'refund';
  if (operation !== null && !isRefund) {
    const amountMinor = receivedMinor - refundedMinor;
    return amountMinor > 0 ? [{ type: 'refunded', amountMinor, refundedMinor: receivedMinor }] : [];
  }
  const last = refunds.findLast(counts)?.reason ?? null;
  const reason = isRefund ? operation.params.reason : last;
  const done = isRefund ? [closed(operation, 'done')] : [];
  return [...done, { type: 'reverted', revertMethod: 'refunded', reason }];
}

/** The first report of a PaymentIntent ends the authorize call, whatever it says. */
function learn(payment: InitiatingPayment, intent: IntentSnapshot): Step[] {
  const { operation } = payment;
  const canceled = operation?.kind !== 'void' || intent.status === 'canceled';
  const done: Step[] =
    operation === null ? [] : [closed(operation, canceled ? 'done' : 'superseded')];
  if (payment.paymentIntentId !== null) return done;
  const { paymentIntentId, stripeCustomerId } = intent;
  return [...done, { type: 'intent_learned', paymentIntentId, stripeCustomerId }];
}

/** Why an intent without a card and without an error can't go on. */
const UNCONFIRMED: HoldFailure = {
  code: 'payment_method_required',
  declineCode: null,
  message: 'The payment was not confirmed with a payment method.',
};

/** A declined PaymentIntent can still be confirmed by whoever has its client secret: cancel it. */
function cancelFor(
  payment: InitiatingPayment,
  context: Omit<DecisionContext, 'correlationId'>,
  failure: HoldFailure = UNCONFIRMED,
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

function authorizedBy({ paymentIntentId, captureBefore, headroom }: IntentSnapshot): Step {
  const held = { type: 'authorized', paymentIntentId, captureBefore } as const;
  return headroom == null ? held : { ...held, headroom };
}

function capturedOutside({ amount }: Payment, intent: IntentSnapshot): Step[] {
  const { receivedMinor } = intent;
  const part = `${receivedMinor} of ${amount.amountMinor} minor units were `;
  const reason = `${receivedMinor === amount.amountMinor ? '' : part}captured outside this service`;
  return [
    { type: 'released', runnerId: null, receivedMinor },
    { type: 'review_needed', reason },
    ...refundedOutside(intent),
  ];
}

/** What was given back before we knew that it was taken: no later report tells of it again. */
function refundedOutside(intent: IntentSnapshot): Step[] {
  const givenMinor = givenBackMinor(intent) ?? 0;
  if (givenMinor === 0) return [];
  if (givenMinor >= intent.receivedMinor)
    return [{ type: 'reverted', revertMethod: 'refunded', reason: null }];
  return partlyRefunded(givenMinor, intent.receivedMinor);
}

function supersede(operation: Operation | null): Step[] {
  return operation === null ? [] : [closed(operation, 'superseded')];
}
