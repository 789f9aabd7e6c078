import { describe, expect, it } from 'vitest';
import {
  authorize,
  costOf,
  heldOrder,
  newOrder,
  release,
  revert,
  status,
  withCard,
} from './orders.js';
import { openWorld } from './world.js';

// Without webhooks, whose statements would be counted too.
const world = await openWorld({ webhooks: false });

/** Of a release: the payment, and the runner that it is for. */
const READS = ['latest_payments_of_orders', 'find_runners'];

describe('round trips to the database and calls to Stripe', () => {
  it('authorize of a new user: the customer is made on the way', async () => {
    const customer = { clerkUserId: 'user_new' };
    const { value, calls, statements } = await costOf(world, () =>
      authorize(world, newOrder(), { customer }),
    );
    expect(value.status).toBe(200);
    expect(calls).toEqual(['POST /v1/customers', 'POST /v1/payment_intents']);
    expect(statements).toEqual([
      'claim_payments',
      'reserve_customer',
      'remember_customer',
      'save_changes',
    ]);
  });

  it('authorize of a known user: two statements and one call', async () => {
    await heldOrder(world);
    const { value, calls, statements } = await costOf(world, () => authorize(world, newOrder()));
    expect(value.status).toBe(200);
    expect(calls).toEqual(['POST /v1/payment_intents']);
    expect(statements).toEqual(['claim_payments', 'save_changes']);
  });

  it('authorize with a given customer: two statements and one call', async () => {
    const order = await heldOrder(world);
    const stripeCustomerId = String(world.sandbox.ledger().customers[0]?.id);
    const { value, calls, statements } = await costOf(world, () =>
      authorize(world, `${order}_b`, { customer: { stripeCustomerId } }),
    );
    expect(value.status).toBe(200);
    expect(calls).toEqual(['POST /v1/payment_intents']);
    expect(statements).toEqual(['claim_payments', 'save_changes']);
  });

  it('release: two reads at once, two writes, and one call', async () => {
    const order = await heldOrder(world);
    const { calls, statements } = await costOf(world, () => release(world, order));
    expect(calls).toEqual(['POST /v1/payment_intents/:id/capture']);
    expect(statements).toEqual([...READS, 'save_changes', 'save_changes']);
  });

  it('revert of a hold: three statements and one call', async () => {
    const order = await heldOrder(world);
    const { calls, statements } = await costOf(world, () => revert(world, order));
    expect(calls).toEqual(['POST /v1/payment_intents/:id/cancel']);
    expect(statements).toEqual(['latest_payments_of_orders', 'save_changes', 'save_changes']);
  });

  it('revert of a released payment: three statements and one call', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    const { calls, statements } = await costOf(world, () => revert(world, order));
    expect(calls).toEqual(['POST /v1/refunds']);
    const writes = ['save_changes_with_money', 'save_changes_with_money'];
    expect(statements).toEqual(['latest_payments_of_orders', ...writes]);
  });

  it('a decline: one statement and one call more, to cancel what was declined', async () => {
    const wish = withCard('pm_card_chargeDeclined');
    const { value, calls, statements } = await costOf(world, () =>
      authorize(world, newOrder(), wish),
    );
    expect(value.status).toBe(402);
    expect(calls).toEqual(['POST /v1/payment_intents', 'POST /v1/payment_intents/:id/cancel']);
    expect(statements).toEqual(['claim_payments', 'save_changes', 'save_changes']);
  });

  it('repeats: no call, and what it takes to find the payment', async () => {
    const order = await heldOrder(world);
    const held = await costOf(world, () => authorize(world, order));
    expect(held.calls).toEqual([]);
    expect(held.statements).toEqual(['claim_payments', 'latest_payments_of_orders']);
    await release(world, order);
    const released = await costOf(world, () => release(world, order));
    expect(released.calls).toEqual([]);
    expect(released.statements).toEqual(READS);
  });

  it('a refused release: no call and two reads at once', async () => {
    const order = await heldOrder(world);
    await revert(world, order);
    const { value, calls, statements } = await costOf(world, () => release(world, order));
    expect(value.status).toBe(409);
    expect(calls).toEqual([]);
    expect(statements).toEqual(READS);
  });

  it.each([
    ['held', async () => {}],
    ['released', (order: string) => release(world, order)],
    ['reverted', (order: string) => revert(world, order)],
  ])('status of a %s payment: no call and one statement', async (_settled, settle) => {
    const order = await heldOrder(world);
    await settle(order);
    const { value, calls, statements } = await costOf(world, () => status(world, order));
    expect(value.status).toBe(200);
    expect(calls).toEqual([]);
    expect(statements).toEqual(['latest_payments_of_orders']);
  });

  it('status of a payment that waits for the customer asks Stripe once', async () => {
    const order = newOrder();
    await authorize(world, order, withCard('pm_card_threeDSecure2Required'));
    const { calls, statements } = await costOf(world, () => status(world, order));
    expect(calls).toEqual(['GET /v1/payment_intents/:id']);
    expect(statements).toEqual(['latest_payments_of_orders']);
  });
});
