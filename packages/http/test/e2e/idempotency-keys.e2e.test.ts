import { describe, expect, it } from 'vitest';
import {
  atStripe,
  authorizeBody,
  newOrder,
  revert,
  status,
  until,
  type Wish,
  withCard,
} from './orders.js';
import { openWorld, type Service } from './world.js';

const world = await openWorld({
  webhooks: false,
  environment: { STRIPE_TIMEOUT_MS: '10000' },
});
const other = await world.openService();

/** An authorize under a key of its order's own. */
const keyed = (at: Service, order: string, wish: Wish = {}) =>
  at.post(`/api/payment/${order}/authorize`, authorizeBody(wish), {
    'idempotency-key': `key of ${order}`,
  });

describe('an authorize that is sent again under its Idempotency-Key', () => {
  it('at the same time, to two replicas, tries a declined card once', async () => {
    const order = newOrder();
    const wish = withCard('pm_card_chargeDeclined');
    const answers = await Promise.all(
      [world, other, world, other].map((at) => keyed(at, order, wish)),
    );
    expect(answers.map((answer) => answer.status)).toEqual([402, 402, 402, 402]);
    expect(atStripe(world, order).intents).toMatchObject([{ status: 'canceled' }]);
  });

  it('after a 202 and a revert makes no second hold, on any replica', async () => {
    const order = newOrder();
    const effect = { kind: 'truncate' } as const;
    world.sandbox.faults.add({ method: 'POST', path: '/v1/payment_intents', effect });
    expect((await keyed(world, order)).status).toBe(202);
    world.clock.advance(40_000);
    // The background may be at it at this very moment.
    await until(
      async () => (await status(world, order)).body.payment.status,
      (now) => now === 'AUTHORIZED',
    );
    expect((await revert(world, order)).status).toBe(200);
    const again = await keyed(other, order);
    expect([again.status, again.body.error]).toEqual([409, 'overtaken']);
    expect(again.body.currentStatus).toBe('REVERTED');
    expect(atStripe(world, order).intents).toMatchObject([{ status: 'canceled' }]);
  });

  it('after a 503 makes the one hold', async () => {
    const order = newOrder();
    const path = '/v1/payment_intents';
    world.sandbox.faults.add({ method: 'POST', path, times: 10, effect: { kind: 'rate_limit' } });
    expect((await keyed(world, order)).status).toBe(503);
    world.sandbox.faults.clear();
    const held = await keyed(other, order);
    expect(held.body).toMatchObject({ status: 'AUTHORIZED', payment: { attempt: 1 } });
    expect((await keyed(world, order)).body).toEqual(held.body);
    expect(atStripe(world, order).intents).toHaveLength(1);
  });

  it('a day later, when what was kept of the key is forgotten, makes no second hold either', async () => {
    const order = newOrder();
    const held = await keyed(world, order);
    await revert(world, order);
    await world.database.sql('delete from idempotency_keys');
    const again = await keyed(world, order);
    expect([again.status, again.body.error]).toEqual([409, 'overtaken']);
    expect(atStripe(world, order).intents).toMatchObject([{ id: held.body.paymentIntentId }]);
  });
});
