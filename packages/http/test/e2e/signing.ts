import { createHmac, randomUUID } from 'node:crypto';
import { type Service, WEBHOOK_SECRET } from './world.js';

/** Stripe's signature of a payload; `at` in milliseconds. */
export function signed(payload: string, { secret = WEBHOOK_SECRET, at = Date.now() } = {}): string {
  const seconds = Math.floor(at / 1000);
  const mac = createHmac('sha256', secret).update(`${seconds}.${payload}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}

/** An event as Stripe would send it. */
export function eventOf(type: string, object: object, id = `evt_${randomUUID()}`): string {
  return JSON.stringify({
    id,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: Math.floor(Date.now() / 1000),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  });
}

/** Sends a webhook with these headers, or properly signed. */
export function sendWebhook(to: Service, payload: string, headers?: Record<string, string>) {
  return to.post('/api/stripe-webhook', payload, {
    'content-type': 'application/json; charset=utf-8',
    ...(headers ?? { 'stripe-signature': signed(payload) }),
  });
}
