/** An answer of the service: its HTTP status and its JSON body. */
export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The few calls the demo makes, over the same HTTP that everybody uses. */
export interface Api {
  authorize(orderId: string, card: string): Promise<Reply>;
  release(orderId: string): Promise<Reply>;
  revert(orderId: string): Promise<Reply>;
  status(orderId: string): Promise<Reply>;
}

/** The demo's order: 20.98 USD, as in the guide. */
export const DEMO_AMOUNT_MINOR = 2098;

/** A client of the service at a URL. Throws where the service can't be reached. */
export function createApi({ url, apiKey }: { url: string; apiKey: string | undefined }): Api {
  const call = async (method: string, path: string, body?: object): Promise<Reply> => {
    const reply = await fetch(new URL(path, url), {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const parsed: unknown = await reply.json();
    const isObject = typeof parsed === 'object' && parsed !== null;
    return { status: reply.status, body: isObject ? (parsed as Record<string, unknown>) : {} };
  };
  return {
    authorize: (orderId, card) =>
      call('POST', `/api/payment/${orderId}/authorize`, {
        customer: { clerkUserId: 'user_demo', userStripeCard: { payment_method_id: card } },
        order: {
          amount: DEMO_AMOUNT_MINOR,
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
