import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  authorize,
  authorizeBody,
  heldOrder,
  newOrder,
  release,
  revert,
  until,
  withCard,
} from './orders.js';
import { openWorld, type Service, type World } from './world.js';

const world = await openWorld();

interface Published {
  readonly event: string;
  readonly orderId: string;
  readonly paymentId: string;
  readonly version: number;
  readonly status: string;
  readonly correlationId: string;
}

/** What a service told the log about an order, as it told it. */
function publishedBy({ lines }: Service, order: string): Published[] {
  const all = lines.filter((line) => line.msg === 'event') as unknown as Published[];
  return all.filter(({ orderId }) => orderId === order);
}

async function outboxIsEmpty({ database }: World = world) {
  await until(
    () => database.sql('select * from outbox'),
    (rows) => rows.length === 0,
  );
}

const told = ({ event, version, status }: Published) => [event, version, status];

describe('what happens to a payment is announced once, in order, without gaps', () => {
  it('a hold that is released and refunded', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    await revert(world, order);
    await world.sandbox.webhooks.settled();
    await outboxIsEmpty();
    expect(publishedBy(world, order).map(told)).toEqual([
      ['payment.authorized', 1, 'AUTHORIZED'],
      ['payment.released', 2, 'RELEASED'],
      ['payment.reverted', 3, 'REVERTED'],
    ]);
  });

  it('a decline, and the second payment of the same order from version 1 again', async () => {
    const order = newOrder();
    await authorize(world, order, withCard('pm_card_chargeDeclined'));
    await authorize(world, order);
    await world.sandbox.webhooks.settled();
    await outboxIsEmpty();
    const published = publishedBy(world, order);
    expect(published.map(told)).toEqual([
      ['payment.failed', 1, 'FAILED'],
      ['payment.authorized', 1, 'AUTHORIZED'],
    ]);
    expect(new Set(published.map(({ paymentId }) => paymentId)).size).toBe(2);
  });

  it('a payment that waits for the customer and is canceled', async () => {
    const order = newOrder();
    await authorize(world, order, withCard('pm_card_threeDSecure2Required'));
    await revert(world, order);
    await world.sandbox.webhooks.settled();
    await outboxIsEmpty();
    expect(publishedBy(world, order).map(told)).toEqual([
      ['payment.requires_action', 1, 'INITIATING'],
      ['payment.reverted', 2, 'REVERTED'],
    ]);
  });

  it('commands that were refused announce nothing', async () => {
    const order = await heldOrder(world);
    await release(world, order, 'runner_1');
    await release(world, order, 'runner_2');
    await authorize(world, order, { order: { amount: 9999 } });
    await world.sandbox.webhooks.settled();
    await outboxIsEmpty();
    expect(publishedBy(world, order)).toHaveLength(2);
  });

  it('twenty orders at once', async () => {
    const orders = Array.from({ length: 20 }, newOrder);
    await Promise.all(orders.map((order, n) => holdAndEnd(world, order, n)));
    await world.sandbox.webhooks.settled();
    await outboxIsEmpty();
    for (const order of orders) {
      expect(publishedBy(world, order).map(({ version }) => version)).toEqual([1, 2]);
    }
  });
});

describe('two services that share an outbox', () => {
  it('may both announce something, but lose nothing and keep each order in order', async () => {
    const shared = await openWorld();
    const services = [shared, await shared.openService()];
    const orders = Array.from({ length: 20 }, newOrder);
    await Promise.all(orders.map((order, n) => holdAndEnd(services[n % 2] ?? shared, order, n)));
    await shared.sandbox.webhooks.settled();
    await outboxIsEmpty(shared);
    for (const order of orders) {
      const told = services.map((one) => publishedBy(one, order).map(({ version }) => version));
      expect(new Set(told.flat())).toEqual(new Set([1, 2]));
      for (const versions of told) expect(versions).toEqual([...versions].sort());
    }
  });
});

async function holdAndEnd(service: Service, order: string, n: number): Promise<void> {
  await authorize(service, order);
  await (n % 3 === 0 ? revert(service, order) : release(service, order));
}

describe('the correlation id', () => {
  it('of each command goes with the event that answers it, and into the history', async () => {
    const order = newOrder();
    const ids = Array.from({ length: 3 }, () => randomUUID());
    const headers = (n: number) => ({ 'x-correlation-id': String(ids[n]) });
    const path = `/api/payment/${order}`;
    const { body } = await world.post(`${path}/authorize`, authorizeBody(), headers(0));
    await world.post(`${path}/release`, { runnerId: 'runner_1' }, headers(1));
    await world.post(`${path}/revert`, undefined, headers(2));
    await world.sandbox.webhooks.settled();
    await outboxIsEmpty();
    const published = publishedBy(world, order);
    expect(published.map(({ correlationId }) => correlationId)).toEqual(ids);
    const sql = 'select correlation_id from payment_events where payment_id = $1 order by version';
    const history = await world.database.sql<{ correlation_id: string }>(sql, [body.paymentId]);
    expect(history.map((entry) => entry.correlation_id)).toEqual(ids);
  });

  it('of the command stays, although a webhook is what ends it', async () => {
    const order = await heldOrder(world);
    const correlationId = randomUUID();
    const path = '/v1/payment_intents/*/capture';
    world.sandbox.faults.add({ path, effect: { kind: 'latency', ms: 300, phase: 'after' } });
    await world.post(
      `/api/payment/${order}/release`,
      { runnerId: 'runner_1' },
      { 'x-correlation-id': correlationId },
    );
    await outboxIsEmpty();
    const published = publishedBy(world, order);
    expect(published.find(({ event }) => event === 'payment.released')).toMatchObject({
      correlationId,
    });
  });
});

describe('the log', () => {
  it('of everything above holds no key, no secret and no card', () => {
    const all = JSON.stringify(world.lines);
    expect(all).toContain('payment.authorized');
    for (const secret of ['sk_test_e2e', 'whsec_', '_secret_', 'pm_card_', 'postgres://']) {
      expect(all).not.toContain(secret);
    }
  });
});
