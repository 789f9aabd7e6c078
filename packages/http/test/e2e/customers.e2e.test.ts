import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { atStripe, authorize, costOf, heldOrder, newOrder, revert } from './orders.js';
import { openWorld, SECRET_KEY } from './world.js';

const world = await openWorld({ webhooks: false });

const newUser = () => `user_${randomUUID().slice(0, 8)}`;

/** Asks Stripe itself, as the User Service does. */
async function stripe(path: string, params: Record<string, string> = {}) {
  const response = await fetch(`${world.sandbox.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRET_KEY}` },
    body: new URLSearchParams(params),
  });
  const body = (await response.json()) as { id: string };
  if (!response.ok) throw new Error(JSON.stringify(body));
  return body;
}

/** A customer that the User Service made, with a default card unless told otherwise. */
async function platformCustomer({ defaultCard = true } = {}) {
  const { id } = await stripe('/v1/customers');
  if (!defaultCard) return { id, card: null };
  const { id: card } = await stripe('/v1/payment_methods/pm_card_visa/attach', { customer: id });
  await stripe(`/v1/customers/${id}`, { 'invoice_settings[default_payment_method]': card });
  return { id, card };
}

const customersOf = (user: string) =>
  world.sandbox
    .ledger()
    .customers.filter((one) => 'metadata' in one && one.metadata.clerk_user_id === user);

describe('a given stripeCustomerId', () => {
  it('is used as it is, and no customer is made', async () => {
    const { id } = await platformCustomer();
    const before = world.sandbox.counts().customers;
    const clerkUserId = newUser();
    const order = await heldOrder(world, { customer: { clerkUserId, stripeCustomerId: id } });
    expect(atStripe(world, order).intents).toMatchObject([{ customer: id }]);
    expect(world.sandbox.counts().customers).toBe(before);
    const kept = 'select 1 from customers where customer_id = $1';
    expect(await world.database.sql(kept, [clerkUserId])).toEqual([]);
  });

  it('pays with its default card when none is named', async () => {
    const { id, card } = await platformCustomer();
    const order = await heldOrder(world, {
      customer: { stripeCustomerId: id, userStripeCard: undefined },
    });
    expect(atStripe(world, order).intents).toMatchObject([{ customer: id, payment_method: card }]);
  });

  it('pays with its default source where it has no default payment method', async () => {
    const { id } = await stripe('/v1/customers', { source: 'tok_visa' });
    const order = await heldOrder(world, {
      customer: { stripeCustomerId: id, userStripeCard: undefined },
    });
    expect(atStripe(world, order).intents[0]?.payment_method).toMatch(/^card_/);
  });

  it('pays with the one card that was saved twice', async () => {
    const { id } = await platformCustomer({ defaultCard: false });
    const attach = () => stripe('/v1/payment_methods/pm_card_visa/attach', { customer: id });
    const saved = [await attach(), await attach()];
    const order = await heldOrder(world, {
      customer: { stripeCustomerId: id, userStripeCard: undefined },
    });
    expect(atStripe(world, order).intents[0]?.payment_method).toBe(saved[1]?.id);
  });

  it.each([
    ['pm_card_chargeCustomerFail', 402, 'payment_declined', /\(Visa ending in 0341, expires 12\//],
    ['pm_usBankAccount_success', 400, 'payment_method_invalid', /no card but us_bank_account/],
  ])('whose default %s does not do is %d %s, and told which', async (method, code, error, said) => {
    const { id } = await platformCustomer({ defaultCard: false });
    const { id: chosen } = await stripe(`/v1/payment_methods/${method}/attach`, { customer: id });
    await stripe(`/v1/customers/${id}`, { 'invoice_settings[default_payment_method]': chosen });
    const { status, body } = await authorize(world, newOrder(), {
      customer: { stripeCustomerId: id, userStripeCard: null },
    });
    expect([status, body.error, body.issues]).toEqual([code, error, undefined]);
    expect(body.description).toMatch(said);
    expect(body.description).not.toContain(chosen);
  });

  it('without a default card is 400 payment_method_missing, and leaves nothing behind', async () => {
    const { id } = await platformCustomer({ defaultCard: false });
    const order = newOrder();
    const { status, body } = await authorize(world, order, {
      customer: { stripeCustomerId: id, userStripeCard: {} },
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: 'payment_method_missing',
      issues: [{ field: 'customer.userStripeCard.payment_method_id' }],
    });
    await expectNothingOf(order);
  });

  it('that Stripe does not know is 400 stripe_customer_unknown, with and without a card', async () => {
    for (const userStripeCard of [{}, { payment_method_id: 'pm_card_visa' }]) {
      const order = newOrder();
      const customer = { stripeCustomerId: 'cus_unknown', userStripeCard };
      const { status, body } = await authorize(world, order, { customer });
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: 'stripe_customer_unknown' });
      expect(atStripe(world, order).intents).toEqual([]);
    }
  });
});

