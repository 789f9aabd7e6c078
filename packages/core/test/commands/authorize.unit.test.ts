import { decideRepeatedAuthorize } from '@campusg-pay/core';
import { CARDS, memorySystem, usd } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { SITUATIONS, type Situation } from '../situations.js';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release-1' };

describe('an authorize', () => {
  it('holds the amount and tells until when', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    const answer = (await escrow.authorize(authorizing()))._unsafeUnwrap();
    expect(answer).toMatchObject({
      outcome: 'done',
      payment: {
        status: 'AUTHORIZED',
        attempt: 1,
        paymentIntentId: 'pi_1',
        operation: null,
        amount: { amountMinor: 2098, currency: 'USD' },
        stripeCustomerId: 'cus_1',
      },
    });
    const captureBefore = new Date(clock.now().getTime() + 7 * 24 * 60 * 60 * 1000);
    expect(answer.payment).toMatchObject({ captureBefore });
    expect(gateway.intents()).toMatchObject([{ holds: 1, status: 'requires_capture' }]);
  });

  it('repeated while the payment is live answers with the same payment', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    const first = await escrow.authorize(authorizing());
    expect(await escrow.authorize(authorizing({ correlationId: 'again' }))).toEqual(first);
    await escrow.release(release);
    const later = (await escrow.authorize(authorizing()))._unsafeUnwrap();
    expect(later).toMatchObject({ outcome: 'done', payment: { status: 'RELEASED' } });
    expect(gateway.calls).toEqual(['authorize', 'capture']);
  });

  it.each([
    ['another customer', 'customer.clerkUserId', { customerId: 'customer-2' }],
    ['another amount', 'order.amount', { amount: usd(2099) }],
    [
      'another currency',
      'order.currency',
      { amount: { ...usd(2098), currency: 'EUR' as ReturnType<typeof usd>['currency'] } },
    ],
    ['another payment id', 'custpaymentId', { paymentId: 'mine' }],
    [
      'another card',
      'customer.userStripeCard.payment_method_id',
      { paymentMethodId: CARDS.declined },
    ],
    ['another Stripe customer', 'customer.stripeCustomerId', { stripeCustomerId: 'cus_2' }],
  ])('repeated with %s is refused, whatever has become of the payment', async (_, field, terms) => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    const held = (await escrow.authorize(authorizing(terms)))._unsafeUnwrapErr();
    expect(held).toEqual({ type: 'Contradiction', status: 'AUTHORIZED', field });
    await escrow.release(release);
    const released = (await escrow.authorize(authorizing(terms)))._unsafeUnwrapErr();
    expect(released).toEqual({ type: 'Contradiction', status: 'RELEASED', field });
    expect(gateway.intents()).toHaveLength(1);
  });

  it('names the first difference in a fixed order', async () => {
    const { escrow, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    const other = authorizing({
      customerId: 'customer-2',
      amount: usd(1),
      paymentId: 'mine',
      paymentMethodId: CARDS.declined,
      stripeCustomerId: 'cus_2',
    });
    const refused = (await escrow.authorize(other))._unsafeUnwrapErr();
    expect(refused).toMatchObject({ field: 'customer.clerkUserId' });
  });

  it('takes the wanted id, once', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    const first = (await escrow.authorize(authorizing({ paymentId: 'mine' })))._unsafeUnwrap();
    expect(first.payment.id).toBe('mine');
    const clash = await escrow.authorize(authorizing({ orderId: 'order-2', paymentId: 'mine' }));
    expect(clash._unsafeUnwrapErr()).toEqual({ type: 'PaymentIdTaken', paymentId: 'mine' });
    expect(gateway.intents()).toHaveLength(1);
    expect((await escrow.find({ orderId: 'order-2' })).isErr()).toBe(true);
  });

  it('repeated with the id that the payment has answers with it', async () => {
    const { escrow, authorizing } = memorySystem();
    const first = await escrow.authorize(authorizing({ paymentId: 'mine' }));
    expect(await escrow.authorize(authorizing({ paymentId: 'mine' }))).toEqual(first);
  });

  it('may name the Stripe customer of a payment that does not know its own yet', () => {
    const live = { ...SITUATIONS.asking(), stripeCustomerId: null };
    const terms = { ...live, paymentId: null, stripeCustomerId: 'cus_1' };
    expect(decideRepeatedAuthorize(live, terms).isOk()).toBe(true);
  });

  it('may join a payment that is not being given back', () => {
    const joins = (situation: Situation) => {
      const live = SITUATIONS[situation]();
      const terms = { ...live, paymentId: null, stripeCustomerId: null };
      return decideRepeatedAuthorize(live, terms).isOk();
    };
    expect(joins('asking')).toBe(true);
    expect(joins('waiting for the customer')).toBe(true);
    expect(joins('capturing')).toBe(true);
    expect(joins('refunding')).toBe(true);
    expect(joins('voiding')).toBe(false);
    expect(joins('canceled on request')).toBe(false);
    expect(joins('canceled after a decline')).toBe(true);
  });
});

