import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Stripe from 'stripe';

/** The API version that this code was written and tested against. */
const STRIPE_API_VERSION = '2026-10-28.endive';

export interface StripeClientOptions {
  readonly secretKey: string;
  /** Another Stripe-shaped endpoint; null is Stripe itself. */
  readonly apiBase: URL | null;
  /** Longest silence on the socket, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * The SDK, set up to make each call once: retries are decided by the operation journal. (The SDK
 * still repeats a call whose connection closed before the headers came, under the same key.)
 */
export function createStripeClient({ secretKey, apiBase, timeoutMs }: StripeClientOptions): Stripe {
  const plain = apiBase?.protocol === 'http:';
  const agentOptions = { keepAlive: true, maxSockets: 256 };
  return new Stripe(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    maxNetworkRetries: 0,
    timeout: timeoutMs,
    telemetry: false,
    httpAgent: plain ? new HttpAgent(agentOptions) : new HttpsAgent(agentOptions),
    ...(apiBase === null
      ? {}
      : {
          protocol: plain ? ('http' as const) : ('https' as const),
          host: apiBase.hostname.replace(/^\[|\]$/g, ''),
          port: apiBase.port === '' ? (plain ? 80 : 443) : Number(apiBase.port),
        }),
  });
}

/** The call outlived its own deadline; whether Stripe did it is not known. */
export class DeadlineExceeded extends Error {
  constructor(deadlineMs: number) {
    super(`no answer within ${deadlineMs} ms`);
  }
}

/** Bounds a call in time: the SDK's timeout only watches for silence on the socket. */
export async function within<T>(deadlineMs: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineExceeded(deadlineMs)), deadlineMs);
  });
  try {
    return await Promise.race([call, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
