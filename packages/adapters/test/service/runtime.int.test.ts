import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Payment } from '@campusg-pay/core';
import { startSandbox } from '@campusg-pay/sandbox';
import { pino } from 'pino';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { readConfig } from '../../src/service/config.js';
import { openRuntime, type Runtime } from '../../src/service/runtime.js';
import { systemClock } from '../../src/service/settings.js';
import { admin, urlOfDatabase } from '../setup/admin.js';
import { testClock } from '../setup/clock.js';
import { testDatabase } from '../setup/database.js';
import { authorizing, openService, until } from '../setup/service.js';

const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-runtime-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const silent = pino({ level: 'silent' });

/** A world in which services come and go, while the database and Stripe stay. */
async function lastingWorld(given: Readonly<Record<string, string>> = {}) {
  const database = await testDatabase();
  const sandbox = await startSandbox();
  afterSandboxes.push(() => sandbox.close());
  const clock = testClock();
  const environment = {
    DATABASE_URL: database.connectionString,
    STRIPE_SECRET_KEY: 'sk_test_runtime',
    STRIPE_API_BASE: sandbox.url,
    STRIPE_TIMEOUT_MS: '10000',
    ...given,
  };
  return { database, sandbox, clock, open: () => openService(environment, clock) };
}

const afterSandboxes: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of afterSandboxes) await close();
});

/** Longer than any lease with the timeout above. */
const LEASE_MS = 40_000;

const found = async ({ escrow }: Runtime, orderId: string): Promise<Payment> =>
  (await escrow.find({ orderId }))._unsafeUnwrap();

