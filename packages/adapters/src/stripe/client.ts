import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Stripe from 'stripe';
import { readBody } from './reply-body.js';
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
  return new Stripe(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    maxNetworkRetries: 0,
    timeout: timeoutMs,
    telemetry: false,
    httpClient: withReadableBodies(
      withoutHiddenRepeats(plain ? new HttpAgent(agentOptions) : new HttpsAgent(agentOptions)),
    ),
    ...(apiBase === null
      ? {}
      : {
          protocol: plain ? ('http' as const) : ('https' as const),
          host: apiBase.hostname.replace(/^\[|\]$/g, ''),
          port: apiBase.port === '' ? (plain ? 80 : 443) : Number(apiBase.port),
        }),
  });
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

/** The code of a connection that closed before the answer came. */
export const CONNECTION_CLOSED = 'CONNECTION_CLOSED';

/**
 * The SDK repeats a call whose connection closed, even when told not to, and then tells of the
 * repeat's end only: "refused" there would hide that the first try may have gone through. It knows
 * such connections by their code, so the code is replaced.
 */
function withoutHiddenRepeats(agent: HttpAgent | HttpsAgent) {
  const client = Stripe.createNodeHttpClient(agent);
  const makeRequest = client.makeRequest.bind(client);
  client.makeRequest = async (...request) => {
    try {
      return await makeRequest(...request);
    } catch (error) {
      const closed = error instanceof Error && 'code' in error && isClosed(error.code);
      if (!closed) throw error;
      throw Object.assign(new Error('connection closed', { cause: error }), {
        code: CONNECTION_CLOSED,
      });
    }
  };
  return client;
}

/**
 * The SDK takes every JSON for an object: text or a number ends the process, since it is thrown where
 * nobody can catch it. So bodies are checked before it sees them; what is thrown here it hands on.
 */
function withReadableBodies(client: ReturnType<typeof withoutHiddenRepeats>) {
  const makeRequest = client.makeRequest.bind(client);
  client.makeRequest = async (...request) => {
    const response = await makeRequest(...request);
    const toJson = response.toJSON.bind(response);
    response.toJSON = async () => readBody(response.getStatusCode(), toJson);
    return response;
  };
  return client;
}

function isClosed(code: unknown): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE';
}
