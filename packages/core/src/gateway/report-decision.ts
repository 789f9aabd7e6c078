import type { Payment } from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';

/** Steps to take, or `ask`: the report does not tell enough, so retrieve the PaymentIntent. */
export type ReportDecision =
  | { readonly steps: readonly Step[] }
  | { readonly ask: { readonly paymentIntentId: string; readonly because: string } };

/** There is nothing to do. */
export const NOTHING: ReportDecision = { steps: [] };

/** Marks the payment for a person, once per reason. */
export function flag(payment: Payment, reason: string): ReportDecision {
  return payment.review === reason ? NOTHING : { steps: [{ type: 'review_needed', reason }] };
}
