import { describe, expect, it } from 'vitest';
import { type Gate, openGate } from './gate.js';
import { atStripe, authorize, newOrder, status } from './orders.js';
import { openWorld } from './world.js';

let gate: Gate | undefined;
const world = await openWorld({
  webhooks: false,
  environment: { MAX_IN_FLIGHT: '3' },
  wayToStripe: async (direct) => {
    gate = await openGate(direct);
    return gate.url;
  },
});

describe('more requests than a service works on at once', () => {
  it('the next one is refused at once and leaves no trace; all that were let in finish', async () => {
    gate?.shut(/payment_intents/);
    const orders = [newOrder(), newOrder(), newOrder()];
    const held = orders.map((order) => authorize(world, order));
    await gate?.reached(3);
    const before = world.statements.length;

    const order = newOrder();
    const refused = await authorize(world, order);
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({ error: 'overloaded', retryable: true });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(world.statements.length).toBe(before);
    expect((await world.get('/health')).status).toBe(200);

    gate?.open();
    expect((await Promise.all(held)).map((one) => one.status)).toEqual([200, 200, 200]);
    expect((await status(world, order)).status).toBe(404);
    expect(atStripe(world, order).intents).toEqual([]);
    expect((await authorize(world, order)).status).toBe(200);
  });
});
