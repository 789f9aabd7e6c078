import { createReconciler, type Installation, type Payment } from '@campusg-pay/core';
import { startSandbox } from '@campusg-pay/sandbox';
import Stripe from 'stripe';
import { afterEach, describe, expect, it } from 'vitest';
import { createReconcileRecords } from '../../src/postgres/reconcile/record-stream.js';
import { createRunStore } from '../../src/postgres/reconcile/run-store.js';
import { readInstallation } from '../../src/postgres/schema/installation.js';
import { sha256 } from '../../src/service/digest.js';
import { systemClock, systemScheduler } from '../../src/service/settings.js';
import { createCircuit } from '../../src/stripe/circuit.js';
import { createStripeClient } from '../../src/stripe/client.js';
import { createStripeGateway } from '../../src/stripe/stripe-gateway.js';
import { testDatabase } from '../setup/database.js';
import { authorizing, openService, until } from '../setup/service.js';

const SECRET_KEY = 'sk_test_two_installations';
const HOUR_MS = 3_600_000;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Two services with a database each, and one Stripe account for both. */
async function twoServices() {
  const sandbox = await startSandbox({
    secretKey: SECRET_KEY,
    // Nothing comes, so that what is taken in is fetched when the test says so.
    webhook: { url: 'http://127.0.0.1:9/api/stripe-webhook', secret: 'whsec_lost' },
  });
  const open = async () => {
    const { connectionString, pool } = await testDatabase();
    const service = await openService(
      {
        DATABASE_URL: connectionString,
        STRIPE_SECRET_KEY: SECRET_KEY,
        STRIPE_API_BASE: sandbox.url,
      },
      systemClock,
    );
    closing.push(service.close);
    const { escrow } = service.runtime;
    return {
      escrow,
      pool,
      hold: (orderId: string, amountMinor: number, paymentId: string) => {
        const amount = { ...authorizing().amount, amountMinor };
        const correlationId = `authorize-${orderId}`;
        const customerId = `user-of-${orderId}`;
        return escrow.authorize(
          authorizing({ orderId, customerId, amount, paymentId, correlationId }),
        );
      },
      find: async (orderId: string): Promise<Payment> =>
        (await escrow.find({ orderId }))._unsafeUnwrap(),
      compare: async () => {
        const now = Date.now();
        const period = { from: new Date(now - HOUR_MS), to: new Date(now + HOUR_MS) };
        return (await escrow.compare(period))._unsafeUnwrap();
      },
      catchUp: () => escrow.catchUp({ since: new Date(Date.now() - HOUR_MS), after: null }),
    };
  };
  const [a, b] = [await open(), await open()];
  closing.push(() => sandbox.close());
  const { hostname: host, port } = new URL(sandbox.url);
  const stripe = new Stripe(SECRET_KEY, { host, port: Number(port), protocol: 'http' });
  const statusOf = async ({ paymentIntentId }: Payment) =>
    (await stripe.paymentIntents.retrieve(paymentIntentId ?? '')).status;
  return { a, b, sandbox, stripe, statusOf };
}

describe('two installations on one Stripe account', () => {
  it('name themselves in all that they make', async () => {
    const { a, b, stripe } = await twoServices();
    await a.hold('a1', 2098, '77');
    await b.hold('b1', 3500, '77');
    const intents = await stripe.paymentIntents.list({ limit: 100 });
    const customers = await stripe.customers.list({ limit: 100 });
    const ids = [b, a].map(({ escrow }) => escrow.installation.id);
    expect(intents.data.map(({ metadata }) => metadata.installation)).toEqual(ids);
    expect(customers.data.map(({ metadata }) => metadata.installation)).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
  });

  it('leave each other alone where both have a payment of the same id', async () => {
    const { a, b, statusOf } = await twoServices();
    await a.hold('a1', 2098, '77');
    await b.hold('b1', 3500, '77');
    await a.escrow.revert({ payment: { orderId: 'a1' }, reason: 't', correlationId: 'r' });
    expect(await a.compare()).toMatchObject({ intents: 2, passedOver: 1, findings: [] });
    expect(await b.compare()).toMatchObject({ intents: 2, passedOver: 1, findings: [] });
    await a.catchUp();
    expect(await statusOf(await b.find('b1'))).toBe('requires_capture');
    expect(await a.find('a1')).toMatchObject({ status: 'REVERTED', review: null });
    expect(await b.find('b1')).toMatchObject({ status: 'AUTHORIZED', review: null });
  });

  it('do not take the hold of the other for the answer that they wait for', async () => {
    const { a, b, sandbox, statusOf } = await twoServices();
    const effect = { kind: 'latency', ms: 5_000, phase: 'before' } as const;
    sandbox.faults.add({ method: 'POST', path: '/v1/payment_intents', effect });
    const slow = a.hold('order-2', 2500, '78');
    // Its request has come, and waits there: the rule has struck.
    await until(
      async () => (await fetch(`${sandbox.url}/_sandbox/faults`)).text(),
      (left) => !left.includes('latency'),
    );
    const theirs = (await b.hold('order-2', 2500, '78'))._unsafeUnwrap().payment;
    // B's webhook comes to A, whose payment of that very id is still being made.
    expect((await a.catchUp())._unsafeUnwrap()).toMatchObject({ events: 1, changed: 0 });
    expect(await a.find('order-2')).toMatchObject({ status: 'INITIATING', paymentIntentId: null });
    const ours = (await slow)._unsafeUnwrap().payment;
    expect(ours.paymentIntentId).not.toBe(theirs.paymentIntentId);
    const release = { payment: { orderId: 'order-2' }, runnerId: 'rA', correlationId: 'release' };
    expect((await a.escrow.release(release)).isOk()).toBe(true);
    expect([await statusOf(ours), await statusOf(theirs)]).toEqual([
      'succeeded',
      'requires_capture',
    ]);
  });

  it('find nothing in what the other has when they reconcile, and say how much that was', async () => {
    const { a, b, sandbox } = await twoServices();
    await a.hold('order-1', 2098, '77');
    await b.hold('order-1', 2098, '77');
    await b.hold('order-2', 2098, 'only-theirs');
    const runs = createRunStore(a);
    const timeoutMs = 20_000;
    const apiBase = new URL(sandbox.url);
    const reconciler = createReconciler({
      records: createReconcileRecords(a),
      runs,
      gateway: createStripeGateway({
        stripe: createStripeClient({ secretKey: SECRET_KEY, apiBase, timeoutMs }),
        deadlineMs: timeoutMs,
        circuit: createCircuit({ concurrency: 5, queue: 5, outages: 5, restMs: 100 }),
      }),
      escrow: a.escrow,
      clock: systemClock,
      scheduler: systemScheduler,
      digest: sha256,
      warnMs: HOUR_MS,
    });
    const now = Date.now();
    const wanted = { from: new Date(now - HOUR_MS), to: new Date(now + 1000) };
    const begun = await reconciler.begin({ ...wanted, older: true, startedBy: 'test' });
    const stop = new AbortController().signal;
    const run = (await reconciler.goOn(begun._unsafeUnwrap(), { stop }))._unsafeUnwrap();
    expect(run).toMatchObject({ progress: { intents: 3, payments: 1, passedOver: 2 } });
    expect(run.found.every((count) => count === 0)).toBe(true);
  });
});

