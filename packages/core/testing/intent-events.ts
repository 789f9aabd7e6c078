import type { Report } from '@campusg-pay/core';
import { type ModelIntent, snapshotOf } from './intents.js';

/** The webhooks Stripe sends when an intent has become what it is. */
export function eventsOf(before: ModelIntent | undefined, after: ModelIntent) {
  const events: { type: string; report: Report }[] = [];
  const type = eventTypeOf(before, after);
  if (type !== null) {
    const intent = snapshotOf(after, { charge: false });
    events.push({ type, report: { type: 'intent', intent, authoritative: false, refused: null } });
  }
  if (before !== undefined && before.refundedMinor !== after.refundedMinor) {
    const { paymentIntentId } = after;
    const because = 'charge.refunded';
    events.push({ type: because, report: { type: 'hint', paymentIntentId, because } });
  }
  return events;
}

function eventTypeOf(before: ModelIntent | undefined, after: ModelIntent): string | null {
  const failedAgain = after.failure !== null && after.failure !== before?.failure;
  if (before?.status === after.status && !failedAgain) return null;
  switch (after.status) {
    case 'requires_capture':
      return 'payment_intent.amount_capturable_updated';
    case 'requires_action':
      return 'payment_intent.requires_action';
    case 'requires_payment_method':
      return 'payment_intent.payment_failed';
    case 'succeeded':
      return 'payment_intent.succeeded';
    case 'canceled':
      return 'payment_intent.canceled';
    default:
      return null;
  }
}
