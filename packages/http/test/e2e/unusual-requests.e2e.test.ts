import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { atStripe, authorize, authorizeBody, newOrder, release, revert, status } from './orders.js';
import { openWorld } from './world.js';

const world = await openWorld({ webhooks: false });

describe('strange but allowed:', () => {
  it.each([
    `it's "quoted"`,
    '/slashed/../order/',
    '\\back\\slashed',
    'наказ-订单-🍕',
    '%2F%00',
    '?a=1&b=2#c',
    `'; drop table payments; --`,
    '$1',
    '{{constructor}}',
    '__proto__',
    'x'.repeat(200),
    '🍕'.repeat(200),
  ])('the order id %j goes through hold, release, refund and status', async (base) => {
    const id = base.length < 190 ? `${base}${randomUUID().slice(0, 4)}` : base;
    const path = encodeURIComponent(id);
    const held = await authorize(world, path, { order: { description: id } });
    expect(held.status, held.text).toBe(200);
    expect(held.body.payment.orderId).toBe(id);
    expect(atStripe(world, id).intents).toHaveLength(1);
    expect((await release(world, path, id)).body.runnerId).toBe(id);
    expect((await revert(world, path)).status).toBe(200);
    const { payment } = (await status(world, path)).body;
    expect(payment).toMatchObject({ orderId: id, description: id, status: 'REVERTED' });
  });

  it('unknown fields are ignored: neither stored nor sent on', async () => {
    const order = newOrder();
    const marker = `marker-${randomUUID()}`;
    const answer = await authorize(world, order, {
      customer: {
        firstName: marker,
        userStripeCard: { payment_method_id: 'pm_card_visa', last4: marker },
      },
      order: { items: [marker], metadata: { marker } },
      metadata: { marker },
      [marker]: marker,
    });
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain(marker);
    for (const table of ['payments', 'operations', 'payment_events', 'outbox', 'customers']) {
      const rows = await world.database.sql(`select * from ${table}`);
      expect(JSON.stringify(rows), table).not.toContain(marker);
    }
    expect(JSON.stringify(world.sandbox.ledger())).not.toContain(marker);
  });

  it('keys like __proto__ in a body pollute nothing', async () => {
    const body = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},${JSON.stringify(
      authorizeBody(),
    ).slice(1)}`;
    const answer = await world.post(`/api/payment/${newOrder()}/authorize`, body);
    expect(answer.status).toBe(200);
    expect('polluted' in {}).toBe(false);
  });
});
