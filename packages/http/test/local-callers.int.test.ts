import { request as httpRequest } from 'node:http';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { createApp } from '../src/app.js';
import { serve } from '../src/http-server.js';
import { type Door, openDoor } from './door.js';
import { hosted } from './host-app.js';

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** As a browser or a program would send it: `fetch` chooses some headers by itself. */
function send(url: string, { method = 'GET', headers = {}, body }: Sent = {}) {
  return new Promise<{ status: number; headers: Headers; error: string | null }>(
    (resolve, reject) => {
      const sent = httpRequest(url, { method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const answered = new Headers(response.headers as Record<string, string>);
          const isJson = answered.get('content-type')?.startsWith('application/json') === true;
          const error = isJson ? (JSON.parse(text).error ?? null) : null;
          resolve({ status: response.statusCode ?? 0, headers: answered, error });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    },
  );
}

const portOf = ({ url }: Door) => new URL(url).port;
const revert = (door: Door, orderId: string, headers: Record<string, string>) =>
  send(`${door.url}/api/payment/${orderId}/revert`, { method: 'POST', headers });

describe('without API keys', async () => {
  const door = await openDoor({ config: { compatRoutes: true } });
  const port = portOf(door);

  it('the empty form of a foreign page moves no money', async () => {
    await door.held('form');
    await door.post('/api/payment/form/release', { runnerId: 'r' });
    const before = door.asked.length;
    const form = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' };
    const { status, error } = await revert(door, 'form', {
      ...form,
      origin: 'https://evil.example',
    });
    expect([status, error]).toEqual([403, 'foreign_origin']);
    expect(door.asked.length).toBe(before);
    expect((await door.get('/api/payment/form/status')).body.payment.status).toBe('RELEASED');
  });

  it.each([
    'https://evil.example',
    'null',
    '',
    'http://localhost',
    `http://localhost:${Number(port) + 1}`,
    `http://localhost:${port}.evil.example`,
    `http://evil.example:${port}`,
    `http://127.0.0.1.evil.example:${port}`,
    `http://localhost:${port}, http://evil.example`,
    'file://',
    'chrome-extension://abcdefgh',
  ])('a page of origin "%s" is foreign', async (origin) => {
    const { status, error } = await revert(door, 'o', { origin });
    expect([status, error]).toEqual([403, 'foreign_origin']);
  });

  it.each(['localhost', '127.0.0.1', '[::1]', '127.1.2.3'])(
    'a page of http://%s and our port is our own',
    async (name) => {
      for (const host of ['localhost', '127.0.0.1', '[::1]']) {
        const headers = { origin: `http://${name}:${port}`, host: `${host}:${port}` };
        expect((await revert(door, 'o', headers)).status).toBe(404);
      }
    },
  );

  it('what a browser sends without an origin is judged by where it comes from', async () => {
    const look = (site: string) =>
      send(`${door.url}/api/payment/o/status`, { headers: { 'sec-fetch-site': site } });
    expect(await look('cross-site')).toMatchObject({ status: 403, error: 'foreign_origin' });
    for (const site of ['same-origin', 'none']) expect((await look(site)).status).toBe(404);
  });

  it.each([
    'evil.example',
    `evil.example:${port}`,
    `localhost.evil.example:${port}`,
    `127.0.0.1.evil.example:${port}`,
    `evil.localhost:${port}`,
    `192.168.1.5:${port}`,
    `0.0.0.0:${port}`,
    `localhost:${port}@evil.example`,
    '127.0.0.1:x',
  ])('a request for the host %s is not for this machine', async (host) => {
    for (const [method, path] of [
      ['POST', '/api/payment/o/revert'],
      ['GET', '/api/payment/o/status'],
      ['GET', '/metrics'],
      ['GET', '/payment/o/status'],
      ['POST', '/payment/o/revert'],
      ['GET', '/history/u'],
    ] as const) {
      const { status, error } = await send(door.url + path, { method, headers: { host } });
      expect([path, status, error]).toEqual([path, 403, 'foreign_host']);
    }
  });

  it('programs, which send no origin, may call', async () => {
    expect((await send(`${door.url}/api/payment/o/status`)).status).toBe(404);
    expect((await revert(door, 'o', {})).status).toBe(404);
  });

  it('Stripe and health checks reach their routes under any host', async () => {
    for (const headers of [{ host: 'abc.ngrok.io' }, { 'sec-fetch-site': 'cross-site' }]) {
      const webhook = { method: 'POST', body: '{}', headers };
      expect((await send(`${door.url}/api/stripe-webhook`, webhook)).status).toBe(200);
      expect((await send(`${door.url}/stripe-webhook`, webhook)).status).toBe(200);
      expect((await send(`${door.url}/health`, { headers })).status).toBe(200);
    }
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'pay.example'])(
    'it does not begin to listen on %s',
    async (host) => {
      const config = { ...door.runtime.config, host, port: 0 };
      const failed = await serve({ ...door.runtime, config });
      expect(failed._unsafeUnwrapErr()).toEqual({ type: 'NoApiKeys', host, port: 0 });
    },
  );

  it('an app that is mounted in another may leave it to that who calls', async () => {
    const host = express();
    host.use('/known', createApp(door.runtime, { callersAreKnown: true }));
    host.use('/unknown', createApp(door.runtime));
    const url = await hosted(host);
    const headers = { host: 'pay.example' };
    const path = 'api/payment/o/status';
    expect((await send(`${url}/known/${path}`, { headers })).status).toBe(404);
    expect((await send(`${url}/unknown/${path}`, { headers })).status).toBe(403);
  });
});

describe('a mounted app without API keys, whose host listens to others too', async () => {
  const door = await openDoor();
  const path = 'api/payment/o/status';
  const headers = { host: 'localhost' };

  it.each([
    ['192.168.1.5', 403],
    ['::ffff:192.168.1.5', 403],
    ['2001:db8::7', 403],
    ['::ffff:127.0.0.1', 404],
    ['::1', 404],
  ])('a caller at %s who says to ask localhost is answered %s', async (remoteAddress, status) => {
    const host = express();
    host.use((request, _response, next) => {
      Object.defineProperty(request.socket, 'remoteAddress', { value: remoteAddress });
      next();
    });
    host.use('/pay', createApp(door.runtime));
    expect((await send(`${await hosted(host)}/pay/${path}`, { headers })).status).toBe(status);
  });

  it('whom a trusted proxy names counts too', async () => {
    const host = express();
    host.set('trust proxy', 'loopback');
    host.use('/pay', createApp(door.runtime));
    const url = `${await hosted(host)}/pay/${path}`;
    for (const [from, status] of [
      ['192.168.1.5', 403],
      ['127.0.0.1', 404],
    ] as const) {
      const sent = { headers: { ...headers, 'x-forwarded-for': from } };
      expect((await send(url, sent)).status).toBe(status);
    }
  });
});

describe('with API keys', async () => {
  const key = 'web-key-0123456789';
  const door = await openDoor({ config: { apiKeys: [{ name: 'web', key }] } });

  it('host and origin say nothing: the key does', async () => {
    const headers = { host: 'pay.example', origin: 'https://app.example' };
    expect((await revert(door, 'o', headers)).status).toBe(401);
    const known = { ...headers, authorization: `Bearer ${key}` };
    expect((await revert(door, 'o', known)).status).toBe(404);
  });
});

describe('pages of other origins', () => {
  const page = 'https://app.example';
  const key = 'web-key-0123456789';
  const preflight = {
    method: 'OPTIONS',
    headers: {
      origin: page,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,idempotency-key',
    },
  };
  const path = '/api/payment/o/revert';

  it('are told nothing when none is named', async () => {
    const door = await openDoor({ config: { apiKeys: [{ name: 'web', key }] } });
    const asked = await send(door.url + path, preflight);
    expect(asked.status).toBe(401);
    const headers = { origin: page, authorization: `Bearer ${key}` };
    for (const answer of [asked, await send(door.url + path, { method: 'POST', headers })])
      expect(answer.headers.has('access-control-allow-origin')).toBe(false);
  });

  it.each([
    ['with keys', [{ name: 'web', key }]],
    ['without keys', []],
  ])('may call if they are named, %s', async (_what, apiKeys) => {
    const door = await openDoor({ config: { apiKeys, corsOrigins: [page] } });
    const asked = await send(door.url + path, preflight);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(page);
    expect(asked.headers.get('access-control-allow-methods')).toContain('POST');
    expect(asked.headers.get('access-control-allow-headers')).toMatch(
      /Authorization.*Content-Type.*Idempotency-Key/,
    );
    expect(asked.headers.has('access-control-allow-credentials')).toBe(false);
    const headers = { origin: page, 'sec-fetch-site': 'cross-site' };
    const known = { ...headers, authorization: `Bearer ${key}` };
    const answer = await send(door.url + path, { method: 'POST', headers: known });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('access-control-allow-origin')).toBe(page);
    expect(answer.headers.get('vary')).toMatch(/origin/i);
    if (apiKeys.length === 0) return;
    // A page must be able to read why it was refused.
    const refused = await send(door.url + path, { method: 'POST', headers });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe(page);
  });

  it.each([
    'https://app.example.evil.example',
    'http://app.example',
    'null',
    'HTTPS://APP.EXAMPLE',
  ])('%s is not the one that is named', async (origin) => {
    const door = await openDoor({ config: { corsOrigins: [page] } });
    const answer = await send(door.url + path, { method: 'POST', headers: { origin } });
    expect(answer.status).toBe(403);
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
    expect(answer.headers.get('vary')).toMatch(/origin/i);
  });
});
