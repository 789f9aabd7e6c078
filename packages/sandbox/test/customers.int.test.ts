import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eventTypes, hold, openSandbox, refusal } from './support.js';

describe('a customer', () => {
  it('is created, read, changed, listed and deleted', async () => {
    const { stripe } = await openSandbox();
    const email = 'runner+1@campus.example';
    const created = await stripe.customers.create({ email, metadata: { clerk_user_id: 'user_1' } });
    expect(created).toMatchObject({ object: 'customer', email, livemode: false });
    expect(created.id).toMatch(/^cus_\w{14}$/);
    const named = await stripe.customers.update(created.id, { name: 'A B', metadata: { b: '2' } });
    expect(named).toMatchObject({ name: 'A B', metadata: { clerk_user_id: 'user_1', b: '2' } });
    await stripe.customers.create({ email: 'other@campus.example' });
    expect((await stripe.customers.list({ email })).data.map(({ id }) => id)).toEqual([created.id]);
    expect((await stripe.customers.list({ created: { lt: created.created } })).data).toEqual([]);
    expect(await stripe.customers.del(created.id)).toMatchObject({ deleted: true });
    expect(await stripe.customers.retrieve(created.id)).toEqual({
      id: created.id,
      object: 'customer',
      deleted: true,
    });
    expect((await stripe.customers.list()).data).toHaveLength(1);
    const gone = await refusal(hold(stripe, { customer: created.id }));
    expect(gone).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'customer' });
    expect(await eventTypes(stripe)).toEqual([
      'customer.created',
      'customer.updated',
      'customer.created',
      'customer.deleted',
    ]);
  });

  it('has a default payment method only among its own', async () => {
    const { stripe } = await openSandbox();
    const customer = await stripe.customers.create({});
    const other = await stripe.customers.create({});
    const mine = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    const theirs = await stripe.paymentMethods.attach('pm_card_visa', { customer: other.id });
    const wrong = stripe.customers.update(customer.id, {
      invoice_settings: { default_payment_method: theirs.id },
    });
    expect(await refusal(wrong)).toMatchObject({
      code: 'resource_missing',
      param: 'invoice_settings[default_payment_method]',
    });
    const updated = await stripe.customers.update(customer.id, {
      invoice_settings: { default_payment_method: mine.id },
      expand: ['invoice_settings.default_payment_method'],
    });
    expect(updated.invoice_settings.default_payment_method).toMatchObject({ id: mine.id });
    await stripe.paymentMethods.detach(mine.id);
    const after = await stripe.customers.retrieve(customer.id);
    expect(after).toMatchObject({ invoice_settings: { default_payment_method: null } });
  });
});

describe('a payment method', () => {
  it('is made anew from a token each time', async () => {
    const { stripe } = await openSandbox();
    const first = await hold(stripe);
    const second = await hold(stripe);
    expect(first.payment_method).toMatch(/^pm_3/);
    expect(first.payment_method).not.toBe(second.payment_method);
  });

  it.each([
    ['4242 4242 4242 4242', 'visa', '4242'],
    ['4000000000003220', 'visa', '3220'],
    ['4000000000000002', 'visa', '0002'],
    ['5555555555554444', 'mastercard', '4444'],
  ])(
    'is made from the card number %s',
    async (number, brand, last4) => {
      const { stripe } = await openSandbox();
      const card = { number, exp_month: 5, exp_year: 40, cvc: '123' };
      const method = await stripe.paymentMethods.create({ type: 'card', card });
      expect(method).toMatchObject({
        object: 'payment_method',
        card: { brand, last4, exp_year: 2040 },
      });
    },
    5000,
  );

  it.each([
    ['4242424242424241', 2040, 'incorrect_number'],
    ['4242424242424242', 2020, 'invalid_expiry_year'],
    ['4111111111111111', 2040, 'card_declined'],
  ])('is not made from %s expiring %i (%s)', async (number, exp_year, code) => {
    const { stripe } = await openSandbox();
    const card = { number, exp_month: 5, exp_year };
    const error = await refusal(stripe.paymentMethods.create({ type: 'card', card }));
    expect(error).toMatchObject({ statusCode: 402, code });
  });

  it('pays for its own customer as often as wanted', async () => {
    const { stripe } = await openSandbox();
    const customer = await stripe.customers.create({});
    const other = await stripe.customers.create({});
    const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    const mine = { customer: customer.id, payment_method: method.id };
    await hold(stripe, mine);
    expect(await hold(stripe, mine)).toMatchObject({ customer: customer.id });
    const nobody = await refusal(hold(stripe, { payment_method: method.id }));
    expect(nobody.message).toContain('Please include the Customer');
    const stranger = await refusal(hold(stripe, { ...mine, customer: other.id }));
    expect(stranger.message).toContain(`belongs to the Customer ${customer.id}`);
    const taken = stripe.paymentMethods.attach(method.id, { customer: other.id });
    expect((await refusal(taken)).message).toContain('already been attached');
    const own = await stripe.customers.listPaymentMethods(customer.id, { type: 'card' });
    expect(own.data.map(({ id }) => id)).toEqual([method.id]);
  });

  it('that was used without a customer, or detached, never pays again', async () => {
    const { stripe } = await openSandbox();
    const customer = await stripe.customers.create({});
    const used = String((await hold(stripe)).payment_method);
    const attached = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    await stripe.paymentMethods.detach(attached.id);
    for (const id of [used, attached.id]) {
      const again = await refusal(hold(stripe, { payment_method: id }));
      expect(again.message).toContain('It may not be used again');
      const attach = stripe.paymentMethods.attach(id, { customer: customer.id });
      expect((await refusal(attach)).statusCode).toBe(400);
    }
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toEqual([]);
  });

  it('is kept for its customer with setup_future_usage', async () => {
    const { stripe } = await openSandbox();
    const customer = await stripe.customers.create({});
    const intent = await hold(stripe, {
      customer: customer.id,
      setup_future_usage: 'off_session',
      expand: ['payment_method'],
    });
    expect(intent.payment_method).toMatchObject({ customer: customer.id });
    const own = await stripe.customers.listPaymentMethods(customer.id);
    expect(own.data).toHaveLength(1);
  });

  it('that declines is found out when it is attached', async () => {
    const { stripe } = await openSandbox();
    const customer = await stripe.customers.create({});
    const attach = (token: string) =>
      stripe.paymentMethods.attach(token, { customer: customer.id });
    const error = await refusal(attach('pm_card_visa_chargeDeclined'));
    expect(error).toMatchObject({ statusCode: 402, code: 'card_declined' });
    const later = await attach('pm_card_chargeCustomerFail');
    const failed = await refusal(hold(stripe, { customer: customer.id, payment_method: later.id }));
    expect(failed).toMatchObject({ statusCode: 402, decline_code: 'generic_decline' });
  });
});