describe('a payment is described', () => {
  it.each([
    ['order_123abc', null, 'Order order_123abc - CampusG Escrow'],
    ['x'.repeat(200), null, `Order ${'x'.repeat(200)} - CampusG Escrow`],
    ['order_123abc', 'Two pizzas', 'Two pizzas'],
  ])('of %s by %j as %j', async (orderId, description, said) => {
    const { escrow, authorizing } = memorySystem();
    const command = authorizing({ orderId, description });
    const { payment } = (await escrow.authorize(command))._unsafeUnwrap();
    expect(payment.description).toBe(said);
  });
});

describe('an authorize that fails', () => {
  it.each([
    ['declined', 'card_declined', 'generic_decline'],
    ['insufficientFunds', 'card_declined', 'insufficient_funds'],
    ['expired', 'expired_card', 'expired_card'],
  ] as const)(
    'because the card is %s is canceled at Stripe before it is called FAILED',
    async (card, code, declineCode) => {
      const { escrow, gateway, authorizing } = memorySystem();
      const command = authorizing({ paymentMethodId: CARDS[card] });
      const refused = (await escrow.authorize(command))._unsafeUnwrapErr();
      expect(refused).toMatchObject({
        type: 'NotAuthorized',
        failure: { code, declineCode },
        payment: { status: 'FAILED', operation: null },
      });
      expect(gateway.intents()).toMatchObject([
        { status: 'canceled', cancellationReason: 'abandoned', holds: 0 },
      ]);
      expect(() => gateway.customer.confirm('pi_1', CARDS.good)).toThrow();
    },
  );

  it('lets the order be paid with another card', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing({ paymentMethodId: CARDS.declined }));
    const second = (await escrow.authorize(authorizing()))._unsafeUnwrap();
    expect(second.payment).toMatchObject({ status: 'AUTHORIZED', attempt: 2 });
    expect(gateway.intents()).toMatchObject([{ holds: 0 }, { holds: 1 }]);
  });

  it('because Stripe knows no such card leaves nothing at all', async () => {
    const { escrow, gateway, store, authorizing } = memorySystem();
    const command = authorizing({ paymentMethodId: 'pm_nobody' });
    const refused = (await escrow.authorize(command))._unsafeUnwrapErr();
    expect(refused).toMatchObject({
      type: 'HoldRejected',
      failure: { code: 'resource_missing' },
      param: 'payment_method',
    });
    expect([gateway.intents(), store.payments(), store.outbox]).toEqual([[], [], []]);
    const another = (await escrow.authorize(authorizing()))._unsafeUnwrap();
    expect(another.payment).toMatchObject({ status: 'AUTHORIZED', attempt: 1 });
  });

  it('is not told before the cancel is made, which is made up for', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem({ settings: { waitMs: 100 } });
    gateway.befall('void', { type: 'unreachable' });
    const command = authorizing({ paymentMethodId: CARDS.declined });
    const first = (await escrow.authorize(command))._unsafeUnwrap();
    expect(first).toMatchObject({ outcome: 'processing', payment: { status: 'INITIATING' } });
    const meanwhile = (await escrow.authorize(authorizing()))._unsafeUnwrapErr();
    expect(meanwhile.type).toBe('Contradiction');
    await clock.advance(30_000);
    await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('FAILED');
    expect(gateway.intents()).toMatchObject([{ status: 'canceled' }]);
  });

  it('is told by a plain repeat, which makes the cancel that is still owed', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    gateway.befall('void', { type: 'unreachable' });
    const command = authorizing({ paymentMethodId: CARDS.declined });
    expect((await escrow.authorize(command))._unsafeUnwrap().outcome).toBe('processing');
    expect((await escrow.authorize(command))._unsafeUnwrapErr()).toMatchObject({
      type: 'NotAuthorized',
      payment: { status: 'FAILED' },
    });
  });

  it('does not cancel without end when Stripe refuses that', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing({ paymentMethodId: CARDS.needsAuthentication }));
    gateway.customer.fail('pi_1');
    const frozen = { type: 'refuse', detail: 'account_frozen' } as const;
    gateway.befall('void', ...Array(50).fill(frozen));
    const again = authorizing({ paymentMethodId: CARDS.needsAuthentication });
    expect((await escrow.authorize(again))._unsafeUnwrap().outcome).toBe('processing');
    expect(gateway.calls.filter((call) => call === 'void')).toHaveLength(1);
  });
});

