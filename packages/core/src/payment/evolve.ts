import type { Operation, OperationOutcome } from '../operation/operation.js';
import { unreachable } from '../unreachable.js';
import { evolveTaken, givenBack, takenBy, withTransfer } from './evolve-taken.js';
import { impossible } from './impossible.js';
import { openReview, type Payment, type RevertedPayment } from './payment.js';
import {
  isPaymentEvent,
  type OperationEvent,
  type PaymentEvent,
  type Step,
} from './payment-events.js';
import { withRefund, withRequested } from './refund.js';
import { NOTHING_TAKEN } from './taken.js';
import { arrow } from './transitions.js';

/** The payment after one step. A step that can't follow is a bug in a decision, and throws. */
export function evolve(payment: Payment, step: Step): Payment {
  return isPaymentEvent(step) ? evolveByEvent(payment, step) : evolveByOperation(payment, step);
}

function evolveByEvent(payment: Payment, event: PaymentEvent): Payment {
  const to = arrow(payment.status, event.type);
  if (to === undefined) throw impossible(payment, event);
  // Whoever moves a payment on says first how the call that it owed has ended.
  if (to !== payment.status && payment.operation !== null) throw impossible(payment, event);
  switch (event.type) {
    case 'review_needed':
      return { ...payment, review: event.reason, reviewed: false };
    case 'reviewed':
      if (openReview(payment) === null) throw impossible(payment, event);
      return { ...payment, reviewed: true };
    case 'requires_action':
      if (payment.status !== 'INITIATING') throw impossible(payment, event);
      return { ...payment, requiresAction: true, paymentIntentId: event.paymentIntentId };
    case 'authorized':
      if (payment.status !== 'INITIATING') throw impossible(payment, event);
      return Object.assign(base(payment), {
        status: 'AUTHORIZED' as const,
        paymentIntentId: event.paymentIntentId,
        captureBefore: event.captureBefore,
        headroom: event.headroom ?? null,
        expiring: false,
        operation: null,
      });
    case 'expiring':
      if (payment.status !== 'AUTHORIZED') throw impossible(payment, event);
      return { ...payment, expiring: true };
    case 'runner_named':
      if (payment.status !== 'RELEASED' || payment.runnerId !== null)
        throw impossible(payment, event);
      return { ...payment, ...event.terms, runnerId: event.runnerId };
    case 'released':
      if (payment.status !== 'AUTHORIZED') throw impossible(payment, event);
      return Object.assign(base(payment), takenBy(event), {
        status: 'RELEASED' as const,
        paymentIntentId: payment.paymentIntentId,
        captureBefore: payment.captureBefore,
        runnerId: event.runnerId,
        pendingRefund: null,
        operation: null,
      });
    case 'reverted':
      return reverted(payment, event);
    case 'refund_pending':
    case 'refunded':
    case 'refund_failed':
    case 'disputed':
    case 'dispute_closed':
    case 'transfer_owed':
    case 'transfer_sent':
    case 'transfer_waiting':
    case 'transfer_reversed':
    case 'runner_debt':
      return evolveTaken(payment, event);
    case 'failed': {
      if (payment.status !== 'INITIATING') throw impossible(payment, event);
      const { paymentIntentId } = payment;
      const { failure } = event;
      const status = 'FAILED' as const;
      return Object.assign(base(payment), { status, paymentIntentId, failure, operation: null });
    }
    default:
      return unreachable(event);
  }
}

function reverted(payment: Payment, event: PaymentEvent & { type: 'reverted' }): RevertedPayment {
  if (payment.status === 'REVERTED' || payment.status === 'FAILED')
    throw impossible(payment, event);
  if (payment.paymentIntentId === null) throw impossible(payment, event);
  const taken = payment.status === 'RELEASED' ? givenBack(payment) : NOTHING_TAKEN;
  return Object.assign(base(payment), taken, headroomOf(payment), {
    status: 'REVERTED' as const,
    paymentIntentId: payment.paymentIntentId,
    captureBefore: payment.status === 'INITIATING' ? null : payment.captureBefore,
    runnerId: payment.status === 'RELEASED' ? payment.runnerId : null,
    revertMethod: event.revertMethod,
    reason: event.reason,
    operation: null,
  });
}

function headroomOf(payment: Payment): Pick<RevertedPayment, 'headroom'> {
  if (payment.status !== 'AUTHORIZED' || payment.headroom === null) return {};
  return { headroom: payment.headroom };
}

