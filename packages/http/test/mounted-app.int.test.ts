import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import express4 from 'express4';
import { ok } from 'neverthrow';
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

  it('believes the address that a proxy tells if the host does', async () => {
    const door = await openDoor({ config: { rateLimitPerMinute: 1 } });
    const host = express();
    host.set('trust proxy', true);
    host.use(createApp(door.runtime, { callersAreKnown: true }));
    const url = `${await hosted(host)}/api/payment/o/status`;
    const from = (address: string) => fetch(url, { headers: { 'x-forwarded-for': address } });
    expect((await from('198.51.100.1')).status).toBe(404);
    expect((await from('198.51.100.2')).status).toBe(404);
    expect((await from('198.51.100.2')).status).toBe(429);
  });
});

type Framework = typeof express;

/** What hosts have before our app, by what it does to bodies. */
const READERS: [string, (framework: Framework) => RequestHandler[]][] = [
  ['nothing', () => []],
  ['json', ({ json }) => [json()]],
  ['json and urlencoded', ({ json, urlencoded }) => [json(), urlencoded({ extended: true })]],
  ['text', ({ text }) => [text({ type: () => true })]],
  ['raw', ({ raw }) => [raw({ type: () => true })]],
  ['json that keeps the bytes', ({ json }) => [json({ verify: keepBytes })]],
];
const KEEPS_BYTES = ['nothing', 'text', 'raw', 'json that keeps the bytes'];

function keepBytes(request: object, _response: unknown, bytes: Buffer): void {
  Object.assign(request, { rawBody: bytes });
}

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('in %s', (_version, framework) => {
  describe.each(READERS)('behind %s', (reader, readers) => {
    const open = async (options: Parameters<typeof openDoor>[0] = {}) => {
      const door = await openDoor(options);
      const host = framework();
      for (const one of readers(framework)) host.use(one);
      host.use('/pay', createApp(door.runtime));
      host.post('/orders', (request, response) => {
        response.json({ theirs: typeof request.body });
      });
      return { door, url: `${await hosted(host)}/pay` };
    };

    it('a command is carried out, and judged as strictly', async () => {
      const { door, url } = await open();
      const authorize = (order: string, body: object, headers = {}) =>
        post(`${url}/api/payment/${order}/authorize`, body, headers);
      expect((await authorize('order_r', authorizeBody(door))).status).toBe(200);
      const wrong = await authorize('order_w', authorizeBody(door, { order: { amount: '2098' } }));
      expect(wrong.status).toBe(400);
      expect(await wrong.json()).toMatchObject({ issues: [{ field: 'order.amount' }] });
      const tip = await authorize('order_t', { ...authorizeBody(door), tip: 1 });
      expect(await tip.json()).toMatchObject({ error: 'invalid_request' });
      const revert = await post(`${url}/api/payment/order_r/revert`, { reason: 'never delivered' });
      expect(await revert.json()).toMatchObject({ payment: { reason: 'never delivered' } });
    });

    it('a key stands for one request', async () => {
      const { door, url } = await open();
      const path = `${url}/api/payment/order_k/authorize`;
      const key = { 'idempotency-key': 'key-1' };
      const first = await post(path, authorizeBody(door), key);
      const again = await post(path, authorizeBody(door), key);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect(await again.json()).toEqual(await first.json());
      const other = await post(path, authorizeBody(door, { order: { amount: 2099 } }), key);
      expect(other.status).toBe(422);
    });

    it('no body is none, and a form is no JSON', async () => {
      const { door, url } = await open();
      await door.held('order_e');
      const form = { method: 'POST', body: new URLSearchParams({ reason: 'x' }) };
      const refused = await fetch(`${url}/api/payment/order_e/revert`, form);
      expect(refused.status).toBe(415);
      for (const headers of [[], [['content-type', 'application/json']]] as [string, string][][]) {
        const sent = { method: 'POST', headers };
        expect((await fetch(`${url}/api/payment/order_e/revert`, sent)).status).toBe(200);
      }
    });

    it('a webhook has its bytes, or is told where they went', async () => {
      const taken: string[] = [];
      const { door, url } = await open({
        takeWebhook: async ({ rawBody }) => {
          taken.push(rawBody.toString());
          return ok('changed' as const);
        },
      });
      const answer = await post(`${url}/api/stripe-webhook`, { id: 'evt_1' });
      if (KEEPS_BYTES.includes(reader)) {
        expect(answer.status).toBe(200);
        expect(taken).toEqual(['{"id":"evt_1"}']);
        return;
      }
      expect(answer.status).toBe(500);
      expect(await answer.json()).toMatchObject({
        error: 'body_already_read',
        description: expect.stringMatching(/Stripe signs its bytes.*Mount createApp.*rawBody/),
      });
      expect(taken).toEqual([]);
      const line = { level: 50, error: 'body_already_read' };
      await expect.poll(() => door.lines.at(-1)).toMatchObject(line);
    });

    it('the routes of the host go on working', async () => {
      const { url } = await open();
      const answer = await post(new URL('/orders', url).href, { id: 1 });
      expect(answer.status).toBe(200);
    });
  });

  it('a body that somebody has read and dropped is not taken for none', async () => {
    const door = await openDoor();
    const host = framework();
    host.use((request, _response, next) => {
      request.resume().once('end', () => next());
    });
    host.use(createApp(door.runtime));
    const url = await hosted(host);
    for (const path of ['/api/payment/order_b/revert', '/api/stripe-webhook']) {
      const answer = await post(url + path, { reason: 'never delivered' });
      expect(answer.status).toBe(500);
      expect(await answer.json()).toMatchObject({ error: 'body_already_read' });
    }
    expect(door.asked).toEqual([]);
  });

  it('its own error handler gets what is not about our routes', async () => {
    const door = await openDoor();
    const host = framework();
    host.use(framework.json());
    host.use(createApp(door.runtime));
    const handler: ErrorRequestHandler = (_error, _request, response, _next) => {
      response.status(418).end();
    };
    host.use(handler);
    const url = await hosted(host);
    const headers = { 'content-type': 'application/json' };
    const broken = { method: 'POST', headers, body: '{' };
    expect((await fetch(`${url}/orders`, broken)).status).toBe(418);
    const path = `${url}/api/payment/%E0/status`;
    expect((await fetch(path)).status).toBe(400);
  });
});
