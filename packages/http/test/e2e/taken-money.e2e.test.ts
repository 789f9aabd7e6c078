import { describe, expect, it } from 'vitest';
import {
  atDashboard,
  atStripe,
  heldOrder,
  intentOf,
  recorded,
  release,
  revert,
  status,
  until,
  withCard,
} from './orders.js';
import { eventOf, sendWebhook, signed } from './signing.js';
import { openWorld, type World } from './world.js';

// Without webhooks of the sandbox's own: each is sent by hand, or lost.
const world = await openWorld({ webhooks: false, environment: { COMPAT_ROUTES: 'true' } });
const { sandbox } = world;
sandbox.refunds.setLater(false);

async function releasedOrder(wish: { readonly customer?: object } = {}): Promise<string> {
  const order = await heldOrder(world, wish);
  expect((await release(world, order)).status).toBe(200);
  return order;
}

const paymentOf = async (order: string) => (await status(world, order)).body.payment;

async function tell(type: string, object: object): Promise<number> {
  const payload = eventOf(type, object);
  const { status: code } = await sendWebhook(world, payload, {
    'stripe-signature': signed(payload),
  });
  return code;
}

/** What was told of an order, the newest first. */
async function toldOf({ database }: World, order: string): Promise<readonly string[]> {
  const text = `select e.type from payment_events e join payments p on p.id = e.payment_id
    where p.order_id = $1 order by e.version desc`;
  return (await database.sql(text, [order])).map(({ type }) => String(type));
}

describe('a dispute', () => {
  it('of which a webhook tells is kept, marked with reason and amount, and bars a refund', async () => {
    const order = await releasedOrder();
    const dispute = {
      id: 'dp_1',
      object: 'dispute',
      amount: 2098,
      currency: 'usd',
      charge: 'ch_1',
      payment_intent: intentOf(world, order).id,
      reason: 'fraudulent',
      status: 'needs_response',
    };
    expect(await tell('charge.dispute.created', dispute)).toBe(200);
    expect(await paymentOf(order)).toMatchObject({
      status: 'RELEASED',
      capturedMinor: 2098,
      dispute: { disputeId: 'dp_1', status: 'needs_response', amountMinor: 2098 },
      review: 'disputed: 2098 minor units, fraudulent (dp_1)',
    });
    expect(await toldOf(world, order)).toEqual([
      'review_needed',
      'disputed',
      'released',
      'authorized',
    ]);
    const refused = await revert(world, order);
    expect([refused.status, refused.body.error, refused.body.dispute.disputeId]).toEqual([
      409,
      'disputed',
      'dp_1',
    ]);
    expect(refused.body.retryable).toBeUndefined();
    expect(atStripe(world, order).refunds).toEqual([]);
  });

  it('whose webhook was lost is found when Stripe is asked, with what it is about', async () => {
    const order = await releasedOrder();
    const { id: payment_intent } = intentOf(world, order);
    sandbox.disputes.open({ payment_intent, reason: 'product_not_received' });
    // Any hint makes us ask: here one about the charge.
    expect(await tell('charge.refunded', { id: 'ch_1', object: 'charge', payment_intent })).toBe(
      200,
    );
    expect((await paymentOf(order)).dispute).toMatchObject({
      reason: 'product_not_received',
      amountMinor: 2098,
    });
  });

  it('that a revert runs into is told as what it is', async () => {
    const order = await releasedOrder();
    sandbox.disputes.open({ payment_intent: intentOf(world, order).id });
    const refused = await revert(world, order);
    expect([refused.status, refused.body.error]).toEqual([409, 'gateway_refused']);
    expect((await paymentOf(order)).dispute).toMatchObject({ status: 'needs_response' });
    expect((await revert(world, order)).body.error).toBe('disputed');
  });
});

describe('a refund that waits for the bank', () => {
  const pending = withCard('pm_card_pendingRefund');

  it('is not answered as reverted, and ends as the bank says', async () => {
    const order = await releasedOrder(pending);
    const first = await revert(world, order);
    expect(first.status).toBe(202);
    expect(first.text).not.toMatch(/reverted/i);
    expect(first.body.payment).toMatchObject({ status: 'RELEASED', refundedMinor: 0 });
    expect((await revert(world, order)).status).toBe(202);
    const [refund] = atStripe(world, order).refunds;
    sandbox.refunds.end(refund?.id ?? '', { status: 'succeeded' });
    const ended = atStripe(world, order).refunds[0];
    expect(await tell('refund.updated', ended ?? {})).toBe(200);
    expect(await paymentOf(order)).toMatchObject({ status: 'REVERTED', refundedMinor: 2098 });
    expect((await revert(world, order)).body).toMatchObject({ status: 'FAILED' });
    expect(atStripe(world, order).refunds).toHaveLength(1);
  });

  it.each(['failed', 'canceled'] as const)(
    'and ends %s is marked for a person with the amount',
    async (end) => {
      const order = await releasedOrder(pending);
      expect((await revert(world, order)).status).toBe(202);
      const [refund] = atStripe(world, order).refunds;
      sandbox.refunds.end(refund?.id ?? '', { status: end });
      const ended = atStripe(world, order).refunds[0] ?? {};
      for (const type of ['refund.updated', 'charge.refund.updated'])
        expect(await tell(type, ended)).toBe(200);
      const payment = await paymentOf(order);
      expect(payment).toMatchObject({ status: 'RELEASED', refundedMinor: 0, processing: false });
      expect(payment.review).toMatch(new RegExp(`^refund ${end}: 2098 minor units`));
      expect((await toldOf(world, order)).slice(0, 2)).toEqual(['review_needed', 'refund_failed']);
    },
  );
});

describe('what moved in part outside', () => {
  it('a refund is counted, and the totals tell what was kept', async () => {
    const clerkUserId = 'user_who_got_a_part_back';
    const customer = { clerkUserId, stripeCustomerId: undefined };
    const order = await releasedOrder({ customer });
    const { id } = intentOf(world, order);
    await atDashboard(world, 'refunds', { payment_intent: id, amount: '500' });
    await tell('charge.refunded', { id: 'ch_1', object: 'charge', payment_intent: id });
    const payment = await paymentOf(order);
    expect(payment).toMatchObject({ status: 'RELEASED', refundedMinor: 500 });
    expect(payment.review).toBe('500 of 2098 minor units were refunded outside');
    const { body } = await world.get(`/history/${clerkUserId}`);
    expect(body).toMatchObject({ totalSpent: 15.98, spentCount: 1 });
    // The rest is given back by a revert.
    expect((await revert(world, order)).status).toBe(200);
    expect((await world.get(`/history/${clerkUserId}`)).body).toMatchObject({
      totalSpent: 0,
      spentCount: 0,
    });
  });

  it('a capture is RELEASED with what was taken', async () => {
    const order = await heldOrder(world);
    const { id } = intentOf(world, order);
    const part = { amount_to_capture: '300' };
    await atDashboard(world, `payment_intents/${id}/capture`, part);
    await tell('payment_intent.succeeded', intentOf(world, order));
    const row = await until(
      () => recorded(world, order),
      (one) => one?.status === 'RELEASED',
    );
    expect(row?.review).toBe('300 of 2098 minor units were captured outside this service');
    expect(await paymentOf(order)).toMatchObject({ capturedMinor: 300, refundedMinor: 0 });
  });
});
