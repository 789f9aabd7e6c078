import type { FeePolicy } from './money/fees.js';
import type { Clawback } from './payment/clawback.js';
import type { LapsePolicy } from './payment/lapse-policy.js';

/**
 * How long the use cases wait, and for what; every time is in milliseconds. There are no defaults
 * here: what is named below is what the service sets.
 */
export interface EscrowSettings {
  /**
   * How long whoever opens an operation has to finish it before others may take over. More than
   * three times as long as one gateway call may take: the longest chain under one lease makes the
   * customer, asks for the hold, and retrieves the PaymentIntent after a refusal.
   *
   * The service: `3 * STRIPE_TIMEOUT_MS + 5_000`.
   */
  readonly leaseMs: number;
  /**
   * How long after the authorize a customer may authenticate before the payment is called off. More
   * than a bank gives for a 3D Secure challenge, which is minutes.
   *
   * The service: `3_600_000`, an hour.
   */
  readonly abandonAfterMs: number;
  /**
   * Where Stripe sends customers back to from their bank's page when a command names no place. Without
   * any, Stripe has no such page, and the customer can authenticate with Stripe.js only. Written down
   * with the payment, so that a repeated call is the same. Asked for each time: the service knows a page
   * of its own only once it listens.
   *
   * The service: `RETURN_URL`; outside production else a page of its own.
   *
   * @default no place
   */
  readonly returnUrl?: () => string | null;
  /** What is done about holds that are about to lapse. */
  readonly lapse: LapsePolicy;
  /**
   * What the platform keeps of a release that names no fee.
   *
   * The service: `PLATFORM_FEE_PERCENT`, `PLATFORM_FEE_FIXED`, `PLATFORM_FEE_ON_TIP`.
   *
   * @default nothing
   */
  readonly fees?: FeePolicy;
  /**
   * Who bears what is given back once the runner was paid. The service: `CLAWBACK`.
   *
   * @default 'proportional'
   */
  readonly clawback?: Clawback;
  /**
   * How long a release waits for its transfer, in milliseconds, before it answers without: the
   * background goes on with it.
   *
   * @default 3_000
   */
  readonly transferWaitMs?: number;
  /**
   * How long a command waits for its end before it says "processing": a repeated one for the first
   * one, and one whose call ended in doubt for a clear answer. 0: it
   * does not wait. Less than the time after which your own callers give up.
   *
   * The service: `5_000`.
   */
  readonly waitMs: number;
  /**
   * How often a command asks Stripe what came of a call in doubt, within `waitMs`. 0: one whose own
   * call ended in doubt leaves that to others; a repeat asks once.
   */
  readonly looksAtOnce: number;
}
