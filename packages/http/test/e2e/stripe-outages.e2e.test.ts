import type { RequestEffect } from '@campusg-pay/sandbox';
import { describe, expect, it } from 'vitest';
import {
  atStripe,
  authorize,
  heldOrder,
  newOrder,
  release,
  revert,
  status,
  until,
} from './orders.js';
import { type Answered, openWorld } from './world.js';

const world = await openWorld({
  webhooks: false,
  environment: { STRIPE_TIMEOUT_MS: '3000' },
});

/** Nobody listens where its Stripe should be. */
const cutOff = await openWorld({
  webhooks: false,
  environment: { STRIPE_API_BASE: 'http://127.0.0.1:9' },
});

const HOUR_MS = 3_600_000;

describe('a call that Stripe certainly did not take', () => {
  it.each([
    ['authorize', '/v1/payment_intents', newOrder, (order: string) => authorize(world, order)],
    [
      'release',
      '/v1/payment_intents/*/capture',
      () => heldOrder(world),
      (order: string) => release(world, order),
    ],
    [
      'revert',
      '/v1/payment_intents/*/cancel',
      () => heldOrder(world),
      (order: string) => revert(world, order),
    ],
  ])('%s at the rate limit is 503 with Retry-After, and works when asked again', async (...row) => {
    const [, path, prepare, run] = row;
    const order = await prepare();
    world.sandbox.faults.add({ method: 'POST', path, times: 10, effect: { kind: 'rate_limit' } });
    const limited = await run(order);
    expect(limited.status).toBe(503);
    expect(limited.body).toMatchObject({
      success: false,
      error: 'gateway_unavailable',
      retryable: true,
    });
    expect(limited.headers.get('retry-after')).toMatch(/^\d+$/);
    world.sandbox.faults.clear();
    // At once: nothing bars it any more.
    expect((await run(order)).status).toBe(200);
    expect(atStripe(world, order).intents).toHaveLength(1);
  });

  it('authorize leaves nothing behind, at Stripe or here, and nobody makes the hold later', async () => {
    const order = newOrder();
    await atTheLimit('/v1/payment_intents', () => authorize(world, order));
    expect(await rowsOf(order)).toEqual([]);
    world.clock.advance(HOUR_MS);
    expect((await world.runtime.escrow.resume(100)).isOk()).toBe(true);
    expect(atStripe(world, order).intents).toEqual([]);
    expect((await status(world, order)).status).toBe(404);
    const again = await authorize(world, order, { order: { amount: 3000 } });
    expect(again.body).toMatchObject({ status: 'AUTHORIZED', payment: { attempt: 1 } });
    expect(atStripe(world, order).intents).toMatchObject([{ amount: 3000 }]);
  });

  it('release and revert leave the hold as it was, and nobody carries them out later', async () => {
    const order = await heldOrder(world);
    const path = '/v1/payment_intents/*/*';
    await atTheLimit(path, () => release(world, order, 'runner_1'));
    await atTheLimit(path, () => revert(world, order));
    expect(await rowsOf(order)).toMatchObject([{ status: 'AUTHORIZED', operation_key: null }]);
    world.clock.advance(HOUR_MS);
    expect((await world.runtime.escrow.resume(100)).isOk()).toBe(true);
    expect(atStripe(world, order).intents).toMatchObject([{ status: 'requires_capture' }]);
    // Another runner is no contradiction: the first release never was.
    expect((await release(world, order, 'runner_2')).body.runnerId).toBe('runner_2');
  });

  it('a single broken connection is not even noticed', async () => {
    const order = newOrder();
    const effect = { kind: 'drop', executed: true } as const;
    world.sandbox.faults.add({ method: 'POST', path: '/v1/payment_intents', effect });
    expect((await authorize(world, order)).status).toBe(200);
    expect(atStripe(world, order).intents).toHaveLength(1);
  });

  it('with Stripe gone altogether is 503 for an authorize, and there is no payment', async () => {
    const order = newOrder();
    // Known already, so that making the customer is not what fails.
    const customer = { stripeCustomerId: 'cus_known' };
    const answer = await authorize(cutOff, order, { customer });
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ error: 'gateway_unavailable', retryable: true });
    const told = await status(cutOff, order);
    expect([told.status, told.body.error]).toEqual([404, 'payment_not_found']);
  });
});

describe('everything at once', () => {
  it('40 orders in bad weather all end as they were asked to, each held once', async () => {
    const weather: RequestEffect[] = [
      { kind: 'drop', executed: true },
      { kind: 'truncate' },
      { kind: 'html502', executed: true },
      { kind: 'rate_limit' },
      { kind: 'error500', executed: true, kept: false },
    ];
    for (const [n, effect] of weather.entries()) {
      world.sandbox.faults.add({ path: '/v1/**', probability: 0.08, seed: n + 1, effect });
    }
    const orders = Array.from({ length: 40 }, newOrder);
    await Promise.all(orders.map((order) => authorize(world, order)));
    await expectEachHeldAtMostOnce(orders);
    world.clock.advance(17_000);
    await world.runtime.escrow.resume(100);
    world.sandbox.faults.clear();
    // What the recovery could not finish either rests for a minute or more.
    world.clock.advance(HOUR_MS);
    const endings = orders.map((order, n) => (n % 2 === 0 ? () => release(world, order) : null));
    const held = await Promise.all(orders.map((order) => authorize(world, order)));
    expect(held.map((answer) => answer.status)).toEqual(orders.map(() => 200));
    await Promise.all(endings.map((end, n) => end?.() ?? revert(world, orders[n] ?? '')));
    for (const [n, order] of orders.entries()) {
      // What a busy machine did not bring to its end in time, a look does.
      await until(
        async () => (await status(world, order)).body.payment.status,
        (now) => now === (n % 2 === 0 ? 'RELEASED' : 'REVERTED'),
      );
      const { intents } = atStripe(world, order);
      expect(intents).toMatchObject([{ status: n % 2 === 0 ? 'succeeded' : 'canceled' }]);
    }
  });
});

async function expectEachHeldAtMostOnce(orders: readonly string[]) {
  for (const order of orders) {
    expect(atStripe(world, order).intents.length).toBeLessThanOrEqual(1);
    const told = await status(world, order);
    // 404: the call was certainly not made, and the payment withdrawn.
    if (told.status === 404) expect(atStripe(world, order).intents).toEqual([]);
    else expect(told.body.payment.status).not.toBe('FAILED');
  }
}

/** Runs a command while Stripe turns every call to a path away. */
async function atTheLimit(path: string, run: () => Promise<Answered>) {
  world.sandbox.faults.add({ method: 'POST', path, times: 10, effect: { kind: 'rate_limit' } });
  const answer = await run();
  world.sandbox.faults.clear();
  expect([answer.status, answer.body.error]).toEqual([503, 'gateway_unavailable']);
}

/** What the database has of an order. */
function rowsOf(order: string) {
  const sql = 'select status, operation_key from payments where order_id = $1';
  return world.database.sql(sql, [order]);
}