describe('a card of the API before PaymentMethods', () => {
  it('is a default source and a payment method in one', async () => {
    const { stripe } = await openSandbox();
    const made = await stripe.customers.create({ source: 'tok_visa', expand: ['default_source'] });
    const first = made.default_source as Stripe.Card;
    expect(first).toMatchObject({ object: 'card', brand: 'Visa', last4: '4242', exp_month: 12 });
    expect(first.id).toMatch(/^card_/);
    const customer = made.id;
    const held = await hold(stripe, { customer, payment_method: first.id });
    expect(held).toMatchObject({ status: 'requires_capture', payment_method: first.id });
    const seen = await stripe.paymentMethods.retrieve(first.id);
    expect(seen).toMatchObject({ object: 'payment_method', card: { brand: 'visa' }, customer });
    const listed = await stripe.customers.listPaymentMethods(customer, { type: 'card' });
    expect(listed.data.map(({ id }) => id)).toEqual([first.id]);
  });

  it('is added, made the default, and followed by the newest of the others', async () => {
    const { stripe } = await openSandbox();
    const { id } = await stripe.customers.create({ source: 'tok_visa' });
    const defaultOf = async () =>
      ((await stripe.customers.retrieve(id)) as Stripe.Customer).default_source;
    const first = await defaultOf();
    const added = await stripe.customers.createSource(id, { source: 'tok_mastercard' });
    expect(await defaultOf()).toBe(first);
    await stripe.customers.update(id, { default_source: added.id });
    expect(await defaultOf()).toBe(added.id);
    expect((await stripe.customers.listSources(id)).data.map((one) => one.id)).toEqual([
      added.id,
      first,
    ]);
    expect(await stripe.customers.retrieveSource(id, added.id)).toMatchObject({ id: added.id });
    expect(await stripe.customers.deleteSource(id, added.id)).toMatchObject({ deleted: true });
    expect(await defaultOf()).toBe(first);
    await stripe.customers.update(id, { source: 'tok_amex' });
    expect(await defaultOf()).not.toBe(first);
    expect((await stripe.customers.listSources(id)).data).toHaveLength(1);
    await stripe.paymentMethods.detach(String(await defaultOf()));
    expect(await defaultOf()).toBeNull();
  });

  it('is refused as Stripe does where there is none, or its bank says no', async () => {
    const { stripe } = await openSandbox();
    const unknown = await refusal(stripe.customers.create({ source: 'tok_nothing' }));
    expect(unknown).toMatchObject({ code: 'resource_missing', param: 'source' });
    const declined = await refusal(stripe.customers.create({ source: 'tok_chargeDeclined' }));
    expect(declined).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect((await stripe.customers.list()).data).toEqual([]);
    const { id } = await stripe.customers.create();
    const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: id });
    const wrong = await refusal(stripe.customers.update(id, { default_source: method.id }));
    expect(wrong).toMatchObject({ code: 'resource_missing', param: 'default_source' });
  });
});

it('a card declines once its month is over', async () => {
  const { sandbox, stripe } = await openSandbox({ startAt: new Date('2026-11-29T00:00:00Z') });
  const { id: customer } = await stripe.customers.create();
  const { id, card } = await stripe.paymentMethods.attach('pm_card_visa', { customer });
  const over = Date.UTC((card?.exp_year ?? 0) + 1, 0, 1);
  await sandbox.clock.advance(over - 60_000 - sandbox.clock.now().getTime());
  await hold(stripe, { customer, payment_method: id });
  await sandbox.clock.advance(over - sandbox.clock.now().getTime());
  const late = await refusal(hold(stripe, { customer, payment_method: id }));
  expect(late).toMatchObject({ statusCode: 402, code: 'expired_card' });
});

it('a bank account can be kept and be the default, and holds nothing', async () => {
  const { stripe } = await openSandbox();
  const { id: customer } = await stripe.customers.create();
  const account = await stripe.paymentMethods.attach('pm_usBankAccount_success', { customer });
  expect(account).toMatchObject({ type: 'us_bank_account', us_bank_account: { last4: '6789' } });
  await stripe.customers.update(customer, {
    invoice_settings: { default_payment_method: account.id },
  });
  const no = await refusal(hold(stripe, { customer, payment_method: account.id }));
  expect(no).toMatchObject({ statusCode: 400, param: 'payment_method' });
  expect(no.message).toContain('(us_bank_account) is not allowed for this PaymentIntent');
  const list = (type: 'card' | 'us_bank_account') =>
    stripe.customers.listPaymentMethods(customer, { type });
  expect((await list('card')).data).toEqual([]);
  expect((await list('us_bank_account')).data).toHaveLength(1);
});
