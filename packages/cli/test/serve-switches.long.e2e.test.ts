import { type Sandbox, startSandbox } from '@campusg-pay/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFolder, type Serving, serve, until } from './cli.js';
import { type OwnDatabase, ownDatabase } from './database.js';
import { authorize, isHealthy, newOrder, release, statusOf } from './payments.js';

let stripe: Sandbox;
let database: OwnDatabase;
beforeAll(async () => {
  stripe = await startSandbox();
  database = await ownDatabase('template');
});
afterAll(async () => {
  await stripe.close();
  await database.drop();
});

/** Holds and pays out one order. */
async function carry(service: Serving): Promise<string> {
  const order = newOrder();
  expect(await isHealthy(service.url)).toBe(true);
  expect((await authorize(service.url, order)).body).toMatchObject({ status: 'AUTHORIZED' });
  expect((await release(service.url, order)).body).toMatchObject({ status: 'RELEASED' });
  expect(await statusOf(service.url, order)).toBe('RELEASED');
  return order;
}

describe('serve with one part configured', () => {
  it('uses the database of DATABASE_URL alone and keeps the sandbox', async () => {
    const service = await serve({
      CAMPUSG_PAY_DATA_DIR: await newFolder(),
      DATABASE_URL: database.connectionString,
    });
    const said = service.stderr();
    expect(said).not.toMatch(/embedded {4}Postgres/);
    expect(said).toMatch(/embedded {4}Stripe sandbox/);
    const { host, pathname, password } = new URL(database.connectionString);
    expect(said).toContain(`configured  Postgres at ${host}${pathname}`);
    expect(said + service.stdout()).not.toContain(password);

    const order = await carry(service);
    const found = 'select status from payments where order_id = $1';
    expect(await database.sql(found, [order])).toEqual([{ status: 'RELEASED' }]);
  });

  it('uses the Stripe of STRIPE_API_BASE and STRIPE_SECRET_KEY alone and keeps its Postgres', async () => {
    const service = await serve({
      CAMPUSG_PAY_DATA_DIR: await newFolder(),
      STRIPE_API_BASE: stripe.url,
      STRIPE_SECRET_KEY: 'sk_test_switch',
    });
    const said = service.stderr();
    expect(said).toMatch(/embedded {4}Postgres/);
    expect(said).not.toMatch(/embedded {4}Stripe/);
    expect(said).toContain(`configured  Stripe at ${stripe.url}, test mode`);
    expect(said).toContain('STRIPE_WEBHOOK_SECRET is not set: webhooks are refused');
    expect(said + service.stdout()).not.toContain('sk_test_switch');

    const order = await carry(service);
    const [intent] = stripe.ledger().paymentIntents;
    expect(intent).toMatchObject({ status: 'succeeded', metadata: { order_id: order } });
  });

  it('answers what is under way when it is asked to end, then ends', async () => {
    const order = newOrder();
    const env = {
      DATABASE_URL: database.connectionString,
      STRIPE_API_BASE: stripe.url,
      STRIPE_SECRET_KEY: 'sk_test_switch',
    };
    const service = await serve(env);
    expect((await authorize(service.url, order)).status).toBe(200);
    stripe.faults.add({
      path: '/v1/payment_intents/*/capture',
      effect: { kind: 'latency', ms: 2_000, phase: 'before' },
    });
    const underWay = release(service.url, order);
    const owed = 'select from operations where closed_at is null';
    await until(async () => (await database.sql(owed)).length === 1);
    service.kill('SIGTERM');
    expect((await underWay).body).toMatchObject({ status: 'RELEASED' });
    expect((await service.ended).code).toBe(0);
  });
});