describe('a service that was closed with a call open', () => {
  it('finds the hold it had asked for when it is opened again', async () => {
    const { sandbox, clock, open } = await lastingWorld();
    const before = await open();
    sandbox.faults.add({ path: '/v1/payment_intents', effect: { kind: 'truncate' } });
    const answer = await before.runtime.escrow.authorize(authorizing());
    expect(answer._unsafeUnwrap().outcome).toBe('processing');
    await before.close();

    clock.advance(LEASE_MS);
    const { runtime } = await open();
    const payment = await until(
      () => found(runtime, 'order-1'),
      ({ status }) => status === 'AUTHORIZED',
    );
    expect(sandbox.ledger().paymentIntents).toMatchObject([{ id: payment.paymentIntentId }]);
  });

  it('asks for the hold that Stripe never heard of, with what was written down', async () => {
    const { sandbox, clock, open } = await lastingWorld();
    const before = await open();
    const html502 = { kind: 'html502', executed: false } as const;
    sandbox.faults.add({ path: '/v1/payment_intents', effect: html502 });
    const command = authorizing({ description: 'two pizzas', savePaymentMethod: true });
    await before.runtime.escrow.authorize(command);
    await before.close();
    expect(sandbox.ledger().paymentIntents).toEqual([]);

    clock.advance(LEASE_MS);
    const { runtime } = await open();
    await until(
      () => found(runtime, 'order-1'),
      ({ status }) => status === 'AUTHORIZED',
    );
    expect(sandbox.ledger().paymentIntents).toMatchObject([
      { description: 'two pizzas', setup_future_usage: 'on_session' },
    ]);
  });

  it('finishes the capture, which was done already, without a second one', async () => {
    const { sandbox, clock, open } = await lastingWorld();
    const before = await open();
    await before.runtime.escrow.authorize(authorizing());
    sandbox.faults.add({ path: '/v1/payment_intents/*/capture', effect: { kind: 'truncate' } });
    await before.runtime.escrow.release({
      payment: { orderId: 'order-1' },
      runnerId: 'runner-1',
      correlationId: 'release-1',
    });
    await before.close();

    clock.advance(LEASE_MS);
    const { runtime } = await open();
    const payment = await until(
      () => found(runtime, 'order-1'),
      ({ status }) => status === 'RELEASED',
    );
    expect(payment).toMatchObject({ runnerId: 'runner-1', operation: null });
    const captures = sandbox.ledger().requests.filter(({ path }) => path.endsWith('/capture'));
    expect(captures).toHaveLength(1);
  });

  it('carries out the revert that came while the hold was under way', async () => {
    const { sandbox, clock, open } = await lastingWorld();
    const before = await open();
    const slow = { kind: 'latency', ms: 2_000, phase: 'after' } as const;
    sandbox.faults.add({ path: '/v1/payment_intents', effect: slow });
    sandbox.faults.add({ path: '/v1/payment_intents/*/cancel', effect: { kind: 'truncate' } });
    const authorizes = before.runtime.escrow.authorize(authorizing());
    await until(
      () => sandbox.counts().paymentIntents,
      (count) => count === 1,
    );
    const payment = { orderId: 'order-1' };
    const reverts = before.runtime.escrow.revert({ payment, reason: null, correlationId: 'r' });
    await Promise.all([authorizes, reverts]);
    await before.close();
    expect(sandbox.ledger().paymentIntents).toMatchObject([{ status: 'canceled' }]);

    clock.advance(LEASE_MS);
    const { runtime } = await open();
    const now = await until(
      () => found(runtime, 'order-1'),
      ({ status }) => status === 'REVERTED',
    );
    expect(now).toMatchObject({ revertMethod: 'canceled', operation: null });
  });

  it('leaves no caller without an answer, however many wait for a connection', async () => {
    const { sandbox, open } = await lastingWorld({ DATABASE_POOL_SIZE: '2' });
    const { runtime, close } = await open();
    const slow = { kind: 'latency', ms: 300, phase: 'after' } as const;
    sandbox.faults.add({ path: '/v1/payment_intents', times: 20, effect: slow });
    // So many that some wait for a connection still, however fast or busy the machine is.
    const asked = Array.from({ length: 1_000 }, (_, index) =>
      runtime.escrow.authorize(authorizing({ orderId: `order-${index}` })),
    );
    await sleep(50);
    const closing = close();
    const all = Promise.all(asked);
    const answers = await Promise.race([all, sleep(15_000, null)]);
    expect(answers, 'every command came to an end').not.toBeNull();
    await closing;
    const types = (answers ?? []).map((one) => (one.isErr() ? one.error.type : 'answered'));
    expect(types).toContain('DatabaseUnavailable');
  });

  it('leaves alone what another service is still expected to finish', async () => {
    const { sandbox, open } = await lastingWorld();
    const first = await open();
    const second = await open();
    const slow = { kind: 'latency', ms: 3_000, phase: 'after' } as const;
    sandbox.faults.add({ path: '/v1/payment_intents', effect: slow });
    let answered = false;
    const asked = first.runtime.escrow.authorize(authorizing()).finally(() => {
      answered = true;
    });
    await until(
      () => sandbox.counts().paymentIntents,
      (count) => count === 1,
    );
    const resumed = (await second.runtime.escrow.resume(10))._unsafeUnwrap();
    // Else the machine was too slow to tell.
    if (!answered) expect(resumed.taken).toBe(0);
    expect((await asked)._unsafeUnwrap().outcome).toBe('done');
    expect(sandbox.ledger().requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });
});

describe('opening', () => {
  it('migrates an empty database', async () => {
    const { adminUrl, template } = inject('postgres');
    const name = `${template}_empty`;
    await admin(adminUrl, `create database ${name}`);
    const environment = {
      DATABASE_URL: urlOfDatabase(adminUrl, name),
      STRIPE_SECRET_KEY: 'sk_test_runtime',
    };
    const { runtime, close } = await openService(environment, systemClock);
    expect((await runtime.ready()).isOk()).toBe(true);
    const missing = await runtime.escrow.find({ orderId: 'none' });
    expect(missing._unsafeUnwrapErr()).toEqual({ type: 'PaymentNotFound' });
    await close();
    await admin(adminUrl, `drop database ${name} with (force)`);
  });

  it('without a database there tells so, without its address or password', async () => {
    const config = readConfig({
      DATABASE_URL: 'postgres://pay:hunter2@127.0.0.1:9/pay',
      STRIPE_SECRET_KEY: 'sk_test_runtime',
    })._unsafeUnwrap();
    const error = (await openRuntime(config, silent))._unsafeUnwrapErr();
    expect(error.type).toBe('DatabaseUnavailable');
    expect(JSON.stringify(error)).not.toMatch(/hunter2|127\.0\.0\.1/);
  });

  it('with the port of the sandbox taken tells which, and lets the database go', async () => {
    const { connectionString, pool } = await testDatabase();
    const squatter = createServer();
    const port = await new Promise<number>((resolve) => {
      squatter.listen(0, '127.0.0.1', () => {
        const address = squatter.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const config = readConfig({
      DATABASE_URL: connectionString,
      SANDBOX_PORT: String(port),
      CAMPUSG_PAY_DATA_DIR: join(folder, 'taken'),
    })._unsafeUnwrap();
    const error = (await openRuntime(config, silent))._unsafeUnwrapErr();
    squatter.close();
    expect(error).toEqual({ type: 'SandboxPortTaken', port });
    const others = `select 1 from pg_stat_activity
      where datname = current_database() and application_name = 'campusg-pay'`;
    await until(
      async () => (await pool.query(others)).rowCount,
      (count) => count === 0,
    );
  });
});

describe('the embedded sandbox', () => {
  it('says where it is, and keeps its holds over a restart of the service', async () => {
    const { connectionString } = await testDatabase();
    const environment = {
      DATABASE_URL: connectionString,
      SANDBOX_PORT: '0',
      CAMPUSG_PAY_DATA_DIR: join(folder, 'kept'),
    };
    const before = await openService(environment, systemClock);
    expect(before.runtime.embedded).toEqual([expect.stringMatching(/sandbox on http:\/\/127/)]);
    await before.runtime.escrow.authorize(authorizing());
    await before.close();

    const { runtime } = await openService(environment, systemClock);
    const payment = { orderId: 'order-1' };
    const command = { payment, runnerId: 'runner-1', correlationId: 'release-1' };
    const released = await runtime.escrow.release(command);
    expect(released._unsafeUnwrap().payment.status).toBe('RELEASED');
  });
});

describe('ready', () => {
  it('tells when the database has gone', async () => {
    const database = await testDatabase();
    const environment = {
      DATABASE_URL: database.connectionString,
      STRIPE_SECRET_KEY: 'sk_test_runtime',
    };
    const { runtime } = await openService(environment, systemClock);
    expect((await runtime.ready()).isOk()).toBe(true);
    await database.drop();
    expect((await runtime.ready()).isOk()).toBe(false);
  });
});
