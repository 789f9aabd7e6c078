/** An answer of the service: its HTTP status and its JSON body. */
export interface ServiceAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * The few calls the demo makes, over the same HTTP that everybody uses. Each throws where nothing
 * answers in time, or something else than CampusG Pay.
 */
export interface ServiceClient {
  authorize(orderId: string, card: string): Promise<ServiceAnswer>;
  release(orderId: string): Promise<ServiceAnswer>;
  revert(orderId: string): Promise<ServiceAnswer>;
  status(orderId: string): Promise<ServiceAnswer>;
}

/** 20.98 USD, as in the guide. */
const AMOUNT_MINOR = 2098;

/** Longer than the service itself waits for Stripe. */
const PATIENCE_MS = 60_000;

/** A client of the service at a URL, until `ending` is aborted. */
export function createApi(service: {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly ending: AbortSignal;
}): ServiceClient {
  const { url, apiKey, ending } = service;
  const call = async (method: string, path: string, body?: object): Promise<ServiceAnswer> => {
    const reply = await fetch(new URL(path, url), {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([ending, AbortSignal.timeout(PATIENCE_MS)]),
    });
    if (reply.status === 401) throw new Error('it wants an API key of its own (--api-key)');
    return { status: reply.status, body: objectIn(await reply.text()) };
  };
  return {
    authorize: (orderId, card) =>
      call('POST', `/api/payment/${orderId}/authorize`, {
        customer: { clerkUserId: 'user_demo', userStripeCard: { payment_method_id: card } },
        order: {
          amount: AMOUNT_MINOR,
          currency: 'USD',
          description: `Order with ID ${orderId} - CampusG Escrow`,
        },
        return_url: new URL('/health', url).href,
      }),
    release: (orderId) =>
      call('POST', `/api/payment/${orderId}/release`, { runnerId: 'user_demo_runner' }),
    revert: (orderId) =>
      call('POST', `/api/payment/${orderId}/revert`, { reason: 'the kitchen closed early' }),
    status: (orderId) => call('GET', `/api/payment/${orderId}/status`),
  };
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return { ...parsed };
  } catch {
    // Not JSON: said below.
  }
  throw new Error('what answers there is not CampusG Pay');
}
