import { createEscrow } from '@campusg-pay/core';
import { CARDS, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { answering } from '../answering.js';
import { interrupted } from '../interrupted.js';

const HOUR_MS = 3_600_000;
const all = { after: null, limit: 100 };

async function awaitingAuthentication() {
  const system = memorySystem();
  const command = system.authorizing({ paymentMethodId: CARDS.needsAuthentication });
  await system.escrow.authorize(command);
  const [intent] = system.gateway.intentsOf(command.orderId);
  if (intent === undefined) throw new Error('there is an intent');
  const { orderId } = command;
  const payment = async () => (await system.escrow.find({ orderId }))._unsafeUnwrap();
  return { ...system, command, intentId: intent.paymentIntentId, payment };
}

describe('sweeping', () => {
  it('finds the hold of a customer who authenticated, though no webhook told', async () => {
    const { escrow, clock, gateway, intentId, payment } = await awaitingAuthentication();
    gateway.customer.approve(intentId);
    await clock.advance(2 * 60_000);
    expect((await escrow.sweep(all))._unsafeUnwrap()).toEqual({
      looked: 1,
      unreadable: 0,
      next: null,
      bugs: [],
    });
    expect((await payment()).status).toBe('AUTHORIZED');
  });

  it('leaves a customer an hour, then calls the payment off for good', async () => {
    const { escrow, clock, gateway, command, payment } = await awaitingAuthentication();
    await clock.advance(HOUR_MS - 1);
    await escrow.sweep(all);
    expect((await payment()).status).toBe('INITIATING');
    await clock.advance(1);
    await escrow.sweep(all);
    expect(await payment()).toMatchObject({
      status: 'FAILED',
      failure: { code: 'authentication_abandoned', message: expect.stringMatching(/in time/) },
    });
    expect(gateway.intentsOf(command.orderId)).toMatchObject([{ status: 'canceled' }]);
    const again = await escrow.authorize({ ...command, paymentMethodId: CARDS.good });
    expect(again._unsafeUnwrap().payment).toMatchObject({ status: 'AUTHORIZED', attempt: 2 });
  });

  it('does not call off what was authenticated in the last moment', async () => {
    const { escrow, clock, gateway, intentId, payment } = await awaitingAuthentication();
    await clock.advance(2 * HOUR_MS);
    gateway.customer.approve(intentId);
    await escrow.sweep(all);
    expect((await payment()).status).toBe('AUTHORIZED');
  });

  it('does not call off what Stripe is still processing, as nobody keeps it waiting', async () => {
    const { ports, clock, gateway, authorizing } = memorySystem();
    const processing = answering(gateway, { status: 'processing' });
    const escrow = createEscrow({ ...ports, gateway: processing });
    await escrow.authorize(authorizing());
    await clock.advance(2 * HOUR_MS);
    expect((await escrow.sweep(all))._unsafeUnwrap().looked).toBe(1);
    expect(gateway.calls).toEqual(['authorize', 'retrieve']);
  });

  it('does not call off what is being canceled already, whatever came of that', async () => {
    const { escrow, clock, gateway, intentId, payment } = await awaitingAuthentication();
    await clock.advance(2 * HOUR_MS);
    gateway.customer.fail(intentId);
    gateway.befall('void', { type: 'answer_lost' });
    expect((await escrow.sweep(all))._unsafeUnwrap()).toEqual({
      looked: 1,
      unreadable: 0,
      next: null,
      bugs: [],
    });
    await clock.advance(60_000);
    await escrow.resume(10);
    expect(await payment()).toMatchObject({
      status: 'FAILED',
      failure: { code: 'payment_intent_authentication_failure' },
    });
  });

  it('does not call off what was authenticated while it was about to', async () => {
    const system = interrupted();
    const { escrow, clock, gateway, deliver, authorizing, before } = system;
    await escrow.authorize(authorizing({ paymentMethodId: CARDS.needsAuthentication }));
    await clock.advance(2 * HOUR_MS);
    before.set('save', async () => {
      gateway.customer.approve('pi_1');
      await deliver();
      return null;
    });
    expect((await escrow.sweep(all))._unsafeUnwrap()).toEqual({
      looked: 1,
      unreadable: 0,
      next: null,
      bugs: [],
    });
    const payment = (await escrow.find({ orderId: 'order-1' }))._unsafeUnwrap();
    expect(payment.status).toBe('AUTHORIZED');
    expect(gateway.intents()).toMatchObject([{ status: 'requires_capture', voids: 0 }]);
  });

  it('cancels nothing that it could not write down, and goes on there the next time', async () => {
    const { escrow, clock, gateway, authorizing, before } = interrupted();
    await escrow.authorize(authorizing({ paymentMethodId: CARDS.needsAuthentication }));
    await clock.advance(2 * HOUR_MS);
    before.set('save', async () => 'refused');
    expect((await escrow.sweep(all))._unsafeUnwrap()).toEqual({
      looked: 0,
      unreadable: 0,
      next: null,
      bugs: [],
    });
    expect(gateway.intents()).toMatchObject([{ status: 'requires_action', voids: 0 }]);
    expect((await escrow.sweep(all))._unsafeUnwrap().looked).toBe(1);
    expect(gateway.intents()).toMatchObject([{ status: 'canceled', voids: 1 }]);
  });

  it('goes on past a bug, and tells of it', async () => {
    const { ports, clock, gateway, authorizing } = memorySystem();
    const retrieve: typeof gateway.retrieve = async (id) => {
      if (id === 'pi_1') throw new Error('bug: a surprise');
      return gateway.retrieve(id);
    };
    const escrow = createEscrow({ ...ports, gateway: { ...gateway, retrieve } });
    const paymentMethodId = CARDS.needsAuthentication;
    for (const paymentId of ['p1', 'p2']) {
      await escrow.authorize(authorizing({ orderId: paymentId, paymentId, paymentMethodId }));
    }
    gateway.customer.approve('pi_2');
    await clock.advance(2 * 60_000);
    expect((await escrow.sweep(all))._unsafeUnwrap()).toMatchObject({
      looked: 2,
      unreadable: 0,
      next: null,
      bugs: [{ paymentId: 'p1', error: { message: 'bug: a surprise' } }],
    });
    expect((await escrow.find({ paymentId: 'p2' }))._unsafeUnwrap().status).toBe('AUTHORIZED');
  });

  it('finds a hold that lapsed in silence', async () => {
    const { escrow, clock, authorizing } = memorySystem({ holdMs: HOUR_MS });
    await escrow.authorize(authorizing());
    await clock.advance(HOUR_MS);
    await escrow.sweep(all);
    const payment = (await escrow.find({ orderId: 'order-1' }))._unsafeUnwrap();
    expect(payment).toMatchObject({ status: 'REVERTED', revertMethod: 'expired' });
  });

  it('asks nothing about what is settled, fresh, or being worked on', async () => {
    const { escrow, clock, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    const fresh = { orderId: 'order-2', paymentMethodId: CARDS.needsAuthentication };
    await clock.advance(10 * 60_000);
    await escrow.authorize(authorizing(fresh));
    const asked = gateway.calls.length;
    expect((await escrow.sweep(all))._unsafeUnwrap().looked).toBe(0);
    expect(gateway.calls).toHaveLength(asked);
  });

  it('goes on where it stopped, and starts anew after the end', async () => {
    const { escrow, clock, authorizing } = memorySystem();
    for (const n of [1, 2, 3]) {
      const card = { paymentMethodId: CARDS.needsAuthentication };
      await escrow.authorize(authorizing({ orderId: `order-${n}`, paymentId: `p${n}`, ...card }));
    }
    await clock.advance(2 * 60_000);
    const first = (await escrow.sweep({ after: null, limit: 2 }))._unsafeUnwrap();
    expect(first).toEqual({ looked: 2, unreadable: 0, next: 'p2', bugs: [] });
    const second = (await escrow.sweep({ after: first.next, limit: 2 }))._unsafeUnwrap();
    expect(second).toEqual({ looked: 1, unreadable: 0, next: null, bugs: [] });
  });

  it('ends early while Stripe is away, and goes on there the next time', async () => {
    const { escrow, clock, gateway, payment, intentId } = await awaitingAuthentication();
    gateway.customer.approve(intentId);
    await clock.advance(2 * 60_000);
    gateway.befall('retrieve', { type: 'unreachable' });
    expect((await escrow.sweep(all))._unsafeUnwrap()).toEqual({
      looked: 0,
      unreadable: 0,
      next: null,
      bugs: [],
    });
    await escrow.sweep(all);
    expect((await payment()).status).toBe('AUTHORIZED');
  });
});