function evolveByOperation(payment: Payment, event: OperationEvent): Payment {
  switch (event.type) {
    case 'operation_opened':
      // The open operation is the mutex between commands: there is never a second one.
      if (payment.operation !== null) throw impossible(payment, event);
      return withOperation(beforeRefund(payment, event.operation), event.operation);
    case 'operation_leased': {
      if (payment.operation === null) throw impossible(payment, event);
      const { leaseUntil, attempts } = event;
      return withOperation(payment, {
        ...payment.operation,
        leaseUntil,
        attempts,
        resting: false,
      });
    }
    case 'operation_rests': {
      if (payment.operation === null) throw impossible(payment, event);
      return withOperation(payment, {
        ...payment.operation,
        leaseUntil: event.until,
        resting: true,
      });
    }
    case 'operation_closed':
      if (payment.operation?.key !== event.key) throw impossible(payment, event);
      return closedCall(payment, payment.operation, event.outcome);
    case 'intent_learned':
      if (payment.status !== 'INITIATING') throw impossible(payment, event);
      if (payment.paymentIntentId !== null) throw impossible(payment, event);
      return {
        ...payment,
        paymentIntentId: event.paymentIntentId,
        stripeCustomerId: event.stripeCustomerId ?? payment.stripeCustomerId,
      };
    case 'refund_requested':
      if (payment.status !== 'RELEASED') throw impossible(payment, event);
      return { ...payment, refunds: withRequested(payment.refunds, event.refund) };
    case 'refund_learned': {
      if (payment.status !== 'RELEASED') throw impossible(payment, event);
      const { refundId, stripeRefundId } = event;
      return { ...payment, refunds: withRefund(payment.refunds, refundId, { stripeRefundId }) };
    }
    case 'transfer_changed':
      return withTransfer(payment, event);
    case 'revert_requested':
      if (payment.status !== 'INITIATING') throw impossible(payment, event);
      return {
        ...payment,
        revertRequested: { reason: event.reason, correlationId: event.correlationId },
      };
    default:
      return unreachable(event);
  }
}

/** What a refund waited for ends with its call; one that comes to nothing may be asked for anew. */
function closedCall(payment: Payment, call: Operation, outcome: OperationOutcome): Payment {
  const without = withoutCall(payment);
  if (without.status !== 'RELEASED' || call.kind !== 'refund') return without;
  if (outcome !== 'refused' && outcome !== 'withdrawn') return without;
  const { refundId, amountMinor } = call.params;
  const refunds = without.refunds.map((one) =>
    one.refundId === refundId && one.status === 'owed'
      ? { ...one, status: 'canceled' as const }
      : one,
  );
  const isRest = amountMinor === undefined && outcome === 'refused';
  return { ...without, refunds, pendingRefund: isRest ? null : without.pendingRefund };
}

function withoutCall(payment: Payment): Payment {
  return { ...payment, operation: null };
}

/**
 * A part that is on its way back already is not what the call waits for that is opened now; only
 * where that part is all there is left, there will be no other.
 */
function beforeRefund(payment: Payment, { kind }: Operation): Payment {
  if (kind !== 'refund' || payment.status !== 'RELEASED') return payment;
  if (payment.pendingRefund === null) return payment;
  const { receivedMinor, refundedMinor, pendingRefund } = payment;
  const isAll = refundedMinor + pendingRefund.amountMinor >= receivedMinor;
  return isAll ? payment : { ...payment, pendingRefund: null };
}

/** Which gateway call each status can owe. */
function withOperation(payment: Payment, operation: Operation): Payment {
  const { kind } = operation;
  if (payment.status === 'INITIATING' && (kind === 'authorize' || kind === 'void')) {
    return { ...payment, operation };
  }
  if (payment.status === 'AUTHORIZED' && (kind === 'capture' || kind === 'void')) {
    return { ...payment, operation };
  }
  if (
    payment.status === 'RELEASED' &&
    (kind === 'refund' || kind === 'transfer' || kind === 'reversal')
  ) {
    return { ...payment, operation };
  }
  if (payment.status === 'REVERTED' && kind === 'reversal') return { ...payment, operation };
  throw new Error(`bug: a payment that is ${payment.status} can't owe a ${kind}`);
}

/**
 * What all statuses share, and nothing else: no field of the old status may linger. It is added to by
 * `Object.assign`: fields behind a spread are set one by one by V8, which takes fifty times as long.
 */
function base(payment: Payment) {
  const { id, orderId, attempt, customerId, stripeCustomerId, paymentMethodId, amount } = payment;
  const { description, correlationId, review, reviewed, version, revision } = payment;
  const { createdAt, updatedAt } = payment;
  return {
    id,
    orderId,
    attempt,
    customerId,
    stripeCustomerId,
    paymentMethodId,
    amount,
    description,
    correlationId,
    review,
    reviewed,
    version,
    revision,
    createdAt,
    updatedAt,
  };
}
