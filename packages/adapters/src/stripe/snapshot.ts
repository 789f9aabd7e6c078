import type {
  CustomerAction,
  HoldFailure,
  IntentOrigin,
  IntentSnapshot,
  IntentStatus,
} from '@campusg-pay/core';
import type Stripe from 'stripe';

const KNOWN_STATUSES: ReadonlySet<string> = new Set<IntentStatus>([
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'processing',
  'requires_capture',
  'succeeded',
  'canceled',
]);

/** A PaymentIntent in the core's words. What only an expanded `latest_charge` tells may be null. */
export function toSnapshot(intent: Stripe.PaymentIntent): IntentSnapshot {
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null;
  const captureBefore = charge?.payment_method_details?.card?.capture_before;
  return {
    paymentIntentId: intent.id,
    origin: originOf(intent),
    // Stripe's list is open: it may add statuses, and then we wait for one that we know.
    status: KNOWN_STATUSES.has(intent.status) ? (intent.status as IntentStatus) : 'unknown',
    amountMinor: intent.amount,
    currency: intent.currency.toUpperCase(),
    receivedMinor: intent.amount_received,
    refundedMinor: charge?.amount_refunded ?? null,
    captureBefore: captureBefore === undefined ? null : new Date(captureBefore * 1000),
    stripeCustomerId: idOf(intent.customer),
    failure: failureOf(intent),
    cancellationReason: intent.cancellation_reason,
  };
}

function originOf({ metadata }: Stripe.PaymentIntent): IntentOrigin {
  return {
    installation: metadata.installation ?? null,
    paymentId: metadata.payment_id ?? null,
    orderId: metadata.order_id ?? null,
  };
}

/** What the customer must do, or null. The secret is for the caller only. */
export function toAction(intent: Stripe.PaymentIntent): CustomerAction | null {
  if (intent.status !== 'requires_action') return null;
  return {
    clientSecret: intent.client_secret,
    redirectUrl: intent.next_action?.redirect_to_url?.url ?? null,
  };
}

/** The id of something that Stripe sends either as an id or as the whole object. */
export function idOf(value: string | { readonly id: string } | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : value.id;
}

function failureOf({ last_payment_error: error }: Stripe.PaymentIntent): HoldFailure | null {
  if (error === null) return null;
  return {
    code: error.code ?? 'card_error',
    declineCode: error.decline_code ?? null,
    message: error.message ?? 'The payment was not accepted.',
  };
}
