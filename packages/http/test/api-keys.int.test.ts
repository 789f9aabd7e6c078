import type { DatabaseFault } from '@campusg-pay/adapters/postgres';
import { CARDS } from '@campusg-pay/core/testing';
import { err } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { createCounts } from '../src/rate-limit.js';
import { authorizeBody, openDoor } from './door.js';

const WEB = { name: 'web', key: 'web-key-0123456789' };
const OPS = { name: 'ops', key: 'ops-key-0123456789' };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('API keys', async () => {
  const door = await openDoor({ config: { apiKeys: [WEB, OPS] } });

  it.each([
    ['no header', {}],
    ['another scheme', { authorization: 'Basic d2ViOmtleQ==' }],
    ['no key', { authorization: 'Bearer ' }],
    ['two keys', { authorization: `Bearer ${WEB.key} ${OPS.key}` }],
    ['the key alone', { authorization: WEB.key }],
  ])('%s is 401, and says what to send', async (_what, headers) => {
    const { status, headers: answered, body } = await door.get('/api/payment/o/status', headers);
    expect([status, body.error]).toEqual([401, 'unauthorized']);
    expect(answered.get('www-authenticate')).toBe('Bearer realm="campusg-pay"');
    expect(door.asked).toEqual([]);
  });

  it.each([WEB.name, `${WEB.key}x`, WEB.key.slice(0, -1), WEB.key.toUpperCase(), `web:${WEB.key}`])(
    'the wrong key %s is 401',
    async (key) => {
      const { status, headers } = await door.get('/api/payment/o/status', bearer(key));
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(door.asked).toEqual([]);
    },
  );

  it('a request without a key is refused before its body is read', async () => {
    const { status } = await door.post('/api/payment/o/authorize', 'x'.repeat(200_000));
    expect(status).toBe(401);
  });

  it('what exists is not told without a key', async () => {
    expect((await door.get('/api/nothing')).status).toBe(401);
    expect((await door.get('/api/nothing', bearer(WEB.key))).status).toBe(404);
  });

  it('each key opens every route, and its name goes into the log', async () => {
    for (const { name, key } of [WEB, OPS]) {
      const { status } = await door.get('/api/payment/o/status', bearer(key));
      expect(status).toBe(404);
      await expect.poll(() => door.lines.at(-1)).toMatchObject({ caller: name, status: 404 });
    }
    const lower = { authorization: `bearer ${WEB.key}` };
    expect((await door.get('/api/payment/o/status', lower)).status).toBe(404);
  });

  it('health, the description and the webhook need none', async () => {
    expect((await door.get('/health')).status).toBe(200);
    expect((await door.get('/openapi.json')).status).toBe(200);
    expect((await door.post('/api/stripe-webhook', '{}')).status).toBe(200);
  });
});

