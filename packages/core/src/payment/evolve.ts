import type { Operation } from '../operation/operation.js';
import { unreachable } from '../unreachable.js';
import { openReview, type Payment, type ReleasedPayment, type RevertedPayment } from './payment.js';
import {
  isPaymentEvent,
  type OperationEvent,
  type PaymentEvent,
  type Step,
} from './payment-events.js';
import { counts, type Refund, withRefund } from './refund.js';
import { NOTHING_TAKEN, type Taken } from './taken.js';
import { canceled, isUnsent, type Transfer } from './transfer.js';
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
      return {
        ...base(payment),
        status: 'AUTHORIZED',
        paymentIntentId: event.paymentIntentId,
        captureBefore: event.captureBefore,
        expiring: false,
        operation: null,
      };
    case 'expiring':
      if (payment.status !== 'AUTHORIZED') throw impossible(payment, event);
      return { ...payment, expiring: true };
    case 'runner_named':
      if (payment.status !== 'RELEASED' || payment.runnerId !== null)
        throw impossible(payment, event);
      return { ...payment, ...event.terms, runnerId: event.runnerId };
    case 'released':
      if (payment.status !== 'AUTHORIZED') throw impossible(payment, event);
      return {
        ...base(payment),
        status: 'RELEASED',
        paymentIntentId: payment.paymentIntentId,
        captureBefore: payment.captureBefore,
        runnerId: event.runnerId,
        ...NOTHING_TAKEN,
        ...event.terms,
        receivedMinor: event.receivedMinor,
        pendingRefund: null,
        operation: null,
      };
    case 'reverted':
      return reverted(payment, event);
    case 'refund_pending':
    case 'refunded':
    case 'refund_failed':
    case 'disputed':
    case 'dispute_closed':
      return evolveTaken(payment, event);
    case 'transfer_owed':
    case 'transfer_sent':
    case 'transfer_waiting':
    case 'transfer_reversed':
    case 'runner_debt':
      return withTransfer(payment, event);
    case 'failed':
      if (payment.status !== 'INITIATING') throw impossible(payment, event);
      return {
        ...base(payment),
        status: 'FAILED',
        paymentIntentId: payment.paymentIntentId,
        failure: event.failure,
        operation: null,
      };
    default:
      return unreachable(event);
  }
}

type TakenEvent = Extract<
  PaymentEvent,
  { type: 'refund_pending' | 'refunded' | 'refund_failed' | 'disputed' | 'dispute_closed' }
>;

/** What became of money that was taken; the table has seen to it that some was. */
function evolveTaken(payment: Payment, event: TakenEvent): Payment {
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED')
    throw impossible(payment, event);
  if (event.type === 'disputed' || event.type === 'dispute_closed')
    return { ...payment, dispute: event.dispute };
  const refunds = refundsAfter(payment.refunds, event);
  if (event.type === 'refund_pending') {
    if (payment.status !== 'RELEASED') throw impossible(payment, event);
    const { refundId, amountMinor, name } = event;
    const isPart = refunds.some((one) => one.refundId === name && !one.isRest);
    // A part of ours waits by itself: nothing else has to wait for it.
    return isPart
      ? { ...payment, refunds }
      : { ...payment, refunds, pendingRefund: { refundId, amountMinor } };
  }
  const { refundedMinor } = event;
  if (payment.status === 'REVERTED') return { ...payment, refundedMinor, refunds };
  const { pendingRefund } = payment;
  const isAnother =
    event.type === 'refund_failed'
      ? event.refundId !== pendingRefund?.refundId
      : event.name !== undefined && event.stripeRefundId !== pendingRefund?.refundId;
  return { ...payment, refundedMinor, refunds, pendingRefund: isAnother ? pendingRefund : null };
}

type RefundEvent = Exclude<TakenEvent, { type: 'disputed' | 'dispute_closed' }>;

/** The payment's own refunds after what an event tells of one of them. */
function refundsAfter(refunds: readonly Refund[], event: RefundEvent): readonly Refund[] {
  const { name } = event;
  if (name === undefined) return refunds;
  switch (event.type) {
    case 'refund_pending':
      return withRefund(refunds, name, { status: 'pending', stripeRefundId: event.refundId });
    case 'refunded': {
      const { stripeRefundId = null } = event;
      return withRefund(refunds, name, { status: 'succeeded', stripeRefundId });
    }
    case 'refund_failed': {
      const end = event.ended ?? 'failed';
      return withRefund(
        refunds,
        name,
        event.refundId === null ? { status: end } : { status: end, stripeRefundId: event.refundId },
      );
    }
  }
}

/** A transfer is of money that was taken. */
function withTransfer(payment: Payment, event: Step & { readonly transfer: Transfer }): Payment {
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED')
    throw impossible(payment, event);
  return { ...payment, transfer: event.transfer };
}

function reverted(payment: Payment, event: PaymentEvent & { type: 'reverted' }): RevertedPayment {
  if (payment.status === 'REVERTED' || payment.status === 'FAILED')
    throw impossible(payment, event);
  if (payment.paymentIntentId === null) throw impossible(payment, event);
  return {
    ...base(payment),
    status: 'REVERTED',
    paymentIntentId: payment.paymentIntentId,
    captureBefore: payment.status === 'INITIATING' ? null : payment.captureBefore,
    runnerId: payment.status === 'RELEASED' ? payment.runnerId : null,
    ...(payment.status === 'RELEASED' ? givenBack(payment) : NOTHING_TAKEN),
    revertMethod: event.revertMethod,
    reason: event.reason,
    operation: null,
  };
}

/** All of it went back, so what was under way of it is done, and nothing is sent to a runner any more. */
function givenBack(payment: ReleasedPayment): Taken {
  const { receivedMinor, dueMinor, tipMinor, feeMinor, dispute } = payment;
  const { transfer } = payment;
  const refunds = payment.refunds.map((one) =>
    counts(one) ? { ...one, status: 'succeeded' as const } : one,
  );
  return {
    receivedMinor,
    dueMinor,
    tipMinor,
    feeMinor,
    refundedMinor: receivedMinor,
    dispute,
    refunds,
    transfer: transfer !== null && isUnsent(transfer) ? canceled(transfer) : transfer,
  };
}

function evolveByOperation(payment: Payment, event: OperationEvent): Payment {
  switch (event.type) {
    case 'operation_opened':
      // The open operation is the mutex between commands: there is never a second one.
      if (payment.operation !== null) throw impossible(payment, event);
      return withOperation(
        event.operation.kind === 'refund' ? beforeRefund(payment) : payment,
        event.operation,
      );
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
      // What it waited for ends with it.
      return payment.status === 'RELEASED' &&
        payment.operation.kind === 'refund' &&
        event.outcome === 'refused'
        ? { ...payment, operation: null, pendingRefund: null }
        : { ...payment, operation: null };
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
      return { ...payment, refunds: [...payment.refunds, event.refund] };
    case 'refund_dropped': {
      if (payment.status !== 'RELEASED') throw impossible(payment, event);
      const { refundId, status } = event;
      return { ...payment, refunds: withRefund(payment.refunds, refundId, { status }) };
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

/**
 * A part that is on its way back already is not what the call waits for that is opened now; only
 * where that part is all there is left, there will be no other.
 */
function beforeRefund(payment: Payment): Payment {
  if (payment.status !== 'RELEASED' || payment.pendingRefund === null) return payment;
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

/** What all statuses share, and nothing else: no field of the old status may linger. */
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

function impossible(payment: Payment, step: Step): Error {
  return new Error(
    `bug: ${step.type} can't follow while payment ${payment.id} is ${payment.status}`,
  );
}
