import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Stripe from 'stripe';
import { createHttpClient } from './http-client.js';
import { DeadlineExceeded } from './sdk-errors.js';

/** The API version that this code was written and tested against. */
const STRIPE_API_VERSION = '2026-10-28.endive';

/** Whom the SDK asks, and as whom. */
export interface StripeClientOptions {
  /** `sk_test_...`, `sk_live_...` or a restricted key. A secret: it is never logged. */
  readonly secretKey: string;
  /** Another endpoint that speaks like Stripe; null: Stripe itself. */
  readonly apiBase: URL | null;
  /** Longest silence on the socket, in milliseconds; more than 0. */
  readonly timeoutMs: number;
}

/** The SDK, set up to make each call once: repeats are decided by the circuit and the journal. */
export function createStripeClient({ secretKey, apiBase, timeoutMs }: StripeClientOptions): Stripe {
  const plain = apiBase?.protocol === 'http:';
  const agentOptions = { keepAlive: true, maxSockets: 256 };
  const stripe = new Stripe(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    maxNetworkRetries: 0,
    timeout: timeoutMs,
    telemetry: false,
    httpClient: createHttpClient(
      plain ? new HttpAgent(agentOptions) : new HttpsAgent(agentOptions),
    ),
    ...(apiBase === null
      ? {}
      : {
          protocol: plain ? ('http' as const) : ('https' as const),
          host: apiBase.hostname.replace(/^\[|\]$/g, ''),
          port: apiBase.port === '' ? (plain ? 80 : 443) : Number(apiBase.port),
        }),
  });
  // The SDK puts together anew for each call what it says of itself.
  stripe.getClientUserAgent((itself) => {
    stripe.getClientUserAgent = (take) => take(itself);
  });
  return stripe;
}

/**
 * Begins a call without taking down where it was begun: the SDK does for every call, for the error
 * that it may throw, and nobody here reads the stack of one. A third of what a call costs.
 */
export function untraced<T>(begin: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return begin();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Bounds a call in time: the SDK's timeout only watches for silence on the socket.
 *
 * @param onError told what ended it badly, which is thrown all the same
 */
export async function within<T>(
  deadlineMs: number,
  call: Promise<T>,
  onError?: (error: unknown) => void,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineExceeded(deadlineMs)), deadlineMs);
  });
  try {
    return await Promise.race([call, deadline]);
  } catch (error) {
    onError?.(error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
