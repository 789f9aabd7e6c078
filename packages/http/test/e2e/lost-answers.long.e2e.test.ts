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
import { eventOf, sendWebhook, signed } from './signing.js';
import { type Answered, openWorld, type World } from './world.js';

// No webhook helps: what heals here heals by asking.
const patient = await openWorld({
  webhooks: false,
  environment: { STRIPE_TIMEOUT_MS: '3000' },
});

const HASTY_MS = 250;

/** For the cases in which our own deadline is what strikes. */
const hasty = await openWorld({
  webhooks: false,
  environment: { STRIPE_TIMEOUT_MS: String(HASTY_MS) },
});

/** Where it does not matter. */
const world = patient;

const worldFor = ({ kind }: RequestEffect) => (kind === 'latency' ? hasty : patient);

/** Everything after which nobody knows whether Stripe did it. The SDK repeats a drop by itself. */
const UNKNOWN: [string, RequestEffect][] = [
  ['the reply is dropped after it was done', { kind: 'drop', executed: true }],
  ['the request is dropped before it was done', { kind: 'drop', executed: false }],
  ['the reply is cut short', { kind: 'truncate' }],
  ['a proxy answers 502 in HTML after it was done', { kind: 'html502', executed: true }],
  ['a proxy answers 502 in HTML instead', { kind: 'html502', executed: false }],
  ['Stripe answers 500 and did nothing', { kind: 'error500', executed: false, kept: false }],
  ['Stripe answers 500 though it was done', { kind: 'error500', executed: true, kept: false }],
  ['the reply comes too late', { kind: 'latency', ms: 3 * HASTY_MS, phase: 'after' }],
  ['Stripe is still at it at the deadline', { kind: 'latency', ms: 3 * HASTY_MS }],
  ['Stripe works on the same key already', { kind: 'conflict' }],
];

function strike(world: World, path: string, effect: RequestEffect) {
  // Once more for the SDK, which repeats a connection that broke before the headers.
  const times = effect.kind === 'drop' ? 2 : 1;
  world.sandbox.faults.add({ method: 'POST', path, times, effect });
}

/** Whoever held the operation is given up, and a late Stripe has surely come to its end. */
async function giveUpOnIt(world: World, effect: RequestEffect) {
  if (effect.kind === 'latency') await world.clock.sleep(2.5 * HASTY_MS);
  world.clock.advance(17_000);
}

function expectProcessing(answer: Answered, state: string) {
  expect(answer.status).toBe(202);
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(answer.body).toMatchObject({ success: true, processing: true, status: state });
}

const HEALERS = ['the same command again', 'a look at the status', 'the recovery'] as const;

/** Has what was left open finished, and waits until it is: the background may have been faster. */
async function heal(
  world: World,
  { healer, order, repeat }: { healer: string; order: string; repeat: () => Promise<Answered> },
) {
  if (healer === HEALERS[0]) expect((await repeat()).status).toBe(200);
  if (healer === HEALERS[2]) expect((await world.runtime.escrow.resume(50)).isOk()).toBe(true);
  const { body } = await until(
    () => status(world, order),
    (told) => !told.body.payment.processing,
  );
  return body.payment;
}

describe('an authorize of which nobody knows', () => {
  it.each(
    UNKNOWN.flatMap(([what, effect]) =>
      HEALERS.map((healer): [string, string, RequestEffect] => [what, healer, effect]),
    ),
  )('%s: 202, and %s finds or makes the one hold', async (_what, healer, effect) => {
    const world = worldFor(effect);
    const order = newOrder();
    strike(world, '/v1/payment_intents', effect);
    expectProcessing(await authorize(world, order), 'INITIATING');
    await giveUpOnIt(world, effect);
    const payment = await heal(world, { healer, order, repeat: () => authorize(world, order) });
    expect(payment).toMatchObject({ status: 'AUTHORIZED', attempt: 1 });
    const { intents, charges } = atStripe(world, order);
    expect(intents).toMatchObject([{ id: payment.paymentIntentId, status: 'requires_capture' }]);
    expect(charges).toHaveLength(1);
  });

  it('is told as INITIATING and never as FAILED meanwhile', async () => {
    const order = newOrder();
    const effect = { kind: 'html502', executed: false } as const;
    world.sandbox.faults.add({ method: 'POST', path: '/v1/payment_intents', times: 20, effect });
    await authorize(world, order);
    // A look at the status asks at once, and does not learn it either.
    strike(world, '/v1/payment_intents', { kind: 'html502', executed: false });
    const { payment } = (await status(world, order)).body;
    expect(payment).toMatchObject({ status: 'INITIATING', processing: true });
    world.sandbox.faults.clear();
  });

  it('bars another authorize of the order, and a release, until it is known', async () => {
    const order = newOrder();
    strike(world, '/v1/payment_intents', { kind: 'truncate' });
    await authorize(world, order);
    const [contradicting, releasing] = await Promise.all([
      authorize(world, order, { order: { amount: 3000 } }),
      release(world, order),
    ]);
    expect(contradicting.status).toBe(409);
    expect(releasing).toMatchObject({ status: 409, body: { currentStatus: 'INITIATING' } });
    expect(atStripe(world, order).intents).toHaveLength(1);
  });

  it('can be reverted: what it has held is let go once it is found', async () => {
    const order = newOrder();
    strike(world, '/v1/payment_intents', { kind: 'truncate' });
    await authorize(world, order);
    world.clock.advance(17_000);
    const { status: code, body } = await revert(world, order);
    expect(code).toBe(200);
    expect(body.payment.status).toBe('REVERTED');
    expect(atStripe(world, order).intents).toMatchObject([{ status: 'canceled' }]);
  });
});

