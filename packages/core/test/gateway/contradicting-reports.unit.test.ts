import { CARDS, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const revert = { payment: order, reason: null, correlationId: 'revert' };

describe('a PaymentIntent that Stripe does not know', () => {
  it.each(['capture', 'void', 'refund'] as const)(
    'refuses the %s, and the payment is marked for a person',
    async (call) => {
      const { escrow, gateway, store, authorizing } = memorySystem();
      await escrow.authorize(authorizing());
      if (call === 'refund') await escrow.release(release);
      const { status } = (await escrow.find(order))._unsafeUnwrap();
      gateway.misplace('pi_1');
      const ask = () => (call === 'capture' ? escrow.release(release) : escrow.revert(revert));
      const refused = (await ask())._unsafeUnwrapErr();
      expect(['GatewayRefused', 'WrongStatus']).toContain(refused.type);
      const payment = (await escrow.find(order))._unsafeUnwrap();
      expect(payment).toMatchObject({
        status,
        operation: null,
        review: expect.stringContaining('right account'),
      });
      expect(store.journal(payment.id).at(-1)).toMatchObject({ outcome: 'refused' });
      expect((await ask()).isErr()).toBe(true);
      expect(store.outbox.filter(({ event }) => event.type === 'review_needed')).toHaveLength(1);
    },
  );

  it('ends a call whose answer was lost, too', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.befall('capture', { type: 'unanswered' });
    await escrow.release(release);
    gateway.misplace('pi_1');
    await clock.advance(30_000);
    await escrow.resume(10);
    const payment = (await escrow.find(order))._unsafeUnwrap();
    expect(payment).toMatchObject({ status: 'AUTHORIZED', operation: null });
    expect(payment.review).not.toBeNull();
  });
});