describe('a user without a stripeCustomerId', () => {
  it('gets one customer ever under 20 concurrent orders', async () => {
    const clerkUserId = newUser();
    const orders = Array.from({ length: 20 }, newOrder);
    const answers = await Promise.all(
      orders.map((order) => authorize(world, order, { customer: { clerkUserId } })),
    );
    expect(answers.map(({ status }) => status)).toEqual(orders.map(() => 200));
    const [customer, ...more] = customersOf(clerkUserId);
    expect(more).toEqual([]);
    for (const order of orders) {
      expect(atStripe(world, order).intents).toMatchObject([{ customer: customer?.id }]);
    }
  });

  it('keeps the same customer for later orders, which cost one Stripe call', async () => {
    const clerkUserId = newUser();
    const customer = { clerkUserId };
    const first = await heldOrder(world, { customer });
    const { value: second, calls } = await costOf(world, () => heldOrder(world, { customer }));
    expect(calls).toEqual(['POST /v1/payment_intents']);
    const [one, other] = [first, second].map((order) => atStripe(world, order).intents[0]);
    expect(other?.customer).toBe(one?.customer);
  });

  it('and without a card is 400 and no customer is made', async () => {
    const clerkUserId = newUser();
    const order = newOrder();
    const { status, body } = await authorize(world, order, {
      customer: { clerkUserId, userStripeCard: undefined },
    });
    expect(status).toBe(400);
    expect(body.error).toBe('payment_method_missing');
    expect(customersOf(clerkUserId)).toEqual([]);
    await expectNothingOf(order);
  });

  it('gets one customer although the answer to making it was lost', async () => {
    const clerkUserId = newUser();
    const order = newOrder();
    const drop = { kind: 'drop', executed: true } as const;
    world.sandbox.faults.add({ method: 'POST', path: '/v1/customers', times: 20, effect: drop });
    const lost = await authorize(world, order, { customer: { clerkUserId } });
    expect(lost.status).toBe(503);
    expect(lost.headers.get('retry-after')).not.toBeNull();
    world.sandbox.faults.clear();
    const again = await authorize(world, order, { customer: { clerkUserId } });
    expect(again.status).toBe(200);
    expect(customersOf(clerkUserId)).toHaveLength(1);
    expect(atStripe(world, order).intents).toHaveLength(1);
  });

  it('has the card kept for later with savePaymentMethod only', async () => {
    const clerkUserId = newUser();
    const kept = await heldOrder(world, { customer: { clerkUserId, savePaymentMethod: true } });
    const [intent] = atStripe(world, kept).intents;
    expect(intent?.setup_future_usage).toBe('on_session');
    const once = await heldOrder(world, { customer: { clerkUserId } });
    expect(atStripe(world, once).intents[0]?.setup_future_usage).toBeNull();
    const card = { payment_method_id: String(intent?.payment_method) };
    const later = { customer: { clerkUserId, userStripeCard: card } };
    expect((await authorize(world, newOrder(), later)).status).toBe(200);
    // Paid once without being kept, a card is used up.
    const spent = { payment_method_id: String(atStripe(world, once).intents[0]?.payment_method) };
    const refused = await authorize(world, newOrder(), {
      customer: { clerkUserId, userStripeCard: spent },
    });
    expect(refused.status).toBe(400);
    expect(refused.body.error).toBe('payment_method_invalid');
  });
});

describe('a card that belongs to another customer', () => {
  it('is 400 naming the field, and nothing is held', async () => {
    const { card } = await platformCustomer();
    const order = newOrder();
    const { status, body } = await authorize(world, order, {
      customer: { userStripeCard: { payment_method_id: card } },
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: 'payment_method_invalid',
      issues: [{ field: 'customer.userStripeCard.payment_method_id' }],
    });
    expect(atStripe(world, order).intents).toEqual([]);
  });
});

describe('custpaymentId', () => {
  it("becomes the payment's id", async () => {
    const custpaymentId = `pay ${randomUUID()} "ä"`;
    const { body } = await authorize(world, newOrder(), { custpaymentId });
    expect(body.paymentId).toBe(custpaymentId);
    const details = await world.get(`/api/payment/${encodeURIComponent(custpaymentId)}/details`);
    expect(details.body.payment.paymentId).toBe(custpaymentId);
  });

  it('that is taken is 409 and Stripe is not asked', async () => {
    const custpaymentId = randomUUID();
    await heldOrder(world, { custpaymentId });
    const order = newOrder();
    const { value, calls } = await costOf(world, () => authorize(world, order, { custpaymentId }));
    expect(value.status).toBe(409);
    expect(value.body.error).toBe('payment_id_taken');
    expect(calls).toEqual([]);
    await expectNothingOf(order);
  });

  it('of an ended payment of the same order stays taken', async () => {
    const custpaymentId = randomUUID();
    const order = await heldOrder(world, { custpaymentId });
    await revert(world, order);
    expect((await authorize(world, order, { custpaymentId })).status).toBe(409);
    expect((await authorize(world, order)).status).toBe(200);
    expect(atStripe(world, order).intents).toHaveLength(2);
  });

  it('wanted by 10 orders at once goes to one of them', async () => {
    const custpaymentId = randomUUID();
    const orders = Array.from({ length: 10 }, newOrder);
    const answers = await Promise.all(
      orders.map((order) => authorize(world, order, { custpaymentId })),
    );
    const codes = answers.map(({ status }) => status).sort();
    expect(codes).toEqual([200, ...Array(9).fill(409)]);
    const held = orders.flatMap((order) => atStripe(world, order).intents);
    expect(held).toHaveLength(1);
  });
});

async function expectNothingOf(order: string): Promise<void> {
  const rows = 'select 1 from payments where order_id = $1';
  expect(await world.database.sql(rows, [order])).toEqual([]);
  expect(atStripe(world, order).intents).toEqual([]);
}