describe.each([
  {
    command: 'release',
    path: '/v1/payment_intents/*/capture',
    from: 'AUTHORIZED',
    to: 'RELEASED',
    prepare: (world: World) => heldOrder(world),
    run: (world: World, order: string) => release(world, order),
    intent: { status: 'succeeded', amount_received: 2098 },
    refunds: 0,
  },
  {
    command: 'revert of a hold',
    path: '/v1/payment_intents/*/cancel',
    from: 'AUTHORIZED',
    to: 'REVERTED',
    prepare: (world: World) => heldOrder(world),
    run: (world: World, order: string) => revert(world, order),
    intent: { status: 'canceled' },
    refunds: 0,
  },
  {
    command: 'revert of a released payment',
    path: '/v1/refunds',
    from: 'RELEASED',
    to: 'REVERTED',
    prepare: async (world: World) => {
      const order = await heldOrder(world);
      await release(world, order);
      return order;
    },
    run: (world: World, order: string) => revert(world, order),
    intent: { status: 'succeeded' },
    refunds: 1,
  },
])('a $command of which nobody knows', ({ path, from, to, prepare, run, intent, refunds }) => {
  it.each(UNKNOWN)('%s: 202, and then it gets done once', async (what, effect) => {
    const world = worldFor(effect);
    const order = await prepare(world);
    strike(world, path, effect);
    expectProcessing(await run(world, order), from);
    // A look at the status may settle it at once; nothing else is ever told.
    expect([from, to]).toContain((await status(world, order)).body.payment.status);
    await giveUpOnIt(world, effect);
    const healer = HEALERS[what.length % 2 === 0 ? 0 : 2];
    const payment = await heal(world, { healer, order, repeat: () => run(world, order) });
    expect(payment).toMatchObject({ status: to });
    const stripe = atStripe(world, order);
    expect(stripe.intents).toMatchObject([intent]);
    expect(stripe.refunds).toHaveLength(refunds);
  });
});

/** Found by the time it was made, so its clock must not be far ahead of Stripe's by now. */
const remembering = await openWorld({
  webhooks: false,
  environment: { STRIPE_TIMEOUT_MS: '3000' },
});

describe('a 500 that Stripe repeats for the same key, as it does', () => {
  const kept = { kind: 'error500', executed: true, kept: true } as const;

  it('after a capture that was done: the PaymentIntent itself tells so', async () => {
    const order = await heldOrder(remembering);
    strike(remembering, '/v1/payment_intents/*/capture', kept);
    expectProcessing(await release(remembering, order), 'AUTHORIZED');
    await giveUpOnIt(remembering, kept);
    expect((await release(remembering, order)).status).toBe(200);
    expect(atStripe(remembering, order).intents).toMatchObject([{ status: 'succeeded' }]);
  });

  it('after a hold that was made: it is found by its metadata, and never asked for anew', async () => {
    const order = newOrder();
    strike(remembering, '/v1/payment_intents', kept);
    expectProcessing(await authorize(remembering, order), 'INITIATING');
    await giveUpOnIt(remembering, kept);
    const again = await authorize(remembering, order);
    expect(again.status).toBe(200);
    const [intent, ...more] = atStripe(remembering, order).intents;
    expect(more).toEqual([]);
    expect(again.body).toMatchObject({ status: 'AUTHORIZED', paymentIntentId: intent?.id });
  });

  it('after a hold that was made: the webhook tells so as well', async () => {
    const order = newOrder();
    strike(remembering, '/v1/payment_intents', kept);
    expectProcessing(await authorize(remembering, order), 'INITIATING');
    const [intent] = atStripe(remembering, order).intents;
    const payload = eventOf('payment_intent.amount_capturable_updated', intent ?? {});
    const headers = {
      'stripe-signature': signed(payload, { at: remembering.clock.now().getTime() }),
    };
    expect((await sendWebhook(remembering, payload, headers)).status).toBe(200);
    const { payment } = (await status(remembering, order)).body;
    expect(payment).toMatchObject({ status: 'AUTHORIZED', paymentIntentId: intent?.id });
    expect(atStripe(remembering, order).intents).toHaveLength(1);
  });

  it('although it did nothing: the same is asked for under a fresh key', async () => {
    const order = newOrder();
    const undone = { ...kept, executed: false };
    strike(remembering, '/v1/payment_intents', undone);
    expectProcessing(await authorize(remembering, order), 'INITIATING');
    expect(atStripe(remembering, order).intents).toEqual([]);
    await giveUpOnIt(remembering, undone);
    expect((await authorize(remembering, order)).body).toMatchObject({ status: 'AUTHORIZED' });
    expect(atStripe(remembering, order).intents).toMatchObject([{ status: 'requires_capture' }]);
  });
});