describe('without a named card', () => {
  it("the customer's default card is used", async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    const stripeCustomerId = gateway.addCustomer({ defaultCard: CARDS.good });
    const command = authorizing({ stripeCustomerId, paymentMethodId: null });
    const { payment } = (await escrow.authorize(command))._unsafeUnwrap();
    expect(payment).toMatchObject({ status: 'AUTHORIZED', paymentMethodId: CARDS.good });
  });

  it('it is the default card of the customer that is kept for the user', async () => {
    const { escrow, gateway, store, clock, authorizing } = memorySystem();
    const stripeCustomerId = gateway.addCustomer({ defaultCard: CARDS.good });
    const customerId = 'customer-1';
    await store.customers.reserve({ customerId, key: 'key', now: clock.now() });
    await store.customers.remember({ customerId, stripeCustomerId });
    const command = authorizing({ stripeCustomerId: null, paymentMethodId: null });
    const { payment } = (await escrow.authorize(command))._unsafeUnwrap();
    expect(payment).toMatchObject({ status: 'AUTHORIZED', stripeCustomerId });
  });

  it.each([
    ['a customer has none', undefined, 'NoPaymentMethod'],
    ['the user is new', null, 'NoPaymentMethod'],
    ['Stripe knows no such customer', 'cus_nobody', 'StripeCustomerUnknown'],
  ])('and %s it is refused and nothing is left behind', async (_, customer, type) => {
    const { escrow, gateway, store, authorizing } = memorySystem();
    const given = customer === undefined ? {} : { stripeCustomerId: customer };
    const command = authorizing({ ...given, paymentMethodId: null });
    expect((await escrow.authorize(command))._unsafeUnwrapErr().type).toBe(type);
    expect([store.payments(), gateway.intents()]).toEqual([[], []]);
  });

  it('a default card that declines or is gone is told', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    for (const [defaultCard, type] of [
      [CARDS.declined, 'NotAuthorized'],
      ['pm_gone', 'HoldRejected'],
    ] as const) {
      const stripeCustomerId = gateway.addCustomer({ defaultCard });
      const command = authorizing({ stripeCustomerId, paymentMethodId: null });
      const refused = (await escrow.authorize(command))._unsafeUnwrapErr();
      expect(refused).toMatchObject({ type, defaultCard: { brand: 'visa', last4: '4242' } });
      const named = authorizing({ stripeCustomerId, paymentMethodId: defaultCard });
      expect((await escrow.authorize(named))._unsafeUnwrapErr()).not.toHaveProperty('defaultCard');
    }
  });

  it('a default that is no card is refused, and nothing is left behind', async () => {
    const { escrow, gateway, store, authorizing } = memorySystem();
    gateway.defaultPaymentMethod = async () => ok({ type: 'no_card', kind: 'link' });
    const stripeCustomerId = gateway.addCustomer();
    const command = authorizing({ stripeCustomerId, paymentMethodId: null });
    const refused = (await escrow.authorize(command))._unsafeUnwrapErr();
    expect(refused).toEqual({ type: 'DefaultIsNoCard', kind: 'link' });
    expect([store.payments(), gateway.intents()]).toEqual([[], []]);
  });

  it('a repeat joins the live payment, whatever the default card is now', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    const first = await escrow.authorize(authorizing());
    const repeat = await escrow.authorize(authorizing({ paymentMethodId: null }));
    expect(repeat).toEqual(first);
    expect(gateway.calls).toEqual(['authorize']);
  });
});
