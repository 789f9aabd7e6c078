import {
  type Announcement,
  type Currency,
  type Dispute,
  type HoldFailure,
  isOwnFailure,
  isReply,
  keyOf,
  type Outgoing,
  type PaymentEvent,
  type PaymentFacts,
  type Reply,
  type Transfer,
  toMajorNumber,
  unreachable,
} from '@campusg-pay/core';
import { type MessageType, type PayloadOf, SOURCE } from './event-payloads.js';
import { failedHold } from './hold-problems.js';
import { debtTold, refundTold, repeatedRefundTold, transferTold } from './money-moves.js';
import { renderTime } from './time.js';

/**
 * How a revert that went well is published. `campusg`: as the platform's own service did it, as
 * `payment.released` with the status REVERTED.
 */
export type Dialect = 'own' | 'campusg';

/** A record as it goes to Kafka. */
export interface WireMessage {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A type with the payload that belongs to it. */
type Content = {
  [Type in MessageType]: { readonly type: Type; readonly payload: PayloadOf<Type> };
}[MessageType];

/** The record of an event or a reply: the platform's envelope, CloudEvents in the headers. */
export function toMessage(outgoing: Outgoing, dialect: Dialect): WireMessage {
  const { type, payload } = translated(
    isReply(outgoing) ? contentOfReply(outgoing) : contentOfEvent(outgoing),
    dialect,
  );
  const at = renderTime(new Date(outgoing.at));
  const value = {
    type,
    correlation_id: correlationOf(outgoing),
    timestamp: at,
    payload,
    source: SOURCE,
  };
  return {
    key: keyOf(outgoing),
    value: JSON.stringify(value),
    headers: {
      ce_specversion: '1.0',
      ce_id: outgoing.id,
      ce_source: SOURCE,
      ce_type: type,
      ce_time: at,
      'content-type': 'application/json',
      ...(!isReply(outgoing) && outgoing.replay ? { ce_replay: 'true' } : {}),
    },
  };
}

/**
 * The saga that an event is meant for. The platform's sagas act on every message that carries their
 * id, so one that answers nobody carries its own.
 */
function correlationOf(outgoing: Outgoing): string {
  if (isReply(outgoing)) return outgoing.correlationId;
  const { answers, event, correlationId, id, replay } = outgoing;
  if (replay) return id;
  return answers !== null || event.type === 'requires_action' ? correlationId : id;
}

function translated(content: Content, dialect: Dialect): Content {
  if (dialect === 'own' || content.type !== 'payment.reverted') return content;
  return { type: 'payment.released', payload: { ...content.payload, transfer_id: null } };
}

function contentOfEvent(announcement: Announcement): Content {
  const { event, version } = announcement;
  const payment = { ...paymentOf(announcement), version };
  switch (event.type) {
    case 'authorized': {
      const { captureBefore } = event;
      // From the outbox's JSON it may still be text.
      const time = captureBefore === null ? null : renderTime(new Date(captureBefore));
      return { type: 'payment.authorized', payload: { ...payment, capture_before: time } };
    }
    case 'expiring':
      return {
        type: 'payment.expiring',
        payload: { ...payment, capture_before: renderTime(new Date(event.captureBefore)) },
      };
    case 'runner_named':
      return { type: 'payment.runner_named', payload: payment };
    case 'released': {
      const transfer_id = event.terms?.transfer?.stripeTransferId ?? null;
      const received = { received_minor: event.receivedMinor, transfer_id };
      return { type: 'payment.released', payload: { ...payment, ...received } };
    }
    case 'reverted': {
      const { revertMethod: revert_method, reason } = event;
      return { type: 'payment.reverted', payload: { ...payment, revert_method, reason } };
    }
    case 'failed':
      return { type: 'payment.failed', payload: failureOf(announcement, event.failure) };
    case 'requires_action':
      return { type: 'payment.requires_action', payload: payment };
    case 'refund_pending': {
      const refund = refundTold('pending', event);
      return { type: 'payment.refund_pending', payload: { ...payment, refund } };
    }
    case 'refunded': {
      const refund = refundTold('succeeded', event);
      const refunded_minor = event.refundedMinor;
      return { type: 'payment.refunded', payload: { ...payment, refund, refunded_minor } };
    }
    case 'refund_failed': {
      const refund = refundTold(event.ended ?? 'failed', event);
      const refunded_minor = event.refundedMinor;
      return { type: 'payment.refund_failed', payload: { ...payment, refund, refunded_minor } };
    }
    case 'transfer_owed':
    case 'transfer_sent':
    case 'transfer_waiting':
    case 'transfer_reversed':
    case 'runner_debt':
      return contentOfTransfer(event, payment);
    case 'disputed':
      return {
        type: 'payment.disputed',
        payload: { ...payment, dispute: disputeOf(event.dispute) },
      };
    case 'dispute_closed':
      return {
        type: 'payment.dispute_closed',
        payload: { ...payment, dispute: disputeOf(event.dispute) },
      };
    case 'review_needed':
      return { type: 'payment.review_needed', payload: { ...payment, reason: event.reason } };
    case 'reviewed':
      return { type: 'payment.reviewed', payload: { ...payment, note: event.note } };
    default:
      return unreachable(event);
  }
}

type TransferEvent = Extract<PaymentEvent, { readonly transfer: Transfer }>;

function contentOfTransfer(
  event: TransferEvent,
  payment: ReturnType<typeof paymentOf> & { readonly version: number },
): Content {
  const transfer = transferTold(event.transfer);
  const payload = { ...payment, transfer };
  switch (event.type) {
    case 'transfer_reversed': {
      const reversal = { amount_minor: event.amountMinor };
      return { type: 'payment.transfer_reversed', payload: { ...payload, reversal } };
    }
    case 'runner_debt': {
      const debt = debtTold(event, payment.currency);
      return { type: 'payment.runner_debt', payload: { ...payload, debt } };
    }
    default:
      return { type: `payment.${event.type}`, payload };
  }
}

function disputeOf({ disputeId, status, reason, amountMinor }: Dispute) {
  return { dispute_id: disputeId, status, reason, amount_minor: amountMinor };
}

function failureOf(announcement: Announcement, failure: HoldFailure): PayloadOf<'payment.failed'> {
  const { paymentId, orderId, paymentIntentId, status, version } = announcement;
  const { code, description } = failedHold({ failure }, paymentIntentId);
  return {
    error: code,
    message: description,
    ...(isOwnFailure(failure.code) ? {} : { stripe_code: failure.code }),
    ...(failure.declineCode === null ? {} : { decline_code: failure.declineCode }),
    payment_id: paymentId,
    order_id: orderId,
    status,
    version,
  };
}

function contentOfReply({ reply }: Reply): Content {
  if (reply.type === 'refused') {
    const { error, message, stripeCode, declineCode, issues, payment } = reply;
    const paymentId = payment?.paymentId ?? reply.paymentId;
    const orderId = payment?.orderId ?? reply.orderId;
    const payload: PayloadOf<'payment.failed'> = {
      error,
      message,
      ...(stripeCode === null || isOwnFailure(stripeCode) ? {} : { stripe_code: stripeCode }),
      ...(declineCode === null ? {} : { decline_code: declineCode }),
      ...(paymentId === null ? {} : { payment_id: paymentId }),
      ...(orderId === null ? {} : { order_id: orderId }),
      ...(payment === null ? {} : { status: payment.status }),
      ...(issues === null ? {} : { issues: issues.map((issue) => ({ ...issue })) }),
      version: null,
    };
    return { type: 'payment.failed', payload };
  }
  const payment = { ...paymentOf(reply.payment), version: null };
  switch (reply.type) {
    case 'authorized':
      return { type: 'payment.authorized', payload: payment };
    case 'released': {
      const transfer_id = reply.stripeTransferId ?? null;
      return { type: 'payment.released', payload: { ...payment, transfer_id } };
    }
    case 'reverted':
      return { type: 'payment.reverted', payload: payment };
    case 'refunded': {
      const refund = repeatedRefundTold(reply.refund);
      return { type: 'payment.refunded', payload: { ...payment, refund } };
    }
    default:
      return unreachable(reply);
  }
}

function paymentOf(facts: PaymentFacts) {
  const { amountMinor, currency } = facts;
  return {
    payment_id: facts.paymentId,
    order_id: facts.orderId,
    customer_id: facts.customerId,
    runner_id: facts.runnerId,
    payment_intent_id: facts.paymentIntentId,
    status: facts.status,
    // Only what was checked once is announced.
    amount: toMajorNumber({ amountMinor, currency: currency as Currency }),
    amount_minor: amountMinor,
    currency,
  };
}
