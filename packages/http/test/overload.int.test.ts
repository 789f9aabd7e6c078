import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import express from 'express';
import { afterAll, describe, expect, it } from 'vitest';
import { createApp } from '../src/app.js';
import { authorizeBody, type Door, openDoor } from './door.js';
import { hosted } from './host-app.js';

/** A door with one place, whose authorize ends when the test says so. */
async function narrowDoor() {
  const open: (() => void)[] = [];
  const door: Door = await openDoor({
    config: { maxInFlight: 1 },
    escrow: {
      authorize: async (command) => {
        await new Promise<void>((resolve) => open.push(resolve));
        return door.system.escrow.authorize(command);
      },
    },
  });
  const begun = async (times: number) => {
    while (door.asked.filter((name) => name === 'authorize').length < times) await pause(1);
  };
  const finish = () => {
    for (const resolve of open.splice(0)) resolve();
  };
  const hold = (order: string, init: RequestInit = {}) =>
    fetch(`${door.url}/api/payment/${order}/authorize`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(authorizeBody(door)),
      ...init,
    });
  return { door, begun, finish, hold };
}

/** Writes bytes on a connection of its own, which stays open until it is destroyed. */
async function written(url: string, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  afterAll(() => socket.destroy());
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.write(text, () => resolve()));
  return socket;
}

