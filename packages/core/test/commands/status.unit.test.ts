import { CARDS, memorySystem, until } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { interrupted } from '../interrupted.js';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };

describe('asking for the status', () => {
  it('while somebody is holding the amount tells so at once, and asks nobody', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'late', afterMs: 1000 });
    const authorizes = escrow.authorize(authorizing());
    await until(() => gateway.calls.includes('authorize'));
    const start = clock.now();
    expect((await escrow.check(order))._unsafeUnwrap().status).toBe('INITIATING');
    expect([gateway.calls, clock.now()]).toEqual([['authorize'], start]);
    await authorizes;
  });

  it('of a hold that should have lapsed leaves a capture that is under way alone', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem({
      holdMs: 60_000,
      autoAdvance: false,
    });
    await escrow.authorize(authorizing());
    await clock.advance(50_000);
    gateway.befall('capture', { type: 'late', afterMs: 20_000 });
    const releases = escrow.release(release);
    await clock.advance(15_000);
    expect((await escrow.check(order))._unsafeUnwrap()).toMatchObject({
      status: 'AUTHORIZED',
      operation: { kind: 'capture' },
    });
    expect(gateway.calls).toEqual(['authorize', 'capture']);
    await clock.advance(5_000);
    await releases;
  });

  it('of what nobody works on any more finishes it', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    gateway.befall('void', { type: 'unanswered' }, { type: 'unanswered' });
    await escrow.authorize(authorizing({ paymentMethodId: CARDS.declined }));
    expect((await escrow.check(order))._unsafeUnwrap().status).toBe('INITIATING');
    await clock.advance(30_000);
    expect((await escrow.check(order))._unsafeUnwrap().status).toBe('FAILED');
    expect(gateway.intents()).toMatchObject([{ status: 'canceled' }]);
  });

  it('by many at once, of what nobody works on any more, finishes it once, and all are told', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem({ network: async () => {} });
    gateway.befall('authorize', { type: 'answer_lost' });
    await escrow.authorize(authorizing());
    await clock.advance(30_000);
    const all = await Promise.all(Array.from({ length: 20 }, () => escrow.check(order)));
    const told = all.map((one) => one._unsafeUnwrap().status);
    expect(new Set(told)).toEqual(new Set(['INITIATING', 'AUTHORIZED']));
    expect(gateway.calls).toEqual(['authorize', 'authorize', 'retrieve']);
  });

  it('of a payment whose PaymentIntent Stripe does not know tells what is recorded', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    const command = authorizing({ paymentMethodId: CARDS.needsAuthentication });
    const { payment } = (await escrow.authorize(command))._unsafeUnwrap();
    gateway.misplace('pi_1');
    expect((await escrow.check(order))._unsafeUnwrap()).toEqual(payment);
  });

  it('tells what is recorded while the news can not be written down', async () => {
    const { escrow, gateway, authorizing, before } = interrupted();
    const command = authorizing({ paymentMethodId: CARDS.needsAuthentication });
    const { payment } = (await escrow.authorize(command))._unsafeUnwrap();
    gateway.customer.approve('pi_1');
    before.set('save', async () => 'refused');
    expect((await escrow.check(order))._unsafeUnwrap()).toEqual(payment);
    expect((await escrow.check(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
  });

  it('of an order that nobody has paid for finds nothing', async () => {
    const { escrow } = memorySystem();
    expect((await escrow.check(order))._unsafeUnwrapErr()).toEqual({ type: 'PaymentNotFound' });
    expect((await escrow.find(order))._unsafeUnwrapErr()).toEqual({ type: 'PaymentNotFound' });
  });
});

describe('a hint about a PaymentIntent', () => {
  it('that Stripe does not know when it is asked changes nothing, and is noted', async () => {
    const { escrow, gateway, store, authorizing } = memorySystem();
    const { payment } = (await escrow.authorize(authorizing()))._unsafeUnwrap();
    await escrow.release(release);
    gateway.misplace('pi_1');
    const event = { id: 'evt_hint', type: 'charge.refunded' };
    const report = { type: 'hint', paymentIntentId: 'pi_1', because: event.type } as const;
    const said = await escrow.report({ event, payment: { paymentIntentId: 'pi_1' }, report });
    expect(said._unsafeUnwrap()).toBe('unchanged');
    expect(store.webhooks.get('evt_hint')).toMatchObject({ paymentId: payment.id });
  });
});

describe('what the platform is told of an event', () => {
  it('is enough to know the payment without asking', async () => {
    const { escrow, store, clock, authorizing } = memorySystem();
    const { payment } = (await escrow.authorize(authorizing()))._unsafeUnwrap();
    await escrow.release(release);
    await escrow.revert({ payment: order, reason: 'too slow', correlationId: 'revert' });
    const facts = {
      paymentId: payment.id,
      orderId: 'order-1',
      customerId: 'customer-1',
      paymentIntentId: 'pi_1',
      amountMinor: 2098,
      currency: 'USD',
      at: clock.now().toISOString(),
    };
    expect(store.outbox).toMatchObject([
      {
        ...facts,
        id: `${payment.id}:1`,
        version: 1,
        status: 'AUTHORIZED',
        runnerId: null,
        correlationId: 'authorize-1',
        event: { type: 'authorized' },
      },
      {
        ...facts,
        id: `${payment.id}:2`,
        version: 2,
        status: 'RELEASED',
        runnerId: 'runner-1',
        correlationId: 'release',
        event: { type: 'released', receivedMinor: 2098 },
      },
      {
        ...facts,
        id: `${payment.id}:3`,
        version: 3,
        status: 'REVERTED',
        runnerId: 'runner-1',
        correlationId: 'revert',
        event: { type: 'reverted', reason: 'too slow' },
      },
    ]);
  });

  it('answers the release with the release only, and the authorize with what else came of it', async () => {
    const { escrow, gateway, store, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.dashboard.capture('pi_1', 1000);
    await escrow.release(release);
    expect(store.outbox.slice(1)).toMatchObject([
      { event: { type: 'released' }, correlationId: 'release' },
      { event: { type: 'review_needed' }, correlationId: 'authorize-1' },
    ]);
  });

  it('does not answer a revert with the capture that somebody else made instead', async () => {
    const { escrow, gateway, clock, store, authorizing } = memorySystem({
      settings: { waitMs: 500 },
    });
    gateway.befall('authorize', { type: 'answer_lost' }, { type: 'answer_lost' });
    await escrow.authorize(authorizing());
    await escrow.revert({ payment: order, reason: null, correlationId: 'revert' });
    gateway.dashboard.capture('pi_1');
    await clock.advance(30_000);
    await escrow.resume(10);
    expect(store.outbox.map(({ status }) => status)).toContain('RELEASED');
    expect(new Set(store.outbox.map((one) => one.correlationId))).toEqual(new Set(['authorize-1']));
  });

  it('answers the command that caused it, or the authorize where none did', async () => {
    const { escrow, gateway, store, deliver, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.dashboard.capture('pi_1');
    await deliver();
    const told = store.outbox.map(({ event, correlationId }) => [event.type, correlationId]);
    expect(told).toEqual([
      ['authorized', 'authorize-1'],
      ['released', 'authorize-1'],
      ['review_needed', 'authorize-1'],
    ]);
  });
});