describe('a refund that has failed at the bank', () => {
  it('is not told as reverted again', async () => {
    const { escrow, gateway, deliver, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    await escrow.release(release);
    await escrow.revert(revert);
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('done');
    gateway.dashboard.failRefund('pi_1');
    await deliver();
    expect((await escrow.revert(revert))._unsafeUnwrapErr()).toEqual({
      type: 'NeedsReview',
      status: 'REVERTED',
      reason: 'refund failed: 2098 minor units, lost_or_stolen_card',
    });
  });
});

describe('an event that was taken in before', () => {
  it.each(['noted', 'saved'])('and %s is read no further', async (how) => {
    const { escrow, gateway, store, authorizing } = memorySystem();
    const paymentMethodId = how === 'saved' ? CARDS.needsAuthentication : CARDS.good;
    await escrow.authorize(authorizing({ paymentMethodId }));
    if (how === 'saved') gateway.customer.approve('pi_1');
    const webhook = gateway.webhooks.at(-1);
    if (webhook === undefined) throw new Error('no webhook');
    const first = (await escrow.report(webhook))._unsafeUnwrap();
    expect(first).toBe(how === 'saved' ? 'changed' : 'unchanged');
    const made = { store: store.calls.length, gateway: gateway.calls.length };
    expect((await escrow.report(webhook))._unsafeUnwrap()).toBe('unchanged');
    expect([...store.calls.slice(made.store)].sort()).toEqual(['find', 'seen']);
    expect(gateway.calls).toHaveLength(made.gateway);
  });
});

describe('a Stripe customer that was deleted there', () => {
  async function deleted() {
    const system = memorySystem();
    const command = system.authorizing({ stripeCustomerId: null });
    const first = (await system.escrow.authorize(command))._unsafeUnwrap().payment;
    await system.escrow.revert(revert);
    const stripeCustomerId = first.stripeCustomerId ?? '';
    system.gateway.dashboard.deleteCustomer(stripeCustomerId);
    return { ...system, command, stripeCustomerId };
  }

  it('is forgotten where nobody named it, and the hold is made for a new one', async () => {
    const { escrow, gateway, store, command, stripeCustomerId } = await deleted();
    const { payment } = (await escrow.authorize(command))._unsafeUnwrap();
    expect(payment).toMatchObject({ status: 'AUTHORIZED', attempt: 2 });
    expect(payment.stripeCustomerId).not.toBe(stripeCustomerId);
    expect(gateway.customers().filter(({ customerId }) => customerId !== null)).toHaveLength(1);
    expect(store.payments()).toHaveLength(2);
  });

  it('is replaced once, though many find out at the same time', async () => {
    const { escrow, gateway, command } = await deleted();
    const all = Array.from({ length: 10 }, (_, index) =>
      escrow.authorize({ ...command, orderId: `order-${index + 10}` }),
    );
    const answers = (await Promise.all(all)).map((one) => one._unsafeUnwrap().payment.status);
    expect(answers).toEqual(Array(10).fill('AUTHORIZED'));
    expect(gateway.customers().filter(({ customerId }) => customerId !== null)).toHaveLength(1);
  });

  it('is refused where the caller named it, and nothing is forgotten', async () => {
    const { escrow, store, command, stripeCustomerId } = await deleted();
    const refused = (await escrow.authorize({ ...command, stripeCustomerId }))._unsafeUnwrapErr();
    expect(refused).toMatchObject({ type: 'HoldRejected', param: 'customer' });
    const known = await store.customers.lookUp(command.customerId);
    expect(known._unsafeUnwrap()).toBe(stripeCustomerId);
  });

  it('is not forgotten because of an unknown card', async () => {
    const { escrow, store, authorizing } = memorySystem();
    const command = authorizing({ stripeCustomerId: null });
    const { payment } = (await escrow.authorize(command))._unsafeUnwrap();
    const other = { ...command, orderId: 'order-2', paymentMethodId: 'pm_nobody' };
    expect((await escrow.authorize(other))._unsafeUnwrapErr().type).toBe('HoldRejected');
    const known = await store.customers.lookUp(command.customerId);
    expect(known._unsafeUnwrap()).toBe(payment.stripeCustomerId);
  });
});

describe('a payment id that names one request only', () => {
  const once = { paymentId: 'request-1', onceOnly: true };

  it('is answered with what became of it, never with a second attempt', async () => {
    const { escrow, gateway, store, authorizing } = memorySystem();
    const command = authorizing({ ...once, paymentMethodId: CARDS.declined });
    const first = (await escrow.authorize(command))._unsafeUnwrapErr();
    expect(first.type).toBe('NotAuthorized');
    expect((await escrow.authorize(command))._unsafeUnwrapErr()).toEqual(first);
    expect([gateway.intents(), store.payments()]).toMatchObject([[{}], [{}]]);
  });

  it('is a clash otherwise: for another order, or without that promise', async () => {
    const { escrow, authorizing } = memorySystem();
    await escrow.authorize(authorizing({ ...once, paymentMethodId: CARDS.declined }));
    for (const clash of [{ ...once, orderId: 'order-2' }, { paymentId: 'request-1' }]) {
      const refused = (await escrow.authorize(authorizing(clash)))._unsafeUnwrapErr();
      expect(refused).toEqual({ type: 'PaymentIdTaken', paymentId: 'request-1' });
    }
  });

  it('does not hold again after a revert', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing(once));
    await escrow.revert(revert);
    const again = (await escrow.authorize(authorizing(once)))._unsafeUnwrapErr();
    expect(again).toEqual({ type: 'OvertakenByAnother', status: 'REVERTED' });
    expect(gateway.intents()).toHaveLength(1);
  });

  it('is free again where nothing was done', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'unreachable' });
    expect((await escrow.authorize(authorizing(once))).isErr()).toBe(true);
    const again = (await escrow.authorize(authorizing(once)))._unsafeUnwrap();
    expect(again.payment).toMatchObject({ id: 'request-1', status: 'AUTHORIZED' });
  });

  it('asked for 20 times at once is held once', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    const all = Array.from({ length: 20 }, () => escrow.authorize(authorizing(once)));
    const answers = (await Promise.all(all)).map((one) => one._unsafeUnwrap().outcome);
    expect(answers).toEqual(Array(20).fill('done'));
    expect(gateway.intents()).toMatchObject([{ holds: 1 }]);
  });
});
