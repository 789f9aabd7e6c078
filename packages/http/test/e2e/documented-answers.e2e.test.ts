import { describe, expect, it } from 'vitest';
import {
  atStripe,
  authorize,
  heldOrder,
  newOrder,
  release,
  revert,
  status,
  USER,
  withCard,
} from './orders.js';
import { openWorld } from './world.js';

const world = await openWorld();

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/;

/** The payment object of the guide, field for field. */
function documentedPayment(orderId: string, expected: object) {
  return {
    paymentId: expect.any(String),
    orderId,
    customerId: USER,
    runnerId: null,
    amount: 20.98,
    status: 'AUTHORIZED',
    description: 'Order with ID order_123abc - CampusG Escrow',
    paymentIntentId: expect.stringMatching(/^pi_\w+$/),
    createdAt: expect.stringMatching(TIME),
    updatedAt: expect.stringMatching(TIME),
    ...expected,
  };
}

describe("the guide's walk", () => {
  it('authorize answers the documented body', async () => {
    const order = newOrder();
    const { status: code, body } = await authorize(world, order, {
      custpaymentId: `payment_of_${order}`,
      return_url: 'https://campusg.com/order-confirmation',
    });
    expect(code).toBe(200);
    expect(body).toMatchObject({
      success: true,
      description: 'Payment authorized successfully and held in escrow',
      paymentId: `payment_of_${order}`,
      paymentIntentId: atStripe(world, order).intents[0]?.id,
      status: 'AUTHORIZED',
    });
    expect(body.payment).toMatchObject(documentedPayment(order, {}));
  });

  it('release answers the documented body, and the whole amount is captured', async () => {
    const order = await heldOrder(world);
    const { status: code, body } = await release(world, order, 'user_abc123');
    expect(code).toBe(200);
    expect(body).toMatchObject({
      success: true,
      description: 'Funds released to runner successfully',
      status: 'RELEASED',
      runnerId: 'user_abc123',
    });
    expect(atStripe(world, order).intents).toMatchObject([
      { status: 'succeeded', amount_received: 2098 },
    ]);
  });

  it('revert answers the documented FAILED, and its payment the true REVERTED', async () => {
    const order = await heldOrder(world);
    const { status: code, body } = await world.post(`/api/payment/${order}/revert`, {
      reason: 'order_canceled',
    });
    expect(code).toBe(200);
    expect(body).toMatchObject({
      success: true,
      description: 'Payment reverted successfully',
      status: 'FAILED',
      payment: { status: 'REVERTED', reason: 'order_canceled' },
    });
    expect((await status(world, order)).body.payment.status).toBe('REVERTED');
    expect(atStripe(world, order).intents).toMatchObject([
      { status: 'canceled', cancellation_reason: 'requested_by_customer' },
    ]);
  });

  it('status and details answer the documented payment', async () => {
    const order = await heldOrder(world);
    await release(world, order, 'user_456');
    const byOrder = await status(world, order);
    expect(byOrder.status).toBe(200);
    const payment = documentedPayment(order, { runnerId: 'user_456', status: 'RELEASED' });
    expect(byOrder.body).toMatchObject({ success: true, payment });
    const { paymentId } = byOrder.body.payment;
    const byPayment = await world.get(`/api/payment/${paymentId}/details`);
    expect(byPayment.status).toBe(200);
    expect(byPayment.body).toEqual(byOrder.body);
  });

  it('health answers the documented body', async () => {
    const { status: code, body } = await world.get('/health');
    expect({ code, body }).toEqual({ code: 200, body: { status: 'healthy' } });
  });

  it('updatedAt moves with the record and createdAt stays', async () => {
    const order = await heldOrder(world);
    const before = (await status(world, order)).body.payment;
    await release(world, order);
    const after = (await status(world, order)).body.payment;
    expect(after.createdAt).toBe(before.createdAt);
    expect(Date.parse(after.updatedAt)).toBeGreaterThan(Date.parse(before.updatedAt));
  });
});

