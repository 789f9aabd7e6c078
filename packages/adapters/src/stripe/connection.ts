import type { PaymentGateway } from '@campusg-pay/core';
import { type CircuitOptions, createCircuit } from './circuit.js';
import { createStripeClient } from './client.js';
import type { GatewayCallNote } from './exchange.js';
import { createStripeGateway } from './stripe-gateway.js';

/** Whom the gateway asks, as whom, and for how long. */
export interface StripeConnectionOptions {
  /** `sk_test_...`, `sk_live_...` or a restricted key. A secret: it is never logged. */
  readonly secretKey: string;
  /**
   * Another endpoint that speaks like Stripe, e.g. `http://127.0.0.1:12111`.
   *
   * @default null, which is Stripe itself
   */
  readonly apiBase?: URL | null;
  /**
   * Longest time that a call may take in all, in milliseconds, waiting for its turn included.
   * Core's `leaseMs` must be more than three times as long.
   *
   * @default 20_000
   */
  readonly timeoutMs?: number;
  /** What differs from the defaults that {@link CircuitOptions} names. */
  readonly circuit?: Partial<CircuitOptions>;
  /** Told after each call, for logs and metrics; never anything secret. */
  readonly onCall?: (note: GatewayCallNote) => void;
}

/**
 * Twice as many calls at once as Stripe allows in a second (25 for each endpoint by default,
 * docs.stripe.com/rate-limits); a dozen outages in a row are no coincidence. Whether Stripe is back
 * is tried once a second: what is in doubt waits for it.
 */
const DEFAULT_CIRCUIT: CircuitOptions = {
  concurrency: 50,
  queue: 200,
  outages: 12,
  restMs: 1_000,
};

const TIMEOUT_MS = 20_000;

/** The gateway on Stripe with all that belongs before it: keep-alive, own deadline, circuit. */
export function connectStripe(options: StripeConnectionOptions): PaymentGateway {
  const { secretKey, apiBase = null, timeoutMs = TIMEOUT_MS, circuit, onCall } = options;
  return createStripeGateway({
    stripe: createStripeClient({ secretKey, apiBase, timeoutMs }),
    deadlineMs: timeoutMs,
    circuit: createCircuit({ ...DEFAULT_CIRCUIT, ...circuit }),
    ...(onCall === undefined ? {} : { onCall }),
  });
}
