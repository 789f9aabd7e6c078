import { createEscrow } from '@campusg-pay/core';
import { CARDS, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { answering } from '../answering.js';
import { interrupted } from '../interrupted.js';

const HOUR_MS = 60 * 60 * 1000;

/** A system whose one user has no Stripe customer yet. */
function unknownUser(options: Parameters<typeof memorySystem>[0] = {}) {
  const system = memorySystem({ settings: { waitMs: 100 }, ...options });
  const made = () =>
    system.gateway.customers().filter(({ customerId }) => customerId === 'customer-1');
  const authorize = (orderId = 'order-1') =>
    system.escrow.authorize(system.authorizing({ orderId, stripeCustomerId: null }));
  return { ...system, made, authorize };
}

describe('a user without a Stripe customer', () => {
  it('gets one with the first payment, and keeps it', async () => {
    const { authorize, gateway, made } = unknownUser();
    const first = (await authorize())._unsafeUnwrap().payment;
    const second = (await authorize('order-2'))._unsafeUnwrap().payment;
    expect(made()).toMatchObject([{ stripeCustomerId: first.stripeCustomerId }]);
    expect(second.stripeCustomerId).toBe(first.stripeCustomerId);
    expect(gateway.calls).toEqual(['createCustomer', 'authorize', 'authorize']);
  });

  it('gets none when the caller names one', async () => {
    const { escrow, authorizing, made } = unknownUser();
    await escrow.authorize(authorizing());
    expect(made()).toEqual([]);
  });

  it('is asked for by no release, though Stripe has not told whose card was charged', async () => {
    const { ports, gateway, store, authorizing } = unknownUser();
    const silent = answering(gateway, { stripeCustomerId: null });
    const escrow = createEscrow({ ...ports, gateway: silent });
    const asked = { stripeCustomerId: null };
    const { payment } = (await escrow.authorize(authorizing(asked)))._unsafeUnwrap();
    expect(payment.stripeCustomerId).toBeNull();
    const made = store.calls.length;
    const release = { payment: { orderId: 'order-1' }, runnerId: 'runner-1', correlationId: 'r' };
    expect((await escrow.release(release))._unsafeUnwrap().outcome).toBe('done');
    expect(store.calls.slice(made)).toEqual(['find', 'findRunner', 'save', 'save']);
  });

  it('gets the one that was made meanwhile, and Stripe is not asked for it again', async () => {
    const { escrow, gateway, authorizing, before } = interrupted();
    const asks = (orderId: string) =>
      escrow.authorize(authorizing({ orderId, stripeCustomerId: null }));
    let made: string | null = null;
    before.set('reserve', async () => {
      made = (await asks('order-2'))._unsafeUnwrap().payment.stripeCustomerId;
      return null;
    });
    const { payment } = (await asks('order-1'))._unsafeUnwrap();
    expect(payment.stripeCustomerId).toBe(made);
    expect(gateway.calls).toEqual(['createCustomer', 'authorize', 'authorize']);
  });

  it('gets one though the first answer was lost', async () => {
    const { authorize, gateway, store, made } = unknownUser();
    gateway.befall('createCustomer', { type: 'answer_lost' });
    const refused = (await authorize())._unsafeUnwrapErr();
    expect(refused).toMatchObject({ type: 'GatewayUnavailable', executed: 'no' });
    expect([gateway.intents(), store.payments()]).toEqual([[], []]);
    expect((await authorize())._unsafeUnwrap().payment.status).toBe('AUTHORIZED');
    expect(made()).toHaveLength(1);
  });

  it('gets one though it could not be written down at first', async () => {
    let failing = true;
    const { authorize, gateway, store, made } = unknownUser({
      beforeStoreCall: async (call) => {
        if (call !== 'remember' || !failing) return null;
        failing = false;
        return 'refused';
      },
    });
    expect((await authorize()).isErr()).toBe(true);
    expect([gateway.intents(), store.payments()]).toEqual([[], []]);
    expect((await authorize())._unsafeUnwrap().payment.status).toBe('AUTHORIZED');
    expect(made()).toHaveLength(1);
  });

  it('gets one though a day has passed: what was made is found again', async () => {
    const { authorize, clock, gateway, made } = unknownUser();
    gateway.befall('createCustomer', { type: 'answer_lost' });
    await authorize();
    await clock.advance(48 * HOUR_MS);
    const payment = (await authorize('order-2'))._unsafeUnwrap().payment;
    expect(payment).toMatchObject({ status: 'AUTHORIZED' });
    expect(made()).toMatchObject([{ stripeCustomerId: payment.stripeCustomerId }]);
    expect(gateway.calls).toContain('findCustomer');
  });

  it('gets one though a day has passed and none was made', async () => {
    const { authorize, clock, gateway, made } = unknownUser();
    gateway.befall('createCustomer', { type: 'unanswered' });
    await authorize();
    await clock.advance(48 * HOUR_MS);
    expect((await authorize('order-2'))._unsafeUnwrap().payment.status).toBe('AUTHORIZED');
    expect(made()).toHaveLength(1);
  });

  it.each([
    ['is asked for again under the same key just before 23 hours', 23 * HOUR_MS - 1, 'create'],
    ['is searched for at 23 hours, when Stripe may have forgotten the key', 23 * HOUR_MS, 'find'],
  ])('whose first answer was lost %s', async (_, ageMs, call) => {
    const { authorize, clock, gateway, made } = unknownUser();
    const start = clock.now().getTime();
    gateway.befall('createCustomer', { type: 'answer_lost' });
    await authorize();
    await clock.advance(start + ageMs - clock.now().getTime());
    const before = gateway.calls.length;
    await authorize();
    expect(gateway.calls.slice(before)).toEqual([`${call}Customer`, 'authorize']);
    expect(made()).toHaveLength(1);
  });

  it('gets one though two orders are asked for at once, and the card is declined', async () => {
    const { escrow, authorizing, gateway, made } = unknownUser();
    const command = { stripeCustomerId: null, paymentMethodId: CARDS.declined };
    await Promise.all([
      escrow.authorize(authorizing({ ...command, orderId: 'order-1' })),
      escrow.authorize(authorizing({ ...command, orderId: 'order-2' })),
    ]);
    expect(made()).toHaveLength(1);
    expect(gateway.intents()).toMatchObject([{ status: 'canceled' }, { status: 'canceled' }]);
  });
});