describe('revert', () => {
  it.each([
    ['no body at all', undefined, {}],
    ['an empty body that is said to be JSON', '', {}],
    ['an empty body that is said to be text', '', { 'content-type': 'text/plain' }],
    ['an empty object', {}, {}],
  ])('is taken with %s', async (_what, body, headers) => {
    const order = await heldOrder(world);
    const answer = await world.post(`/api/payment/${order}/revert`, body, headers);
    expect(answer.status).toBe(200);
    expect(answer.body.payment).toMatchObject({ status: 'REVERTED', revertMethod: 'voided' });
  });

  it('of a released payment refunds it in full', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    const { body } = await revert(world, order);
    expect(body.payment).toMatchObject({ status: 'REVERTED', revertMethod: 'refunded' });
    const { intents, refunds } = atStripe(world, order);
    expect(intents).toMatchObject([{ status: 'succeeded' }]);
    expect(refunds).toMatchObject([{ amount: 2098, status: 'succeeded' }]);
  });

  it('of a payment that waits for the customer cancels it', async () => {
    const order = newOrder();
    const asked = await authorize(world, order, withCard('pm_card_threeDSecure2Required'));
    expect(asked.body).toMatchObject({ status: 'INITIATING', requiresAction: true });
    const { body } = await revert(world, order);
    expect(body).toMatchObject({ status: 'FAILED', payment: { revertMethod: 'canceled' } });
    expect(atStripe(world, order).intents).toMatchObject([{ status: 'canceled' }]);
  });

  it('keeps a reason in free text, which Stripe would not take as its own', async () => {
    const order = await heldOrder(world);
    const reason = 'Läufer hat abgesagt — "sorry" 🙈';
    await world.post(`/api/payment/${order}/revert`, { reason });
    expect((await status(world, order)).body.payment.reason).toBe(reason);
  });
});

describe('amounts', () => {
  it.each([
    ['JPY', 500, 500],
    ['KWD', 12340, 12.34],
    ['USD', 1999, 19.99],
    ['eur', 829, 8.29],
    ['IDR', 150_000_000, 1_500_000],
    ['IDR', 999_999_999_999, 9_999_999_999.99],
  ])('%s %d is answered and stored as %d', async (currency, minor, major) => {
    const order = newOrder();
    const { body } = await authorize(world, order, { order: { amount: minor, currency } });
    expect(body.payment).toMatchObject({ amount: major, amountMinor: minor });
    expect(body.payment.currency).toBe(currency.toUpperCase());
    const sql = 'select amount::float as amount from payments where order_id = $1';
    expect(await world.database.sql(sql, [order])).toEqual([{ amount: major }]);
    expect(atStripe(world, order).intents).toMatchObject([
      { amount: minor, currency: currency.toLowerCase() },
    ]);
  });
});

describe('an order without a description', () => {
  it.each([[undefined], [''], [null]])(
    '%j gets that of the guide everywhere',
    async (description) => {
      const order = newOrder();
      const said = `Order ${order} - CampusG Escrow`;
      const { body } = await authorize(world, order, { order: { description } });
      expect(body.payment.description).toBe(said);
      expect((await status(world, order)).body.payment.description).toBe(said);
      const details = await world.get(`/api/payment/${body.paymentId}/details`);
      expect(details.body.payment.description).toBe(said);
      expect(atStripe(world, order).intents).toMatchObject([{ description: said }]);
      const sql = 'select description from payments where order_id = $1';
      expect(await world.database.sql(sql, [order])).toEqual([{ description: said }]);
    },
  );
});

describe('declines', () => {
  it.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
  ])('%s is 402 and leaves nothing that could still be held', async (card, code, declineCode) => {
    const order = newOrder();
    const { status: http, body } = await authorize(world, order, withCard(card));
    expect(http).toBe(402);
    expect(body).toMatchObject({ success: false, error: 'payment_declined', code, declineCode });
    expect((await status(world, order)).body.payment).toMatchObject({
      status: 'FAILED',
      failure: { code, declineCode },
    });
    expect(atStripe(world, order).intents).toMatchObject([{ status: 'canceled' }]);
  });

  it('leave the order free for another card, and the history keeps the old payment', async () => {
    const order = newOrder();
    const { body } = await authorize(world, order, withCard('pm_card_chargeDeclined'));
    const again = await authorize(world, order);
    expect(again.body).toMatchObject({ status: 'AUTHORIZED', payment: { attempt: 2 } });
    expect((await status(world, order)).body.payment.paymentId).toBe(again.body.paymentId);
    const first = await world.get(`/api/payment/${body.paymentId}/details`);
    expect(first.body.payment).toMatchObject({ status: 'FAILED', attempt: 1 });
  });
});
