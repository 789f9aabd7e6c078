import type { HoldFailure } from '../operation/operation.js';

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

/** What the gateway said about one PaymentIntent. Amounts in minor units. */
export interface IntentSnapshot {
  readonly paymentIntentId: string;
  readonly origin: IntentOrigin;
  readonly status: IntentStatus;
  readonly amountMinor: number;
  /** ISO code, upper case. */
  readonly currency: string;
  readonly receivedMinor: number;
  /** Null when this report did not tell. */
  readonly refundedMinor: number | null;
  readonly captureBefore: Date | null;
  readonly stripeCustomerId: string | null;
  readonly failure: HoldFailure | null;
  /** Why it was canceled, in the gateway's words; `expired` when the hold lapsed. */
  readonly cancellationReason: string | null;
}
