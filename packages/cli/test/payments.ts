import { randomUUID } from 'node:crypto';

/** An answer of the service. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export function newOrder(): string {
  return `order_${randomUUID().slice(0, 8)}`;
}

export function authorize(url: string, orderId: string): Promise<Answer> {
  return call(`${url}/api/payment/${orderId}/authorize`, {
    customer: {
      // Of this order only: a database remembers the customers of the Stripe that it had before.
      clerkUserId: `user_of_${orderId}`,
      userStripeCard: { payment_method_id: 'pm_card_visa' },
    },
    order: { amount: 2098 },
  });
}

export function release(url: string, orderId: string): Promise<Answer> {
  return call(`${url}/api/payment/${orderId}/release`, { runnerId: 'user_2' });
}

export async function statusOf(url: string, orderId: string): Promise<unknown> {
  const { body } = await call(`${url}/api/payment/${orderId}/status`);
  const { payment } = body;
  return typeof payment === 'object' && payment !== null && 'status' in payment
    ? payment.status
    : null;
}

export async function isHealthy(url: string): Promise<boolean> {
  const { status, body } = await call(`${url}/health`);
  return status === 200 && body.status === 'healthy';
}

async function call(url: string, body?: object): Promise<Answer> {
  const reply = await fetch(
    url,
    body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        },
  );
  const parsed: unknown = await reply.json();
  return { status: reply.status, body: { ...Object(parsed) } };
}
