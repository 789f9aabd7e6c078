import { type Config, entranceNames } from '@campusg-pay/adapters';
import type { Service } from './running-service.js';

/** What an operator or a newcomer wants to know first: where, with what, and what to try. */
export function banner({ url, embedded }: Service, config: Config): string {
  const facts = [
    ...embedded.map((part) => `embedded    ${part}`),
    ...configured(config).map((part) => `configured  ${part}`),
    ...warnings(config).map((warning) => `note        ${warning}`),
  ];
  return [
    `CampusG Pay listens on ${url}`,
    '',
    ...facts.map((fact) => `  ${fact}`),
    ...(isPlayground(config) ? ['', 'Hold a payment, release it, look at it:', ''] : []),
    ...(isPlayground(config) ? curlWalk(url) : []),
    '',
    `Ctrl-C stops it${embedded.length > 0 ? '; the data stays' : ''}.`,
    '',
  ].join('\n');
}

/** The parts that are not embedded, without their secrets. */
function configured({ databaseUrl, stripe }: Config): string[] {
  const parts: string[] = [];
  if (databaseUrl !== null) {
    const { at, database } = entranceNames(databaseUrl);
    parts.push(`Postgres at ${at}/${database}`);
  }
  if (stripe !== null) {
    const mode = isTestKey(stripe.secretKey) ? 'test mode' : 'LIVE mode: real money';
    parts.push(`Stripe at ${stripe.apiBase?.origin ?? 'api.stripe.com'}, ${mode}`);
  }
  return parts;
}

function warnings({ apiKeys, stripe }: Config): string[] {
  const found: string[] = [];
  if (stripe?.webhookSecrets.length === 0) {
    found.push('STRIPE_WEBHOOK_SECRET is not set: webhooks are refused, status asks Stripe');
  }
  if (apiKeys.length === 0) {
    found.push('API_KEYS is not set: every program on this machine may move money');
  }
  return found;
}

/** Whether Stripe's test cards work here and nobody has to show a key. */
function isPlayground({ apiKeys, stripe }: Config): boolean {
  return apiKeys.length === 0 && (stripe === null || isTestKey(stripe.secretKey));
}

function isTestKey(secretKey: string): boolean {
  return /^.._test_/.test(secretKey);
}

/** Three lines to paste. A fresh order and customer each time: the former ones are remembered. */
function curlWalk(url: string): string[] {
  const fresh = Date.now().toString(36);
  const payment = `${url}/api/payment/order_${fresh}`;
  const post = (command: string, body: object) =>
    `curl -sw '\\n' ${payment}/${command} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
  return [
    post('authorize', {
      customer: {
        clerkUserId: `user_${fresh}`,
        userStripeCard: { payment_method_id: 'pm_card_visa' },
      },
      order: { amount: 2098 },
    }),
    post('release', { runnerId: 'user_runner' }),
    `curl -sw '\\n' ${payment}/status`,
  ];
}
