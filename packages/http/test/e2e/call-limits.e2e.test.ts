import { afterEach, describe, expect, it } from 'vitest';
import { authorize, heldOrder, newOrder, release, status } from './orders.js';
import { openWorld } from './world.js';

const CAPTURE = { method: 'POST', path: '/v1/payment_intents/*/capture' } as const;
const LIMIT = 20;

const world = await openWorld({
  webhooks: false,
  environment: {
    STRIPE_CALLS_PER_SECOND: '100',
    STRIPE_ENDPOINT_CALLS_PER_SECOND: String(LIMIT),
  },
});

afterEach(() => world.sandbox.faults.clear());

/** How many calls of a kind a second are held to be allowed, as the metrics tell it. */
async function allowed(limit: string, of = world): Promise<number> {
  const { text } = await of.get('/metrics');
  const line = text
    .split('\n')
    .find((one) => one.includes('stripe_calls_allowed') && one.includes(`"${limit}"`));
  return Number(line?.split(' ').at(-1));
}

const CAPTURES = 'POST /v1/payment_intents/{id}/capture';

describe('Stripe says that it was too much', () => {
  it('an object that is locked is asked for again, and nothing is learned from it', async () => {
    const order = await heldOrder(world);
    world.sandbox.faults.add({ ...CAPTURE, effect: { kind: 'rate_limit', code: 'lock_timeout' } });
    expect((await release(world, order)).status).toBe(200);
    expect(await allowed(CAPTURES)).toBe(LIMIT);
    expect(await allowed('all')).toBe(100);
  });

  it('where one object has had its share, nothing is learned either', async () => {
    const order = await heldOrder(world);
    const effect = { kind: 'rate_limit', reason: 'resource-specific' } as const;
    world.sandbox.faults.add({ ...CAPTURE, effect });
    expect((await release(world, order)).status).toBe(503);
    expect(await allowed(CAPTURES)).toBe(LIMIT);
  });

  it('fewer calls are made to that endpoint for a while, and no command is lost', async () => {
    const orders = await Promise.all(Array.from({ length: 40 }, () => heldOrder(world)));
    const [first = ''] = orders;
    world.sandbox.faults.add({ ...CAPTURE, effect: { kind: 'rate_limit' } });
    const limited = await release(world, first);
    expect(limited.status).toBe(503);
    expect(limited.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await allowed(CAPTURES)).toBeGreaterThanOrEqual(LIMIT / 2);
    expect(await allowed(CAPTURES)).toBeLessThan(LIMIT);
    expect(await allowed('all')).toBe(100);
    const began = performance.now();
    const done = await Promise.all(orders.map((order) => release(world, order)));
    // At 20 a second it would be over after one; at 10, and a little more each second, it takes three.
    expect(performance.now() - began).toBeGreaterThan(2_000);
    expect(done.map((one) => one.status)).toEqual(orders.map(() => 200));
    const payments = await Promise.all(orders.map((order) => status(world, order)));
    expect(payments.map(({ body }) => body.payment.status)).toEqual(orders.map(() => 'RELEASED'));
    const { requests } = world.sandbox.ledger();
    const captures = requests.filter(
      ({ path, status }) => path.endsWith('/capture') && status === 200,
    );
    expect(new Set(captures.map(({ path }) => path)).size).toBe(captures.length);
  });

  it('over all, all are slowed down', async () => {
    const order = await heldOrder(world);
    const effect = { kind: 'rate_limit', reason: 'global-rate' } as const;
    world.sandbox.faults.add({ ...CAPTURE, effect });
    expect((await release(world, order)).status).toBe(503);
    expect(await allowed('all')).toBeLessThan(100);
    expect((await release(world, order)).status).toBe(200);
  });
});

describe('repeats while Stripe allows no more calls in time', () => {
  it('of an authorize need no call, and have their answers', async () => {
    const narrow = await openWorld({
      webhooks: false,
      environment: { STRIPE_ENDPOINT_CALLS_PER_SECOND: '2', STRIPE_TIMEOUT_MS: '3000' },
    });
    const held = await heldOrder(narrow);
    // So many that there are always more than can have their turns.
    let isOver = false;
    const crowd = Array.from({ length: 10 }, async () => {
      while (!isOver) await authorize(narrow, newOrder());
    });
    try {
      for (let nth = 0; nth < 5; nth += 1) {
        while ((await authorize(narrow, newOrder())).status !== 503);
        expect((await authorize(narrow, held)).status).toBe(200);
      }
    } finally {
      isOver = true;
      await Promise.all(crowd);
    }
  });
});

describe('more authorizes than Stripe allows before their deadlines', () => {
  it('are 503 with Retry-After, and leave nothing behind', async () => {
    const narrow = await openWorld({
      webhooks: false,
      environment: { STRIPE_ENDPOINT_CALLS_PER_SECOND: '2', STRIPE_TIMEOUT_MS: '3000' },
    });
    // Whoever is first makes the customer, with a call to an endpoint of its own.
    await heldOrder(narrow);
    const orders = Array.from({ length: 20 }, () => newOrder());
    const answers = await Promise.all(orders.map((order) => authorize(narrow, order)));
    const held = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 503);
    expect(held.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(10);
    expect(held.length + refused.length).toBe(orders.length);
    for (const { body, headers } of refused) {
      expect(body).toMatchObject({ error: 'gateway_unavailable', retryable: true });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(narrow.sandbox.counts().paymentIntents).toBe(1 + held.length);
    for (const [nth, order] of orders.entries()) {
      expect((await status(narrow, order)).status).toBe(answers[nth]?.status === 200 ? 200 : 404);
    }
    const { text } = await narrow.get('/metrics');
    expect(text).toMatch(/campusg_pay_stripe_turns_refused_total\{urgency="customer"\} \d+/);
    expect(text).toMatch(/campusg_pay_stripe_turn_seconds_count\{urgency="customer"\} \d+/);
  });
});