/** A POST of which half of the body has come. */
function halfSent(path: string): string {
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json`;
  return `${head}\r\ncontent-length: 10\r\n\r\n{"a":`;
}

describe('a door whose places are taken', () => {
  it('refuses what comes then, and says when to ask again', async () => {
    const { door, begun, finish, hold } = await narrowDoor();
    const first = hold('order_1');
    await begun(1);
    const refused = await door.post('/api/payment/order_2/authorize', authorizeBody(door));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body).toMatchObject({ success: false, error: 'overloaded', retryable: true });
    expect((await door.get('/api/payment/order_1/status')).status).toBe(503);
    expect((await door.get('/api/payments')).status).toBe(503);
    expect((await door.put('/api/runners/r', { stripeAccount: 'acct_1' })).status).toBe(503);
    expect(door.asked).toEqual(['authorize']);
    finish();
    expect((await first).status).toBe(200);
    expect((await door.get('/api/payment/order_1/status')).status).toBe(200);
  });

  it('refuses before the body came', async () => {
    const { door, begun, finish, hold } = await narrowDoor();
    const first = hold('order_1');
    await begun(1);
    const { port } = new URL(door.url);
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': 1_000 };
      const path = '/api/payment/order_2/authorize';
      const asked = request({ port, path, method: 'POST', headers }, ({ statusCode }) => {
        asked.destroy();
        resolve(statusCode);
      });
      asked.once('error', reject);
      asked.flushHeaders();
    });
    expect(status).toBe(503);
    finish();
    await first;
  });

  it('still tells how it is, and takes webhooks, which have places of their own', async () => {
    const { door, begun, finish, hold } = await narrowDoor();
    const first = hold('order_1');
    await begun(1);
    for (const path of ['/health', '/health/live', '/metrics', '/openapi.json'])
      expect([path, (await door.get(path)).status]).toEqual([path, 200]);
    expect((await door.post('/api/stripe-webhook', '{}')).status).toBe(200);
    finish();
    await first;
  });

  it('tells who may not call so, and not that it is busy', async () => {
    const door = await openDoor({
      config: { maxInFlight: 1, apiKeys: [{ name: 'web', key: 'web-key-0123456789' }] },
    });
    expect((await door.get('/api/payment/o/status')).status).toBe(401);
  });

  it('keeps the place of a caller who hung up until their work is done', async () => {
    const { door, begun, finish, hold } = await narrowDoor();
    const leaving = new AbortController();
    const left = hold('order_1', { signal: leaving.signal }).catch(() => 'left');
    await begun(1);
    leaving.abort();
    expect(await left).toBe('left');
    while (!door.lines.some(({ aborted }) => aborted === true)) await pause(1);
    expect((await door.get('/api/payment/order_1/status')).status).toBe(503);
    finish();
    while ((await door.get('/api/payment/order_1/status')).status !== 200) await pause(1);
  });

  it('gives back the place of a request that is refused before any work', async () => {
    const door = await openDoor({ config: { maxInFlight: 1 } });
    for (let time = 0; time < 3; time += 1) {
      const wrong = await door.post('/api/payment/order_1/authorize', 'no json');
      expect(wrong.status).toBe(400);
    }
    expect((await door.get('/api/payment/order_1/status')).status).toBe(404);
  });

  it('logs that requests are refused, and not each of them', async () => {
    const { door, begun, finish, hold } = await narrowDoor();
    const first = hold('order_1');
    await begun(1);
    for (let time = 0; time < 3; time += 1) await door.get('/api/payment/order_1/status');
    finish();
    await first;
    const told = door.lines.filter(({ level }) => Number(level) >= 40);
    expect(told).toMatchObject([{ refused: 1, places: 1 }]);
  });

  it('is free again after callers hung up whose requests were queued behind a slow one', async () => {
    const { door, begun, finish } = await narrowDoor();
    const slow = JSON.stringify(authorizeBody(door));
    const first =
      'POST /api/payment/order_1/authorize HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json' +
      `\r\ncontent-length: ${slow.length}\r\n\r\n${slow}`;
    const socket = await written(door.url, first + halfSent('/api/stripe-webhook'));
    await begun(1);
    socket.destroy();
    while (!door.lines.some(({ aborted }) => aborted === true)) await pause(1);
    finish();
    while ((await door.get('/api/payment/order_1/status')).status !== 200) await pause(1);
    expect((await door.post('/api/stripe-webhook', '{}')).status).toBe(200);
  });

  it('is free again where a host app took its time while the caller hung up', async () => {
    const { runtime } = await openDoor({ config: { maxInFlight: 1 } });
    let came = 0;
    let wentOn = 0;
    const host = express();
    host.use((asked, _response, next) => {
      if (asked.headers['x-slow'] === undefined) return next();
      came += 1;
      asked.socket.once('close', () => {
        next();
        wentOn += 1;
      });
    });
    host.use(createApp(runtime, { callersAreKnown: true }));
    const url = await hosted(host);
    for (const path of ['/api/payment/order_1/release', '/api/stripe-webhook']) {
      const before = came;
      const slow = halfSent(path).replace('\r\n', '\r\nx-slow: 1\r\n');
      const socket = await written(url, slow);
      while (came === before) await pause(1);
      socket.destroy();
      while (wentOn < came) await pause(1);
    }
    expect((await fetch(`${url}/api/payment/order_1/status`)).status).toBe(404);
    expect((await fetch(`${url}/api/stripe-webhook`, { method: 'POST' })).status).toBe(200);
  });

  it('has its places for those whose body has come, not for slow uploads', async () => {
    const door = await openDoor({ config: { maxInFlight: 1 } });
    for (const path of ['/api/stripe-webhook', '/api/payment/order_1/release']) {
      for (let time = 0; time < 3; time += 1) await written(door.url, halfSent(path));
    }
    await door.get('/health');
    expect((await door.post('/api/stripe-webhook', '{}')).status).toBe(200);
    expect((await door.get('/api/payment/order_1/status')).status).toBe(404);
  });

  it('refuses also whose body came when the last place was taken', async () => {
    const { door, begun, finish, hold } = await narrowDoor();
    const late = await written(door.url, halfSent('/api/payment/order_2/release'));
    let answer = '';
    late.on('data', (bytes) => {
      answer += String(bytes);
    });
    await door.get('/health');
    const first = hold('order_1');
    await begun(1);
    late.write('"b" }');
    while (answer === '') await pause(1);
    expect(answer).toMatch(/^HTTP\/1.1 503 /);
    expect(door.asked).toEqual(['authorize']);
    finish();
    await first;
  });
});