describe('an installation', () => {
  it('gets its id once, however many ask at the same time', async () => {
    const { pool } = await testDatabase({ max: 20 });
    const asked = await Promise.all(Array.from({ length: 20 }, () => readInstallation({ pool })));
    const ids = asked.map((one) => one._unsafeUnwrap().id);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^inst_[0-9a-f]{32}$/);
    const again = (await readInstallation({ pool }))._unsafeUnwrap();
    expect(again).toEqual<Installation>({ id: ids[0] ?? '', namedSince: null });
  });

  it('goes on with what was made before it had an id, and says of it what it said then', async () => {
    const sandbox = await startSandbox({ secretKey: SECRET_KEY });
    closing.push(() => sandbox.close());
    const { pool, connectionString } = await testDatabase();
    // As if all that follows had been written down before.
    await pool.query(`insert into installation (id, created_at, upgraded)
      values ('inst_' || repeat('0', 32), now() + interval '1 hour', true)`);
    const environment = {
      DATABASE_URL: connectionString,
      STRIPE_SECRET_KEY: SECRET_KEY,
      STRIPE_API_BASE: sandbox.url,
    };
    const { runtime, close } = await openService(environment, systemClock);
    closing.push(close);
    const { escrow } = runtime;
    const old = (await escrow.authorize(authorizing()))._unsafeUnwrap().payment;
    const intent = sandbox.ledger().paymentIntents.find(({ id }) => id === old.paymentIntentId);
    expect(intent?.metadata).toEqual({ payment_id: old.id, order_id: 'order-1', attempt: '1' });
    // As if its answer had been lost: Stripe is asked, and customer and terms tell that it is ours.
    // In one statement, as the service is at work meanwhile.
    const forget = `
      with gone as (delete from payment_events where payment_id = $1),
        told as (delete from outbox where payment_id = $1)
      update payments set payment_intent_id = null, status = 'INITIATING', capture_before = null,
        version = 0, revision = revision + 1 where id = $1`;
    await pool.query(forget, [old.id]);
    const now = Date.now();
    const period = { from: new Date(now - HOUR_MS), to: new Date(now + HOUR_MS) };
    const compared = (await escrow.compare(period))._unsafeUnwrap();
    // It, or the service's own search for missed webhooks, has found the PaymentIntent again.
    expect(compared).toMatchObject({ passedOver: 0 });
    const again = (await escrow.find({ orderId: 'order-1' }))._unsafeUnwrap();
    expect(again).toMatchObject({ status: 'AUTHORIZED', paymentIntentId: old.paymentIntentId });
    expect(again.review).toBeNull();
    const release = { payment: { orderId: 'order-1' }, runnerId: 'r', correlationId: 'release' };
    const released = (await escrow.release(release))._unsafeUnwrap().payment;
    expect(released).toMatchObject({ status: 'RELEASED', paymentIntentId: old.paymentIntentId });
  });

  it('knows since when it is named, where payments were made before', async () => {
    const { a } = await twoServices();
    await a.hold('a1', 2098, '77');
    await a.pool.query('delete from installation');
    const now = new Date('2026-03-01T00:00:00Z');
    expect((await readInstallation(a, now))._unsafeUnwrap().namedSince).toEqual(now);
  });
});
