import type { Report, WebhookReport } from '@campusg-pay/core';
import {
  eventData,
  eventEnvelope,
  eventIntent,
  shownCharge,
  shownDispute,
  shownOnIntent,
  shownRefund,
  tryRead,
  withIntentId,
} from './shapes.js';
import { toDispute, toRefund, toSnapshot } from './snapshot.js';

/** An event that is taken note of and no more. */
export interface PassedOver {
  /** Its type. */
  readonly ignored: string;
  readonly eventId: string;
  /**
   * `no_intent`: of a kind that we listen to, about no PaymentIntent. `unreadable`: so is this, and we
   * can't say which PaymentIntent it is about.
   */
  readonly cause: 'unknown_kind' | 'thin' | 'no_intent' | 'unreadable';
}

/** An event: a report on a PaymentIntent, or something that is no concern of ours. */
export type ReadWebhook = WebhookReport | PassedOver;

/** What an event means for a payment, however it came; null for what is no event of Stripe's. */
export function readEvent(came: unknown): ReadWebhook | null {
  const envelope = tryRead(eventEnvelope, came);
  if (envelope.isErr()) return null;
  const { id, type, object: kind } = envelope.value;
  const passOver = (cause: PassedOver['cause']): PassedOver => ({
    ignored: type,
    eventId: id,
    cause,
  });
  if (kind !== 'event') return passOver('thin');
  const read = READERS.get(type);
  if (read === undefined) return passOver('unknown_kind');
  const object = tryRead(eventData, came).map(({ data }) => data.object);
  const told = object.isErr() ? 'unreadable' : read(object.value, type);
  return typeof told === 'string' ? passOver(told) : { event: { id, type }, ...told };
}

type Told = Omit<WebhookReport, 'event'> | 'no_intent' | 'unreadable';

const READERS = new Map<string, (object: unknown, type: string) => Told>([
  ['payment_intent.succeeded', onIntent],
  ['payment_intent.canceled', onIntent],
  ['payment_intent.payment_failed', onIntent],
  ['payment_intent.amount_capturable_updated', onIntent],
  ['payment_intent.requires_action', onIntent],
  ['charge.expired', onCharge],
  ['charge.refunded', onCharge],
  ['refund.failed', onRefund],
  ['refund.updated', onRefund],
  ['charge.refund.updated', onRefund],
  ['charge.dispute.created', onDispute],
  ['charge.dispute.updated', onDispute],
  ['charge.dispute.closed', onDispute],
  ['charge.dispute.funds_withdrawn', onDispute],
  ['charge.dispute.funds_reinstated', onDispute],
]);

/** As long as it says which PaymentIntent it is about, Stripe can be asked the rest. */
function onIntent(object: unknown, type: string): Told {
  const intent = tryRead(eventIntent, object);
  if (intent.isErr()) {
    const named = tryRead(withIntentId, object);
    return named.isOk() ? hint(named.value.id, `${type}, which could not be read`) : 'unreadable';
  }
  const report: Report = {
    type: 'intent',
    intent: toSnapshot(intent.value),
    authoritative: false,
    refused: null,
  };
  return { payment: { paymentIntentId: intent.value.id }, report };
}

function onCharge(object: unknown, type: string): Told {
  const charge = tryRead(shownCharge, object);
  if (charge.isErr()) return 'unreadable';
  const { payment_intent: paymentIntentId } = charge.value;
  return paymentIntentId === null ? 'no_intent' : hint(paymentIntentId, type);
}

function onRefund(object: unknown, type: string): Told {
  const read = tryRead(shownRefund, object);
  if (read.isErr()) return onUnreadable(object, type);
  const { payment_intent: paymentIntentId, ...refund } = read.value;
  if (paymentIntentId === null) return 'no_intent';
  const report: Report = { type: 'refund', paymentIntentId, refund: toRefund(refund) };
  return { payment: { paymentIntentId }, report };
}

function onDispute(object: unknown, type: string): Told {
  const read = tryRead(shownDispute, object);
  if (read.isErr()) return onUnreadable(object, type);
  const { payment_intent: paymentIntentId, ...dispute } = read.value;
  if (paymentIntentId === null) return 'no_intent';
  const report: Report = { type: 'dispute', paymentIntentId, dispute: toDispute(dispute) };
  return { payment: { paymentIntentId }, report };
}

/** What names a PaymentIntent, and nothing else that we know. */
function onUnreadable(object: unknown, type: string): Told {
  const named = tryRead(shownOnIntent, object);
  if (named.isErr()) return 'unreadable';
  const { payment_intent: paymentIntentId } = named.value;
  return paymentIntentId === null
    ? 'no_intent'
    : hint(paymentIntentId, `${type}, which could not be read`);
}

function hint(paymentIntentId: string, because: string): Told {
  return { payment: { paymentIntentId }, report: { type: 'hint', paymentIntentId, because } };
}
