import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { err } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { serve } from '../src/http-server.js';
import { openDoor } from './door.js';

/** Without any, it listens to this machine alone. */
const KEYS = [{ name: 'web', key: 'web-key-0123456789' }];

/** A door whose reverts wait until they are let go. */
async function slowDoor(drainMs?: number) {
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const door = await openDoor({
    ...(drainMs === undefined ? {} : { drainMs }),
    escrow: {
      revert: async () => {
        await gate;
        return err({ type: 'PaymentNotFound' });
      },
    },
  });
  return { ...door, letGo };
}

/** Sends raw bytes and collects whatever comes back until the connection ends. */
function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('serving', () => {
  it('a taken port is told, with the port', async () => {
    const door = await openDoor();
    const port = Number(new URL(door.url).port);
    const again = await serve({ ...door.runtime, config: { ...door.runtime.config, port } });
    expect(again._unsafeUnwrapErr()).toEqual({ type: 'PortTaken', host: '127.0.0.1', port });
    expect((await door.get('/health')).status).toBe(200);
  });

  it('an address that is not of this machine is told, with the reason', async () => {
    const { runtime } = await openDoor();
    const config = { ...runtime.config, apiKeys: KEYS, host: '203.0.113.1' };
    const failed = await serve({ ...runtime, config });
    expect(failed._unsafeUnwrapErr()).toMatchObject({
      type: 'CannotListen',
      reason: 'EADDRNOTAVAIL',
    });
  });

  it.each([
    ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/],
    ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+$/],
  ])('listening on %s tells a URL that can be called, the runtime too', async (host, url) => {
    const heard: string[] = [];
    const { runtime } = await openDoor();
    const served = await serve({
      ...runtime,
      config: { ...runtime.config, apiKeys: KEYS, host },
      listeningAt: async (at) => {
        heard.push(at);
      },
    });
    const { url: told, close } = served._unsafeUnwrap();
    expect(told).toMatch(url);
    expect(heard).toEqual([told]);
    expect((await fetch(`${told}/health`)).status).toBe(200);
    await close();
  });

  it('a command without a body, a length or a type is one without a body', async () => {
    const door = await openDoor();
    const answer = await raw(
      door.url,
      'POST /api/payment/o/revert HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(door.asked).toEqual(['revert']);
  });

  it('headers beyond 16 kB are refused', async () => {
    const door = await openDoor();
    const answer = await raw(
      door.url,
      `GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('what is no HTTP is refused and hung up on', async () => {
    const door = await openDoor();
    expect(await raw(door.url, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect((await door.get('/health')).status).toBe(200);
  });
});

/** Far less than the 25 s for which it waits for what is under way. */
const SOON_MS = 10_000;

describe('closing', () => {
  it('accepts nothing new, and lets what is under way finish', async () => {
    const { url, served, post, asked, letGo } = await slowDoor();
    const underWay = post('/api/payment/o/revert');
    await expect.poll(() => asked).toEqual(['revert']);
    let closed = false;
    const closing = served.close().then(() => {
      closed = true;
    });
    await sleep(100);
    expect(closed).toBe(false);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    letGo();
    expect((await underWay).status).toBe(404);
    await closing;
    expect(closed).toBe(true);
  });

  it('does not wait for idle connections', async () => {
    const door = await openDoor();
    await door.get('/health');
    const startedAt = performance.now();
    await door.served.close();
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
  });

  it('does not wait for a connection that never asked anything', async () => {
    const { url, served } = await openDoor();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const hungUp = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('connect', resolve));
    const startedAt = performance.now();
    await served.close();
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
    await hungUp;
  });

  it('cuts what takes longer than the deadline', async () => {
    const { served, post, asked } = await slowDoor(100);
    const underWay = post('/api/payment/o/revert').then(
      () => 'answered',
      () => 'cut',
    );
    await expect.poll(() => asked).toEqual(['revert']);
    await served.close();
    expect(await underWay).toBe('cut');
  });

  it('may be asked for twice', async () => {
    const door = await openDoor();
    await Promise.all([door.served.close(), door.served.close()]);
  });
});

describe('callers that go away', () => {
  it('a caller that hangs up is noted, and disturbs nobody', async () => {
    const door = await slowDoor();
    const { hostname, port } = new URL(door.url);
    const call = request({ hostname, port, path: '/api/payment/o/revert', method: 'POST' });
    call.on('error', () => {});
    call.end();
    await expect.poll(() => door.asked).toEqual(['revert']);
    call.destroy();
    await expect.poll(() => door.lines.at(-1)).toMatchObject({ aborted: true, orderId: 'o' });
    door.letGo();
    expect((await door.get('/health')).status).toBe(200);
  });

  it('half a body is dropped without asking anybody', async () => {
    const door = await openDoor();
    const { hostname, port } = new URL(door.url);
    const socket = connect(Number(port), hostname);
    const text =
      'POST /api/payment/o/release HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
      'Content-Length: 100\r\n\r\n{"runnerId"';
    await new Promise((resolve) => socket.write(text, resolve));
    socket.destroy();
    await expect.poll(() => door.lines.length).toBeGreaterThan(0);
    expect(door.asked).toEqual([]);
    expect(door.lines.filter((line) => line.msg === 'bug')).toEqual([]);
  });
});
