import express from 'express';
import { describe, expect, it } from 'vitest';
import { createApp } from '../src/app.js';
import { authorizeBody, openDoor } from './door.js';
import { hosted } from './host-app.js';

function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

describe('in the Express app of somebody else', () => {
  it('serves its routes under the path it is mounted at, and leaves the rest alone', async () => {
    const door = await openDoor();
    const host = express();
    host.use('/payments', createApp(door.runtime));
    host.use(express.json());
    host.post('/orders', (request, response) => {
      response.json({ order: request.body });
    });
    const url = await hosted(host);

    const held = await post(`${url}/payments/api/payment/order_m/authorize`, authorizeBody(door));
    expect(held.status).toBe(200);
    const looked = await fetch(`${url}/payments/api/payment/order_m/status`);
    expect(await looked.json()).toMatchObject({ payment: { status: 'AUTHORIZED' } });
    const own = await post(`${url}/orders`, { id: 1 });
    expect(await own.json()).toEqual({ order: { id: 1 } });
  });

  it.each(['/', '/payments'])(
    'leaves to the routes behind it what is not its own, at %s',
    async (at) => {
      const apiKeys = [{ name: 'web', key: 'web-key-0123456789' }];
      const door = await openDoor({ config: { apiKeys, rateLimitPerMinute: 9 } });
      const host = express();
      host.disable('x-powered-by');
      host.use(at, createApp(door.runtime));
      host.use((request, response) => {
        response.json({ theirs: request.originalUrl, locals: Object.keys(response.locals) });
      });
      const url = `${await hosted(host)}${at === '/' ? '' : at}`;
      for (const path of [
        '/',
        '/orders',
        '/api',
        '/api/orders',
        '/api/payment/o',
        '/payment/o/status',
      ]) {
        for (const method of ['GET', 'POST']) {
          const answer = await fetch(url + path, { method });
          const theirs = new URL(url + path).pathname;
          expect(await answer.json()).toEqual({ theirs, locals: [] });
          for (const header of ['x-request-id', 'content-security-policy', 'ratelimit']) {
            expect([path, header, answer.headers.has(header)]).toEqual([path, header, false]);
          }
        }
      }
      expect(door.lines).toEqual([]);
      for (const path of ['/api/payment/o/status', '/metrics', '/api/payment/%E0/status']) {
        expect((await fetch(url + path)).status).toBe(401);
      }
      const wrongMethod = await fetch(`${url}/api/stripe-webhook`);
      expect(wrongMethod.status).toBe(405);
      expect((await fetch(`${url}/health`)).status).toBe(200);
    },
  );

  it('gives the first answer again under the same key', async () => {
    const door = await openDoor();
    const host = express();
    host.use('/payments', createApp(door.runtime));
    const url = `${await hosted(host)}/payments/api/payment/order_k/authorize`;
    const key = { 'idempotency-key': 'key-1' };
    const first = await post(url, authorizeBody(door), key);
    const again = await post(url, authorizeBody(door), key);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
  });

  it('takes in nothing of which the bytes are gone', async () => {
    const taken: unknown[] = [];
    const door = await openDoor({
      takeWebhook: async (webhook) => {
        taken.push(webhook);
        throw new Error('nothing is taken in');
      },
    });
    const host = express();
    host.use(express.json());
    host.use(createApp(door.runtime));
    const url = await hosted(host);
    for (const path of ['/api/payment/order_b/revert', '/api/stripe-webhook']) {
      const answer = await post(url + path, { reason: 'never delivered' });
      expect(answer.status).toBe(500);
      expect(await answer.json()).toMatchObject({ error: 'internal_error' });
    }
    expect(door.asked).toEqual([]);
    expect(taken).toEqual([]);
    const bugs = door.lines.filter(({ msg }) => msg === 'bug');
    expect(bugs).toHaveLength(2);
    expect(bugs[0]).toMatchObject({ err: { message: expect.stringContaining('mount this app') } });
  });
});
