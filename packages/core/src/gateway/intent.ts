import type { HoldFailure } from '../operation/operation.js';
import type { Headroom } from '../payment/payment.js';
import type { Dispute } from '../payment/taken.js';

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

/** Whose it is, as the metadata at Stripe says. */
export interface IntentOrigin {
  readonly installation: string | null;
  readonly paymentId: string | null;
  readonly orderId: string | null;
}

/** What became of one refund. A bank may take its time with a `pending` one, and say no then. */
export interface RefundSnapshot {
  readonly refundId: string;
  readonly status: 'pending' | 'succeeded' | 'failed' | 'canceled';
  readonly amountMinor: number;
  /** Why it failed, in the gateway's words; null for any other. */
  readonly failureReason: string | null;
  /** Which of the payment's refunds it is, as its metadata says; null or left out: none of ours. */
  readonly name?: string | null;
}

/** What the gateway said about one PaymentIntent. Amounts in minor units. */
export interface IntentSnapshot {
  readonly paymentIntentId: string;
  readonly origin: IntentOrigin;
  readonly status: IntentStatus;
  readonly amountMinor: number;
  /** ISO code, upper case. */
  readonly currency: string;
  readonly receivedMinor: number;
  /** What refunds were made for, those that are pending included. Null when this report did not tell. */
  readonly refundedMinor: number | null;
  /** Newest first, so many as the gateway shows. Null when this report did not tell. */
  readonly latestRefunds: readonly RefundSnapshot[] | null;
  /** The latest dispute; `untold`: there is one, and this report does not tell which. */
  readonly dispute: Dispute | 'untold' | null;
  readonly captureBefore: Date | null;
  /** `ch_...`: its latest charge; null or left out where the report does not tell. */
  readonly chargeId?: string | null;
  /** How much more than the hold may be taken; null or left out: no more. */
  readonly headroom?: Headroom | null;
  readonly stripeCustomerId: string | null;
  readonly failure: HoldFailure | null;
  /** Why it was canceled, in the gateway's words; `expired` when the hold lapsed. */
  readonly cancellationReason: string | null;
}

/** What tells how much of an intent was given back. */
type RefundFacts = Pick<IntentSnapshot, 'amountMinor' | 'receivedMinor' | 'refundedMinor'> &
  Partial<Pick<IntentSnapshot, 'latestRefunds'>>;

/**
 * What was given back: null when the report did not tell. What a bank may still refuse does not
 * count, nor does what was never captured: Stripe's older versions told that as refunded, too.
 */
export function givenBackMinor(intent: RefundFacts): number | null {
  const { amountMinor, receivedMinor, refundedMinor, latestRefunds } = intent;
  if (refundedMinor === null) return null;
  const letGoMinor = refundedMinor > receivedMinor ? amountMinor - receivedMinor : 0;
  return Math.max(0, refundedMinor - letGoMinor - pendingMinor(latestRefunds ?? []));
}

/** What is on its way back. */
export function pendingMinor(refunds: readonly RefundSnapshot[]): number {
  return refunds
    .filter(({ status }) => status === 'pending')
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}
