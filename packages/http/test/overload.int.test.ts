import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { authorizeBody, type Door, openDoor } from './door.js';

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
});
