import type {
  CustomerAction,
  Dispute,
  Headroom,
  HoldFailure,
  IntentOrigin,
  IntentSnapshot,
  IntentStatus,
  RefundSnapshot,
} from '@campusg-pay/core';
import type { ReadDispute, ReadIntent, ReadRefund } from './shapes.js';

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
export function toSnapshot(intent: ReadIntent): IntentSnapshot {
  const charge = intent.latest_charge;
  return {
    paymentIntentId: intent.id,
    origin: originOf(intent),
    // Stripe's list is open: it may add statuses, and then we wait for one that we know.
    status: KNOWN_STATUSES.has(intent.status) ? (intent.status as IntentStatus) : 'unknown',
    amountMinor: intent.amount,
    currency: intent.currency,
    receivedMinor: intent.amount_received,
    refundedMinor: charge?.amount_refunded ?? null,
    latestRefunds: charge?.refunds?.data.map(toRefund) ?? null,
    dispute: charge?.disputed === true ? 'untold' : null,
    captureBefore: charge?.payment_method_details?.card?.capture_before ?? null,
    headroom: headroomOf(intent),
    chargeId: charge?.id ?? null,
    stripeCustomerId: intent.customer,
    failure: failureOf(intent),
    cancellationReason: intent.cancellation_reason,
  };
}

export function toRefund(read: ReadRefund): RefundSnapshot {
  const { id: refundId, status, amount: amountMinor, failure_reason: reason } = read;
  const name = read.metadata?.refund_id ?? null;
  return { refundId, status, amountMinor, failureReason: reason ?? null, name };
}

export function toDispute(read: ReadDispute): Dispute {
  const { id: disputeId, status, reason, amount, evidence_details: evidence } = read;
  const dueBy = evidence?.due_by?.toISOString();
  const told = { disputeId, status, reason, amountMinor: amount };
  return dueBy === undefined ? told : { ...told, dueBy };
}

function originOf({ metadata }: ReadIntent): IntentOrigin {
  return {
    installation: metadata.installation,
    paymentId: metadata.payment_id,
    orderId: metadata.order_id,
  };
}

/** How much more than the hold the card allows; null: no more. */
function headroomOf({ amount, latest_charge: charge }: ReadIntent): Headroom | null {
  const { overcapture, incremental_authorization: raise } =
    charge?.payment_method_details?.card ?? {};
  const isOver = overcapture?.status === 'available';
  const maximumMinor = isOver ? Math.max(amount, overcapture.maximum_amount_capturable) : amount;
  const canRaise = raise?.status === 'available';
  return maximumMinor > amount || canRaise ? { maximumMinor, canRaise } : null;
}

/** What the customer must do, or null. The secret is for the caller only. */
export function toAction(intent: ReadIntent): CustomerAction | null {
  if (intent.status !== 'requires_action') return null;
  return {
    clientSecret: intent.client_secret ?? null,
    redirectUrl: intent.next_action?.redirect_to_url?.url ?? null,
  };
}

function failureOf({ last_payment_error: error }: ReadIntent): HoldFailure | null {
  if (error === null) return null;
  return {
    code: error.code ?? 'card_error',
    declineCode: error.decline_code ?? null,
    message: error.message ?? 'The payment was not accepted.',
  };
}
