import { describe, expect, it } from 'vitest';
import {
  atDashboard,
  authenticate,
  authorize,
  heldOrder,
  intentOf,
  newOrder,
  recorded,
  release,
  revert,
  status,
  until,
  withCard,
} from './orders.js';
import { openWorld } from './world.js';

const world = await openWorld();
const { sandbox } = world;

const WEEK_MS = 7 * 86_400_000;

const wanting3ds = withCard('pm_card_threeDSecure2Required');

describe('a webhook moves the record by itself', () => {
  it('payment_intent.requires_action, where the answer to the authorize never came', async () => {
    const order = newOrder();
    const effect = { kind: 'truncate' } as const;
    sandbox.faults.add({ method: 'POST', path: '/v1/payment_intents', effect });
    // 200 where the webhook was there before the doubt was written down.
    expect([200, 202]).toContain((await authorize(world, order, wanting3ds)).status);
    const row = 'select requires_action from payments where order_id = $1';
    const [found] = await until(
      () => world.database.sql(row, [order]),
      ([one]) => one?.requires_action === true,
    );
    expect(found).toEqual({ requires_action: true });
  });

  it('payment_intent.amount_capturable_updated: the customer has authenticated', async () => {
    const order = newOrder();
    await authorize(world, order, wanting3ds);
    await authenticate(world, order, 'approve');
    await until(
      () => recorded(world, order),
      (row) => row?.status === 'AUTHORIZED',
    );
    const { payment } = (await status(world, order)).body;
    expect(Date.parse(payment.captureBefore)).toBeGreaterThan(Date.now() + WEEK_MS - 60_000);
  });

  it('payment_intent.payment_failed: the customer has not, and it is canceled too', async () => {
    const order = newOrder();
    await authorize(world, order, wanting3ds);
    await authenticate(world, order, 'fail');
    await until(
      () => recorded(world, order),
      (row) => row?.status === 'FAILED',
    );
    expect(intentOf(world, order).status).toBe('canceled');
    expect((await status(world, order)).body.payment.failure.code).toBe(
      'payment_intent_authentication_failure',
    );
  });

  it('payment_intent.succeeded: captured past this service, marked for a person', async () => {
    const order = await heldOrder(world);
    await atDashboard(world, `payment_intents/${intentOf(world, order).id}/capture`);
    const row = await until(
      () => recorded(world, order),
      (one) => one?.status === 'RELEASED',
    );
    expect(row?.review).toMatch(/outside/);
  });

  it('payment_intent.canceled: canceled past this service', async () => {
    const order = await heldOrder(world);
    await atDashboard(world, `payment_intents/${intentOf(world, order).id}/cancel`);
    await until(
      () => recorded(world, order),
      (row) => row?.status === 'REVERTED',
    );
    expect((await release(world, order)).status).toBe(409);
  });

  it('charge.refunded: refunded past this service', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    await atDashboard(world, 'refunds', { payment_intent: intentOf(world, order).id });
    await until(
      () => recorded(world, order),
      (row) => row?.status === 'REVERTED',
    );
    expect((await status(world, order)).body.payment.revertMethod).toBe('refunded');
  });

  it('charge.refunded in part: the payment stays, marked for a person', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    await atDashboard(world, 'refunds', {
      payment_intent: intentOf(world, order).id,
      amount: '500',
    });
    const row = await until(
      () => recorded(world, order),
      (one) => one?.review !== null,
    );
    expect(row).toMatchObject({ status: 'RELEASED', review: expect.stringContaining('500') });
  });

  it('refund.failed: the refund did not reach the customer, marked for a person', async () => {
    const order = await heldOrder(world, withCard('pm_card_refundFail'));
    await release(world, order);
    expect((await revert(world, order)).status).toBe(200);
    await sandbox.webhooks.settled();
    await sandbox.clock.advance(10_000);
    const row = await until(
      () => recorded(world, order),
      (one) => one?.review !== null,
    );
    expect(row?.review).toMatch(/refund failed/);
  });
});

describe('a hold that lapses', () => {
  it('is REVERTED (expired), and its release is 409', async () => {
    const order = await heldOrder(world);
    await sandbox.clock.advance(WEEK_MS + 60_000);
    await until(
      () => recorded(world, order),
      (row) => row?.status === 'REVERTED',
    );
    const { payment } = (await status(world, order)).body;
    expect(payment).toMatchObject({ status: 'REVERTED', revertMethod: 'expired' });
    const { status: code, body } = await release(world, order);
    expect(code).toBe(409);
    expect(body).toMatchObject({ currentStatus: 'REVERTED' });
    expect((await authorize(world, order)).body).toMatchObject({ payment: { attempt: 2 } });
  });

  it('unheard, is found out by the release: 409 hold_expired, and nothing is captured', async () => {
    world.deliverWebhooks(false);
    const order = await heldOrder(world);
    await sandbox.clock.advance(WEEK_MS + 60_000);
    const { status: code, body } = await release(world, order);
    world.deliverWebhooks(true);
    expect(code).toBe(409);
    expect(body).toMatchObject({ error: 'hold_expired', currentStatus: 'REVERTED' });
    expect(intentOf(world, order)).toMatchObject({ status: 'canceled', amount_received: 0 });
    expect((await status(world, order)).body.payment.revertMethod).toBe('expired');
  });
});
