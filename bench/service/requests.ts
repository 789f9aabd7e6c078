import { createHmac } from 'node:crypto';

/** What a user can ask for. */
export type Command = 'authorize' | 'release' | 'revert' | 'status' | 'webhook';

export const WEBHOOK_SECRET = 'whsec_bench';

/** How many runners the orders are spread over. */
export const RUNNERS = 200;

const HOST = 'host: 127.0.0.1\r\nconnection: keep-alive\r\n';

/** The requests of one order, but for webhooks. `customer` and `runner` are whose it is, by number. */
export function requestOf(
  command: Exclude<Command, 'webhook'>,
  whose: {
    readonly order: string;
    readonly customer: number;
    readonly runner: number;
    readonly isCustomerTold: boolean;
    /** Further lines of the head. */
    readonly headers: string;
  },
): string {
  const { order, customer, runner, isCustomerTold, headers } = whose;
  const path = `/api/payment/${order}/${command}`;
  switch (command) {
    case 'authorize':
      return withBody(path, headers, {
        customer: {
          clerkUserId: `user_${customer}`,
          stripeCustomerId: isCustomerTold ? `cus_bench${customer}` : undefined,
          userStripeCard: { payment_method_id: 'pm_card_visa' },
        },
        order: { amount: 2098 },
      });
    case 'release':
      return withBody(path, headers, { runnerId: `runner_${runner}` });
    case 'revert':
      return withBody(path, headers, {});
    case 'status':
      return `GET ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`;
  }
}

/** Stripe's word that the hold stands, signed now. */
export function webhookRequest(eventId: string, intent: object): string {
  const created = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({
    id: eventId,
    object: 'event',
    api_version: '2026-10-28.endive',
    created,
    data: { object: intent },
    livemode: false,
    pending_webhooks: 1,
    request: { id: 'req_bench', idempotency_key: null },
    type: 'payment_intent.amount_capturable_updated',
  });
  const signature = createHmac('sha256', WEBHOOK_SECRET).update(`${created}.${body}`).digest('hex');
  const header = `stripe-signature: t=${created},v1=${signature}\r\n`;
  return withJson('/api/stripe-webhook', header, body);
}

function withBody(path: string, headers: string, body: object): string {
  return withJson(path, headers, JSON.stringify(body));
}

function withJson(path: string, headers: string, json: string): string {
  const length = Buffer.byteLength(json);
  const type = `content-type: application/json\r\ncontent-length: ${length}\r\n`;
  return `POST ${path} HTTP/1.1\r\n${HOST}${headers}${type}\r\n${json}`;
}
