import {
  type CallLimits,
  createCallLimits,
  type PaymentGateway,
  type Urgency,
} from '@campusg-pay/core';
import { usualLimits } from './account-limits.js';
import { type CircuitOptions, createCircuit } from './circuit.js';
import { createStripeClient } from './client.js';
import type { GatewayCallNote } from './exchange.js';
import { createStripeGateway } from './stripe-gateway.js';
import { turnTimer } from './turn-timer.js';
import { turnsOf, UNLIMITED } from './turns.js';

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
  /**
   * When each call may be made, as `createCallLimits` of core says it; null: at once.
   *
   * @default what Stripe allows by default, for this process alone; nothing with another `apiBase`
   */
  readonly limits?: CallLimits | null;
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

/** One way to Stripe, for all who wait for it. */
export interface StripeConnection {
  /** The gateway for calls for which somebody waits with that urgency. */
  as(urgency: Urgency): PaymentGateway;
}

/** The gateway on Stripe with all that belongs before it: keep-alive, own deadline, limits, circuit. */
export function connectStripe(options: StripeConnectionOptions): PaymentGateway {
  return openConnection(options).as('customer');
}

/** The same for several who wait with different urgency: they share the limits and the circuit. */
export function openConnection(options: StripeConnectionOptions): StripeConnection {
  const { secretKey, apiBase = null, timeoutMs = TIMEOUT_MS, onCall } = options;
  const stripe = createStripeClient({ secretKey, apiBase, timeoutMs });
  const circuit = createCircuit({ ...DEFAULT_CIRCUIT, ...options.circuit });
  const { limits = ownLimits(secretKey, apiBase) } = options;
  return {
    as: (urgency) =>
      createStripeGateway({
        stripe,
        deadlineMs: timeoutMs,
        circuit,
        turns: limits === null ? UNLIMITED : turnsOf(limits, urgency),
        ...(onCall === undefined ? {} : { onCall }),
      }),
  };
}

function ownLimits(secretKey: string, apiBase: URL | null): CallLimits | null {
  const usual = usualLimits({ secretKey, apiBase });
  return usual && createCallLimits({ ...usual, timer: turnTimer, shared: null });
}
