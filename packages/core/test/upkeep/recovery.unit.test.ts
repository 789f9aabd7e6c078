import { createEscrow } from '@campusg-pay/core';
import { CARDS, type GatewayTrouble, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const revert = { payment: order, reason: null, correlationId: 'revert' };
const LOST = { type: 'answer_lost' } as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('recovery', () => {
  it('is not held up by many old holds about which Stripe can not be asked', async () => {
    let searching: GatewayTrouble | null = { type: 'unreachable' };
    const { escrow, gateway, clock, authorizing } = memorySystem({
      settings: { waitMs: 100 },
      gatewayTrouble: (call) => (call === 'findIntent' ? searching : null),
    });
    const MANY = 25;
    gateway.befall('authorize', ...Array(MANY).fill(LOST));
    for (let index = 0; index < MANY; index += 1) {
      await escrow.authorize(authorizing({ orderId: `old-${index}` }));
    }
    await clock.advance(48 * HOUR_MS);
    await escrow.authorize(authorizing());
    gateway.befall('capture', LOST);
    await escrow.release(release);
    await clock.advance(30_000);
    for (let round = 0; round < 3; round += 1) await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('RELEASED');

    const searched = () => gateway.calls.filter((call) => call === 'findIntent').length;
    expect(searched()).toBe(MANY);
    for (let minutes = 0; minutes < 24 * 60; minutes += 1) {
      await clock.advance(MINUTE_MS);
      await escrow.resume(10);
    }
    expect(searched() / MANY).toBeLessThan(40);
    searching = null;
    await clock.advance(2 * HOUR_MS);
    for (let round = 0; round < 3; round += 1) await escrow.resume(10);
    expect(gateway.intents()).toHaveLength(MANY + 1);
    const late = (await escrow.find({ orderId: 'old-24' }))._unsafeUnwrap();
    expect(late).toMatchObject({ status: 'AUTHORIZED', operation: null });
  });

  it('rests for a second at first, then longer, and for a small part of what it has waited', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem({
      gatewayTrouble: (call) => (call === 'authorize' ? { type: 'unanswered' } : null),
    });
    await escrow.authorize(authorizing());
    const openedAt = clock.now().getTime();
    const STEP_MS = 250;
    const tries: number[] = [];
    for (let ageMs = 0; ageMs < 12 * HOUR_MS; ageMs = clock.now().getTime() - openedAt) {
      await clock.advance(ageMs < 2 * HOUR_MS ? STEP_MS : 10_000);
      const calls = gateway.calls.length;
      await escrow.resume(10);
      if (gateway.calls.length > calls) tries.push(clock.now().getTime() - openedAt);
    }
    const [first = 0] = tries;
    expect(first).toBeLessThanOrEqual(1_250 + STEP_MS);
    const rests = tries.slice(1).map((at, index) => ({ at, rest: at - (tries[index] ?? 0) }));
    for (const { at, rest } of rests.filter((one) => one.at < HOUR_MS)) {
      expect(rest).toBeLessThanOrEqual(30_000 + STEP_MS);
      expect(rest).toBeLessThanOrEqual(Math.max(3_750, at * 0.3) + STEP_MS);
    }
    const late = rests.filter(({ at }) => at > 11 * HOUR_MS).map(({ rest }) => rest);
    expect(Math.min(...late)).toBeGreaterThan(8 * MINUTE_MS);
    expect(Math.max(...late)).toBeLessThan(20 * MINUTE_MS);
    expect(tries.length).toBeLessThan(350);
  });

  it.each([
    ['holds', CARDS.good, 'authorize', 2_000],
    ['cancels of declined holds', CARDS.declined, 'void', 1_000],
  ] as const)(
    'lets %s that failed together come back apart',
    async (_, paymentMethodId, failing, restMs) => {
      const { escrow, gateway, clock, store, authorizing } = memorySystem({
        gatewayTrouble: (call) => (call === failing ? { type: 'unanswered' } : null),
      });
      gateway.befall('authorize', ...Array(20).fill({ type: 'unanswered' }));
      for (let index = 0; index < 20; index += 1) {
        await escrow.authorize(authorizing({ orderId: `order-${index}`, paymentMethodId }));
      }
      await clock.advance(30_000);
      await escrow.resume(20);
      expect(gateway.calls.filter((call) => call === failing).length).toBeGreaterThanOrEqual(20);
      const ends = store.payments().map(({ operation }) => operation?.leaseUntil.getTime() ?? 0);
      const rests = ends.map((end) => (end - clock.now().getTime()) / restMs);
      expect(Math.min(...rests)).toBeGreaterThanOrEqual(0.75);
      expect(Math.max(...rests)).toBeLessThan(1.25);
      expect(new Set(rests).size).toBeGreaterThanOrEqual(10);
    },
  );

  it('goes on past a bug, tells of it, and lets the payment rest', async () => {
    const { ports, gateway, clock, authorizing } = memorySystem();
    const escrow = createEscrow({
      ...ports,
      gateway: {
        ...gateway,
        retrieve: async (id) => {
          if (id === 'pi_1') throw new Error('bug: a surprise');
          return gateway.retrieve(id);
        },
      },
    });
    for (const orderId of ['order-1', 'order-2']) {
      await escrow.authorize(authorizing({ orderId }));
      gateway.befall('capture', LOST);
      await escrow.release({ ...release, payment: { orderId } });
    }
    await clock.advance(30_000);
    const { id: paymentId } = (await escrow.find(order))._unsafeUnwrap();
    const { taken, bugs } = (await escrow.resume(10))._unsafeUnwrap();
    expect(taken).toBe(2);
    expect(bugs).toMatchObject([{ paymentId, error: { message: 'bug: a surprise' } }]);
    expect((await escrow.find({ orderId: 'order-2' }))._unsafeUnwrap().status).toBe('RELEASED');
    expect((await escrow.resume(10))._unsafeUnwrap().taken).toBe(0);
  });

  it('by two replicas at once makes each call once', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem({ network: async () => {} });
    gateway.befall('authorize', ...Array(10).fill(LOST));
    for (let index = 0; index < 10; index += 1) {
      await escrow.authorize(authorizing({ orderId: `order-${index}` }));
    }
    await clock.advance(30_000);
    const rounds = await Promise.all([escrow.resume(10), escrow.resume(10)]);
    const taken = rounds.map((one) => one._unsafeUnwrap().taken);
    expect(taken.reduce((sum, one) => sum + one, 0)).toBe(10);
    expect(gateway.calls.filter((call) => call === 'authorize')).toHaveLength(20);
  });

  it('does not wait for one call before it begins the next', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem({ autoAdvance: false });
    gateway.befall('authorize', LOST, LOST, { type: 'late', afterMs: 20_000 });
    const orders = ['order-1', 'order-2'].map((orderId) => ({ orderId }));
    for (const one of orders) await escrow.authorize(authorizing(one));
    await clock.advance(30_000);
    const round = escrow.resume(10);
    await clock.advance(1_000);
    const status = async (one: { orderId: string }) =>
      (await escrow.find(one))._unsafeUnwrap().status;
    const statuses = await Promise.all(orders.map(status));
    expect(statuses.sort()).toEqual(['AUTHORIZED', 'INITIATING']);
    await clock.advance(20_000);
    await round;
    expect(await Promise.all(orders.map(status))).toEqual(['AUTHORIZED', 'AUTHORIZED']);
  });

  it('that finds nothing leaves the looks to whoever waits', async () => {
    const { escrow, gateway, authorizing } = memorySystem({
      looksPerSecond: 1,
      settings: { waitMs: 0 },
    });
    gateway.befall('authorize', LOST);
    await escrow.authorize(authorizing());
    // It rests, and is not due yet.
    expect((await escrow.resume(10))._unsafeUnwrap().taken).toBe(0);
    expect((await escrow.check(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
  });

  it('by a replica that slept past its lease does not let go of what another has taken over', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem({ autoAdvance: false });
    await escrow.authorize(authorizing());
    gateway.befall('capture', LOST);
    await escrow.release(release);
    await clock.advance(30_000);
    gateway.befall(
      'retrieve',
      { type: 'unanswered', afterMs: 31_000 },
      { type: 'late', afterMs: 20_000 },
    );
    const asleep = escrow.resume(1);
    await clock.advance(30_000);
    const awake = escrow.resume(1);
    await clock.advance(5_000);
    await asleep;
    const { operation } = (await escrow.find(order))._unsafeUnwrap();
    expect(operation).toMatchObject({ attempts: 3, resting: false });
    await clock.advance(15_000);
    await awake;
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('RELEASED');
  });

  it('by a replica that slept past its lease leaves the call to whoever has taken it over', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem({ autoAdvance: false });
    await escrow.authorize(authorizing());
    await escrow.release(release);
    gateway.befall('refund', { type: 'unanswered' });
    await escrow.revert(revert);
    await clock.advance(30_000);
    gateway.dashboard.dispute('pi_1', 'warning_needs_response');
    // Its answer, which tells of the inquiry, comes once another replica asks as well.
    gateway.befall(
      'retrieve',
      { type: 'late', afterMs: 31_000 },
      { type: 'late', afterMs: 20_000 },
    );
    const asleep = escrow.resume(1);
    await clock.advance(30_000);
    const awake = escrow.resume(1);
    await clock.advance(5_000);
    await asleep;
    expect(gateway.calls.filter((call) => call === 'refund')).toHaveLength(1);
    await clock.advance(15_000);
    await awake;
    expect(gateway.calls.filter((call) => call === 'refund')).toHaveLength(2);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('REVERTED');
  });

  it('does not believe a replayed answer: a hold that is gone by now is not AUTHORIZED', async () => {
    const { escrow, gateway, store, clock, authorizing } = memorySystem();
    gateway.befall('authorize', LOST);
    await escrow.authorize(authorizing());
    gateway.dashboard.cancel('pi_1');
    await clock.advance(30_000);
    await escrow.resume(10);
    expect(gateway.calls).toEqual(['authorize', 'authorize', 'retrieve']);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('FAILED');
    expect(store.outbox.map(({ event }) => event.type)).toEqual(['failed']);
  });

  it('does not believe a replayed refund that has bounced by now, and rests', async () => {
    const { escrow, gateway, deliver, clock, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    await escrow.release(release);
    gateway.befall('refund', LOST);
    await escrow.revert(revert);
    gateway.dashboard.failRefund('pi_1');
    await deliver();
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({
      status: 'RELEASED',
      review: 'refund failed: 2098 minor units, lost_or_stolen_card',
    });
    for (let round = 0; round < 60; round += 1) {
      await clock.advance(30_000);
      await escrow.resume(10);
    }
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('RELEASED');
    expect(gateway.calls.filter((call) => call === 'refund').length).toBeLessThan(10);
  });
});