describe('the rate limit', () => {
  it('refuses each caller for itself, and never Stripe or a health check', async () => {
    const config = { apiKeys: [WEB, OPS], rateLimitPerMinute: 3 };
    const door = await openDoor({ config });
    const ask = (key: string) => door.get('/api/payment/o/status', bearer(key));
    for (let count = 0; count < 3; count += 1) expect((await ask(WEB.key)).status).toBe(404);
    const { status, headers, body } = await ask(WEB.key);
    expect([status, body.error, body.retryable]).toEqual([429, 'rate_limited', true]);
    const seconds = Number(headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect((await ask(OPS.key)).status).toBe(404);
    for (let count = 0; count < 5; count += 1) {
      expect((await door.get('/health')).status).toBe(200);
      expect((await door.post('/api/stripe-webhook', '{}')).status).toBe(200);
    }
  });

  it('counts guesses at keys by address', async () => {
    const door = await openDoor({ config: { apiKeys: [WEB], rateLimitPerMinute: 2 } });
    const guess = () => door.get('/api/payment/o/status', bearer(`guess-${Math.random()}`));
    expect((await guess()).status).toBe(401);
    expect((await guess()).status).toBe(401);
    expect((await guess()).status).toBe(429);
    expect((await door.get('/api/payment/o/status', bearer(WEB.key))).status).toBe(404);
  });

  it('is not evaded by claiming another address', async () => {
    const door = await openDoor({ config: { rateLimitPerMinute: 1 } });
    const from = (address: string) =>
      door.get('/api/payment/o/status', { 'x-forwarded-for': address, forwarded: address });
    expect((await from('198.51.100.1')).status).toBe(404);
    expect((await from('198.51.100.2')).status).toBe(429);
  });

  it('is off when none is configured', async () => {
    const door = await openDoor();
    const { headers } = await door.get('/api/payment/o/status');
    expect(headers.has('ratelimit')).toBe(false);
  });
});

describe('wrong keys', () => {
  it('are limited by address, and never lock out a right one', async () => {
    const door = await openDoor({ config: { apiKeys: [WEB] } });
    const guess = () => door.get('/api/payment/o/status', bearer(`guess-${Math.random()}`));
    for (let count = 0; count < 20; count += 1) expect((await guess()).status).toBe(401);
    const { status, headers, body } = await guess();
    expect([status, body.error, body.retryable]).toEqual([429, 'rate_limited', true]);
    const seconds = Number(headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect((await door.get('/api/payment/o/status', bearer(WEB.key))).status).toBe(404);
    // Who sends none at all is told what to send.
    expect((await door.get('/api/payment/o/status')).status).toBe(401);
    expect((await guess()).status).toBe(429);
  });

  it('are counted anew after a minute, in bounded memory', () => {
    const counts = createCounts({ windowMs: 60_000, most: 3 });
    const at = (seconds: number) => new Date(seconds * 1000);
    const hits = (key: string, seconds: number) => counts.add(key, at(seconds)).hits;
    expect([hits('a', 0), hits('a', 59), hits('b', 59), hits('a', 60)]).toEqual([1, 2, 1, 1]);
    for (const key of ['c', 'd', 'e', 'f']) hits(key, 61);
    expect(counts.size).toBe(3);
    expect(hits('f', 62)).toBe(2);
    expect(hits('a', 62)).toBe(1);
  });
});

describe('request ids', async () => {
  const door = await openDoor();

  it('a sane one is taken over, told back and logged', async () => {
    const { headers, body } = await door.get('/api/payment/o/status', { 'x-request-id': 'abc-1' });
    expect(headers.get('x-request-id')).toBe('abc-1');
    expect(body.requestId).toBe('abc-1');
    await expect.poll(() => door.lines.at(-1)?.requestId).toBe('abc-1');
  });

  it.each(['x'.repeat(101), 'a b', 'ä', ''])('%j is replaced by a fresh one', async (id) => {
    const { headers } = await door.get('/api/payment/o/status', { 'x-request-id': id });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('without a correlation id, the request id is the one of the command', async () => {
    const body = authorizeBody(door);
    await door.post('/api/payment/correlated/authorize', body, { 'x-request-id': 'abc-2' });
    const found = await door.system.escrow.find({ orderId: 'correlated' });
    expect(found._unsafeUnwrap().correlationId).toBe('abc-2');
  });
});

describe('the log', async () => {
  const door = await openDoor({ config: { apiKeys: [WEB] } });
  const lineOf = async (requestId: string) => {
    const find = () => door.lines.find((line) => line.requestId === requestId);
    await expect.poll(find).toBeDefined();
    return find();
  };

  it('has one line a request, with its facts and no more', async () => {
    const headers = { ...bearer(WEB.key), 'x-request-id': 'line-1', 'x-correlation-id': 'saga-1' };
    const path = '/api/payment/order_1/authorize?token=secret-in-url';
    const { body } = await door.post(path, authorizeBody(door), headers);
    const line = await lineOf('line-1');
    expect(line).toEqual({
      level: 30,
      time: expect.any(Number),
      pid: expect.any(Number),
      hostname: expect.any(String),
      method: 'POST',
      route: '/api/payment/:order_id/authorize',
      status: 200,
      durationMs: expect.any(Number),
      requestId: 'line-1',
      correlationId: 'saga-1',
      caller: 'web',
      orderId: 'order_1',
      paymentId: body.paymentId,
      msg: 'request',
    });
    expect(door.lines.filter((one) => one.requestId === 'line-1')).toHaveLength(1);
  });

  it('names the error of a refused one, as a warning', async () => {
    await door.post('/api/payment/order_1/release', '{', {
      ...bearer(WEB.key),
      'content-type': 'application/json',
      'x-request-id': 'line-2',
    });
    expect(await lineOf('line-2')).toMatchObject({
      level: 40,
      orderId: 'order_1',
      error: 'invalid_request',
      fields: ['body'],
    });
  });

  it('names the order and the fields of an invalid request, never what was in them', async () => {
    const headers = { ...bearer(WEB.key), 'x-request-id': 'line-4' };
    const body = { customer: { clerkUserId: ['private value'] }, order: { amount: 'private' } };
    await door.post('/api/payment/order_4/authorize', body, headers);
    const line = await lineOf('line-4');
    const fields = ['customer.clerkUserId', 'order.amount'];
    expect(line).toMatchObject({ orderId: 'order_4', error: 'invalid_request', fields });
    expect(JSON.stringify(line)).not.toContain('private');
  });

  it('tells why the bank said no', async () => {
    const headers = { ...bearer(WEB.key), 'x-request-id': 'line-5' };
    const customer = { userStripeCard: { payment_method_id: CARDS.insufficientFunds } };
    await door.post('/api/payment/order_5/authorize', authorizeBody(door, { customer }), headers);
    expect(await lineOf('line-5')).toMatchObject({
      orderId: 'order_5',
      error: 'payment_declined',
      failureCode: 'card_declined',
      declineCode: 'insufficient_funds',
      currentStatus: 'FAILED',
    });
  });

  it('tells the status and the field of a conflict', async () => {
    await door.held('order_6');
    const path = '/api/payment/order_6/release';
    await door.post(path, { runnerId: 'user_1' }, bearer(WEB.key));
    const headers = { ...bearer(WEB.key), 'x-request-id': 'line-6' };
    await door.post(path, { runnerId: 'user_2' }, headers);
    const conflict = { currentStatus: 'RELEASED', field: 'runnerId' };
    expect(await lineOf('line-6')).toMatchObject({ error: 'contradicting_repeat', ...conflict });
  });

  it('shows a webhook that was taken in only when asked for detail', async () => {
    await door.post('/api/stripe-webhook', '{}', { 'x-request-id': 'line-7' });
    expect(await lineOf('line-7')).toMatchObject({ level: 20, status: 200 });
  });

  it('shows health checks only when asked for detail', async () => {
    await door.get('/health', { 'x-request-id': 'line-3' });
    expect(await lineOf('line-3')).toMatchObject({ level: 20, route: '/health' });
  });

  it('has no key, card, client secret, description or URL in any line', async () => {
    await door.post('/api/payment/order_9/revert', { reason: 'private reason' }, bearer(WEB.key));
    await door.get('/api/payment/order_9/status', bearer('guessed-key-guessed-key'));
    const all = JSON.stringify(door.lines);
    expect(all).not.toMatch(
      /web-key|guessed-key|pm_card|_secret|Escrow|private reason|secret-in-url|\?/,
    );
  });
});

describe('headers', async () => {
  const door = await openDoor();

  it('every answer is private, typed and tells nothing about the server', async () => {
    for (const path of ['/health', '/openapi.json', '/nothing', '/api/payment/o/status']) {
      const { headers } = await door.get(path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(headers.has('x-request-id')).toBe(true);
      expect(headers.has('x-powered-by')).toBe(false);
      expect(headers.has('etag')).toBe(false);
    }
  });
});

const faultOf = (reason: DatabaseFault['reason']): DatabaseFault => ({
  type: 'DatabaseUnavailable',
  reason,
  outcome: 'not-executed',
  code: undefined,
  message: '',
});

describe('health', () => {
  it('is unhealthy where the database takes no writes, and says so', async () => {
    const door = await openDoor({ ready: async () => err(faultOf('read-only')) });
    const { status, text } = await door.get('/health');
    expect(status).toBe(503);
    expect(JSON.parse(text)).toEqual({
      status: 'unhealthy',
      failing: 'database',
      reason: 'The database takes no writes: it is a standby, or set to read only.',
    });
  });

  it.each(['rights', 'access', 'unreadable', 'statement-pooling'] as const)(
    'says why where somebody has to set the database right: %s',
    async (reason) => {
      const door = await openDoor({ ready: async () => err(faultOf(reason)) });
      const { status, text } = await door.get('/health');
      expect(status).toBe(503);
      expect(JSON.parse(text)).toMatchObject({ reason: expect.stringMatching(/\.$/) });
    },
  );

  it('is unhealthy while the database does not answer, and still alive', async () => {
    const door = await openDoor({ ready: async () => err(faultOf('connection')) });
    for (const path of ['/health', '/health/ready']) {
      const { status, text } = await door.get(path);
      expect([status, text]).toEqual([503, '{"status":"unhealthy","failing":"database"}']);
      const line = { level: 50, route: path, error: 'database_unavailable' };
      await expect.poll(() => door.lines.at(-1)).toMatchObject(line);
    }
    expect((await door.get('/health/live')).status).toBe(200);
  });

  it('is unhealthy when the database takes too long or the question fails', async () => {
    const silent = await openDoor({ ready: () => new Promise(() => {}) });
    expect((await silent.get('/health')).status).toBe(503);
    const failing = await openDoor({ ready: () => Promise.reject(new Error('gone')) });
    expect((await failing.get('/health')).status).toBe(503);
  });
});
