import { connect } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bash, isAlive, newFolder, postgresOf, type Serving, serve, until } from './cli.js';
import { authorize, isHealthy, newOrder, release, statusOf } from './payments.js';

let folder = '';
beforeAll(async () => {
  folder = await newFolder();
});

/** A second or two; far less than the 25 s for which it waits for what is under way. */
const SOON_MS = 15_000;

/** Every service of this file keeps its data in the same folder, one after the other. */
const serveHere = (): Promise<Serving> => serve({ CAMPUSG_PAY_DATA_DIR: folder });

/** Ends it and says how, and how long that took. */
async function end(service: Serving, signal: NodeJS.Signals) {
  const postgres = await postgresOf(folder);
  const since = performance.now();
  service.kill(signal);
  const { code, stdout, stderr } = await service.ended;
  return { code, stdout, stderr, ms: performance.now() - since, postgres };
}

describe('serve with nothing configured', () => {
  it('says what is embedded and where, and its three curl lines work as they stand', async () => {
    const service = await serveHere();
    const said = service.stderr();
    expect(said).toContain(`CampusG Pay listens on ${service.url}`);
    expect(said).toMatch(/embedded {4}Postgres on port \d+, data in \S+/);
    expect(said).toContain(`data in ${join(folder, 'postgres')}`);
    expect(said).toMatch(/embedded {4}Stripe sandbox on http:\/\/127\.0\.0\.1:\d+, data in \S+/);
    expect(said).toContain(`data in ${join(folder, 'sandbox.jsonl')}`);
    expect(said).toContain('API_KEYS is not set: every program on this machine may move money');
    expect(await isHealthy(service.url)).toBe(true);

    const lines = said.split('\n').filter((line) => line.startsWith('curl '));
    expect(lines).toHaveLength(3);
    const answers = [];
    for (const line of lines) answers.push(JSON.parse(await bash(line)));
    expect(answers).toMatchObject([
      { success: true, status: 'AUTHORIZED' },
      { success: true, status: 'RELEASED', runnerId: 'user_runner' },
      { success: true, payment: { status: 'RELEASED', amount: 20.98 } },
    ]);
  });

  it('writes its log to stdout as JSON lines when nobody watches, and nothing else', async () => {
    const service = await serveHere();
    await authorize(service.url, newOrder());
    const { stdout } = await end(service, 'SIGTERM');
    const lines = stdout.trim().split('\n');
    const messages = lines.map((line) => JSON.parse(line).msg);
    expect(messages).toContain('listening');
    expect(messages).toContain('request');
    expect(messages.at(-1)).toBe('stopped');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends soon on %s with 0 and takes its Postgres with it',
    async (signal) => {
      const service = await serveHere();
      // A browser or a load balancer that keeps its connection open.
      const idle = connect(Number(new URL(service.url).port), '127.0.0.1');
      idle.on('error', () => {});
      const { code, ms, postgres, stdout } = await end(service, signal);
      idle.destroy();
      expect(code).toBe(0);
      expect(ms).toBeLessThan(SOON_MS);
      expect(isAlive(postgres)).toBe(false);
      expect(stdout).not.toContain('"level":40');
    },
  );

  it('ends at once on a second signal, while a request is under way', async () => {
    const service = await serveHere();
    const { host, port } = new URL(service.url);
    const slow = connect(Number(port), '127.0.0.1');
    slow.on('error', () => {});
    // The service waits for the rest of this body.
    slow.write(
      `POST /api/payment/order_1/revert HTTP/1.1\r\nHost: ${host}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"reason"',
    );
    // Asking twice on the same loop: the first request has arrived when this is answered.
    await isHealthy(service.url);
    const postgres = await postgresOf(folder);
    service.kill('SIGTERM');
    await until(() => service.stdout().includes('stopping'));
    const since = performance.now();
    service.kill('SIGINT');
    const { code } = await service.ended;
    slow.destroy();
    expect(code).toBe(130);
    expect(performance.now() - since).toBeLessThan(SOON_MS);
    await until(() => !isAlive(postgres));
  });

  it.each([
    ['a promise', 'Promise.reject(new Error("planted"))'],
    ['a callback', 'throw new Error("planted")'],
  ])('ends in order with 1 when %s fails and nobody catches that', async (_, failing) => {
    const planted = `setTimeout(() => { ${failing} }, 1); }`;
    const once = `process.on('SIGUSR2', () => { ${planted});`;
    const service = await serve({
      CAMPUSG_PAY_DATA_DIR: folder,
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(once)}`,
    });
    const { code, stdout, postgres } = await end(service, 'SIGUSR2');
    expect(code).toBe(1);
    expect(isAlive(postgres)).toBe(false);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'bug: nobody caught this; stopping', level: 50 }),
    );
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped' });
  });

  it('finds payments and holds again after a restart', async () => {
    const order = newOrder();
    const before = await serveHere();
    expect((await authorize(before.url, order)).status).toBe(200);
    await end(before, 'SIGINT');

    const after = await serveHere();
    expect(await statusOf(after.url, order)).toBe('AUTHORIZED');
    // The sandbox must know the hold too, or there is nothing to capture.
    expect((await release(after.url, order)).body).toMatchObject({ status: 'RELEASED' });
    await end(after, 'SIGINT');
  });
});
