import type { CustomerAction } from '../gateway/payment-gateway.js';
import type { RefusedCall } from '../gateway/report.js';
import type { Payment } from '../payment/payment.js';
import type { Fault } from '../ports.js';
import type { HoldFailure } from './operation.js';

/** Where a payment stands after its open calls were made, as far as that went. */
export interface Execution {
  readonly payment: Payment;
  /** What the customer must do, when Stripe has just said so. */
  readonly action: CustomerAction | null;
  /** Why the last call did not come to an answer, or why its answer is not written down yet. */
  readonly fault: Fault | null;
  /**
   * Nothing was done and nothing will be: what this command had written down is withdrawn. With a
   * `fault` it may be asked for again; with `rejected` Stripe will never do it.
   */
  readonly withdrawn: boolean;
  /** Why Stripe definitely refused the last call, or null. */
  readonly refused: RefusedCall | null;
  /** Why Stripe would not even make a PaymentIntent, or null. */
  readonly rejected: Rejection | null;
}

/** Stripe's no to the request itself; `param` is what it names as the cause. */
export interface Rejection {
  readonly failure: HoldFailure;
  readonly param: string | null;
}

/** What is known of calls that were just made. */
export function executionOf(
  payment: Payment,
  known: Partial<Omit<Execution, 'payment'>> = {},
): Execution {
  const nothing = { action: null, fault: null, withdrawn: false, refused: null, rejected: null };
  return Object.assign({ payment }, nothing, known);
}
