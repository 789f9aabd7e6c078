import { describe, expect, it } from 'vitest';
import {
  atStripe,
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

const world = await openWorld({ webhooks: false });

describe('the same command again', () => {
  it('authorize answers the same body and asks Stripe for nothing', async () => {
    const order = newOrder();
    const first = await authorize(world, order);
    const { value: again, calls } = await costOf(world, () => authorize(world, order));
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(calls).toEqual([]);
  });

  it('release with the same runner answers the same body and captures once', async () => {
    const order = await heldOrder(world);
    const first = await release(world, order);
    const { value: again, calls } = await costOf(world, () => release(world, order));
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(calls).toEqual([]);
  });

  it('revert answers the same body, even with another reason, and cancels once', async () => {
    const order = await heldOrder(world);
    const first = await revert(world, order);
    const { value: again, calls } = await costOf(world, () =>
      world.post(`/api/payment/${order}/revert`, { reason: 'another' }),
    );
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(calls).toEqual([]);
  });

  it('authorize of a released order answers its payment as it is', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    const { status: code, body } = await authorize(world, order);
    expect(code).toBe(200);
    expect(body).toMatchObject({ success: true, status: 'RELEASED' });
    expect(atStripe(world, order).intents).toHaveLength(1);
  });

  it('authorize that waits for the customer answers the same secret again', async () => {
    const order = newOrder();
    const return_url = 'http://localhost:5173/customer/order-form';
    const wish = { ...withCard('pm_card_threeDSecure2Required'), return_url };
    const first = await authorize(world, order, wish);
    expect(first.body).toMatchObject({
      success: true,
      status: 'INITIATING',
      requiresAction: true,
      clientSecret: expect.stringMatching(/^pi_\w+_secret_\w+$/),
      nextAction: { redirectUrl: expect.stringContaining('/3ds/') },
    });
    const again = await authorize(world, order, wish);
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(atStripe(world, order).intents).toHaveLength(1);
  });

  it('authorize without a return_url leads back to a page of the service', async () => {
    const order = newOrder();
    const wish = withCard('pm_card_threeDSecure2Required');
    const { status: code, body } = await authorize(world, order, wish);
    expect(code).toBe(200);
    expect(body).toMatchObject({
      requiresAction: true,
      nextAction: { redirectUrl: expect.stringContaining('/3ds/') },
    });
    const [intent] = atStripe(world, order).intents;
    const back = `${world.url}/api/returned`;
    expect(intent?.next_action?.redirect_to_url?.return_url).toBe(back);
    const page = await world.get('/api/returned?payment_intent_client_secret=pi_1_secret_1');
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(page.text).toContain('you can close this page');
    expect(page.text + JSON.stringify(world.lines)).not.toContain('pi_1_secret_1');
  });

  it('authorize without a return_url leads back to RETURN_URL', async () => {
    const back = 'https://campusg.com/thanks?from=bank';
    const other = await openWorld({ environment: { RETURN_URL: back } });
    const order = newOrder();
    await authorize(other, order, withCard('pm_card_threeDSecure2Required'));
    const [intent] = atStripe(other, order).intents;
    expect(intent?.next_action?.redirect_to_url?.return_url).toBe(back);
  });
});

describe('a repeat that contradicts', () => {
  it.each([
    ['another amount', { order: { amount: 2099 } }, 'order.amount'],
    ['another currency', { order: { currency: 'EUR' } }, 'order.currency'],
    ['another user', { customer: { clerkUserId: 'user_other' } }, 'customer.clerkUserId'],
    ['another card', withCard('pm_card_mastercard'), 'customer.userStripeCard.payment_method_id'],
    [
      'another Stripe customer',
      { customer: { stripeCustomerId: 'cus_other' } },
      'customer.stripeCustomerId',
    ],
    ['another payment id', { custpaymentId: 'another' }, 'custpaymentId'],
  ])('authorize with %s is 409 naming the field', async (_what, wish, field) => {
    const order = await heldOrder(world);
    const { value, calls } = await costOf(world, () => authorize(world, order, wish));
    expect(value.status).toBe(409);
    expect(value.body).toMatchObject({
      success: false,
      error: 'contradicting_repeat',
      field,
      currentStatus: 'AUTHORIZED',
    });
    expect(calls).toEqual([]);
  });

  it('release with another runner is 409 and the first runner stays', async () => {
    const order = await heldOrder(world);
    await release(world, order, 'runner_1');
    const { status: code, body } = await release(world, order, 'runner_2');
    expect(code).toBe(409);
    expect(body).toMatchObject({ currentStatus: 'RELEASED', field: 'runnerId' });
    expect((await status(world, order)).body.payment.runnerId).toBe('runner_1');
  });
});

describe('a command that the status forbids', () => {
  it('release of a reverted payment is 409 with currentStatus', async () => {
    const order = await heldOrder(world);
    await revert(world, order);
    const { status: code, body } = await release(world, order);
    expect(code).toBe(409);
    expect(body).toMatchObject({ error: 'payment_state_conflict', currentStatus: 'REVERTED' });
  });

  it('release and revert of a failed payment are 409', async () => {
    const order = newOrder();
    await authorize(world, order, withCard('pm_card_chargeDeclined'));
    for (const command of [release, revert]) {
      const { status: code, body } = await command(world, order);
      expect(code).toBe(409);
      expect(body).toMatchObject({ currentStatus: 'FAILED' });
    }
  });

  it('release of a payment that waits for the customer is 409', async () => {
    const order = newOrder();
    await authorize(world, order, withCard('pm_card_threeDSecure2Required'));
    const { status: code, body } = await release(world, order);
    expect(code).toBe(409);
    expect(body).toMatchObject({ currentStatus: 'INITIATING' });
  });

  it('any command or question about an unknown order or payment is 404', async () => {
    const order = newOrder();
    const answers = [
      await release(world, order),
      await revert(world, order),
      await status(world, order),
      await world.get(`/api/payment/${order}/details`),
    ];
    for (const { status: code, body } of answers) {
      expect(code).toBe(404);
      expect(body).toMatchObject({ success: false, error: 'payment_not_found' });
    }
  });
});

describe('a reverted order', () => {
  it('can be authorized again: a new payment, whose order keeps the old one', async () => {
    const order = await heldOrder(world);
    const first = (await status(world, order)).body.payment;
    await revert(world, order);
    const again = await authorize(world, order);
    expect(again.body).toMatchObject({ status: 'AUTHORIZED', payment: { attempt: 2 } });
    expect(again.body.paymentId).not.toBe(first.paymentId);
    const old = await world.get(`/api/payment/${first.paymentId}/details`);
    expect(old.body.payment).toMatchObject({ status: 'REVERTED', attempt: 1 });
    expect(atStripe(world, order).intents.map((intent) => intent.status)).toEqual([
      'canceled',
      'requires_capture',
    ]);
  });
});
