import type { Runtime } from '@campusg-pay/adapters';
import type { Fault, WebhookRefusal } from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { openDoor } from './door.js';

type Webhook = Parameters<Runtime['takeWebhook']>[0];

const taken: Webhook[] = [];
let outcome: Awaited<ReturnType<Runtime['takeWebhook']>> = ok('changed');
const door = await openDoor({
  config: { apiKeys: [{ name: 'web', key: 'a-key-of-16-chars' }] },
  takeWebhook: async (webhook) => {
    taken.push(webhook);
    return outcome;
  },
});
const PATH = '/api/stripe-webhook';

describe('the webhook endpoint', () => {
  it.each(['changed', 'unchanged', 'unmatched', 'ignored'] as const)(
    'an event that was %s is answered 200 without a body, and needs no API key',
    async (said) => {
      outcome = ok(said);
      const { status, text } = await door.post(PATH, '{}');
      expect([status, text]).toEqual([200, '']);
    },
  );

  it('the bytes and the signature arrive as they were sent, whatever the type', async () => {
    outcome = ok('changed');
    const bytes = Buffer.from('{ "id":\t"evt_1", "text": "ä\u0000\n" }\r\n');
    for (const type of ['application/json; charset=utf-8', 'text/plain', 'nonsense']) {
      await door.post(PATH, bytes, { 'content-type': type, 'stripe-signature': 't=1,v1=abc' });
      expect(taken.at(-1)?.rawBody.equals(bytes)).toBe(true);
      expect(taken.at(-1)?.signature).toBe('t=1,v1=abc');
    }
  });

  it('no body and no signature arrive as nothing', async () => {
    await door.post(PATH);
    expect(taken.at(-1)).toEqual({ rawBody: Buffer.alloc(0), signature: undefined });
  });

  it.each(['BadSignature', 'TooOld', 'FromTheFuture', 'NotAnEvent'] as const)(
    '%s is 400',
    async (type: WebhookRefusal['type']) => {
      outcome = err({ type });
      const { status, body } = await door.post(PATH, '{}');
      expect([status, body.error]).toEqual([400, 'webhook_refused']);
    },
  );

  it('without a secret it is 503, so that Stripe sends the event again', async () => {
    outcome = err({ type: 'NoWebhookSecret' });
    const { status, body } = await door.post(PATH, '{}');
    expect([status, body.error]).toEqual([503, 'webhook_not_configured']);
  });

  it.each<[Fault, string]>([
    [{ type: 'DatabaseUnavailable', reason: 'down' }, 'database_unavailable'],
    [
      { type: 'GatewayUnavailable', executed: 'unknown', reason: 'down', retryAfterMs: null },
      'gateway_unavailable',
    ],
  ])('%j is 503, so that Stripe sends the event again', async (fault, code) => {
    outcome = err(fault);
    const { status, body } = await door.post(PATH, '{}');
    expect([status, body.error]).toEqual([503, code]);
  });

  it('more than 1 MB is refused unseen', async () => {
    outcome = ok('changed');
    const before = taken.length;
    const { status, body } = await door.post(PATH, 'x'.repeat(1_048_577));
    expect([status, body.error]).toEqual([413, 'body_too_large']);
    expect(body.description).toContain('1048576 bytes');
    expect(taken.length).toBe(before);
    expect((await door.post(PATH, 'x'.repeat(1_048_576))).status).toBe(200);
  });

  it('a packed body is refused: the signature is over the bytes as they are', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
    expect((await door.post(PATH, 'x', headers)).status).toBe(415);
  });
});
