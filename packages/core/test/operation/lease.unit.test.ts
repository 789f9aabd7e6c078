import { memorySystem, until } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { interrupted } from '../interrupted.js';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const LOST = { type: 'answer_lost' } as const;
const LEASE_MS = 30_000;
const HOUR_MS = 60 * 60_000;

/** A release whose answer was lost, just when its lease is over. */
async function lost(options: Parameters<typeof interrupted>[0] = {}) {
  const system = interrupted(options);
  await system.escrow.authorize(system.authorizing());
  system.gateway.befall('capture', LOST);
  await system.escrow.release(release);
  await system.clock.advance(LEASE_MS);
  const payment = async () => (await system.escrow.find(order))._unsafeUnwrap();
  const calls = (name: string) => system.gateway.calls.filter((call) => call === name).length;
  return { ...system, payment, calls };
}

describe('a lost call', () => {
  it('is looked up before it is made again, and not made where it was done', async () => {
    const { escrow, gateway } = await lost();
    await escrow.resume(10);
    expect(gateway.calls).toEqual(['authorize', 'capture', 'retrieve']);
  });

  it('is finished by one of many who ask for it at once; the others ask Stripe nothing', async () => {
    const { escrow, calls } = await lost({ network: async () => {} });
    await Promise.all(Array.from({ length: 20 }, () => escrow.release(release)));
    expect([calls('retrieve'), calls('capture')]).toEqual([1, 1]);
  });

  it('belongs to whoever took it over until the lease is over again', async () => {
    const { escrow, gateway, clock, calls } = await lost({ autoAdvance: false });
    gateway.befall('retrieve', { type: 'late', afterMs: 20_000 });
    const repeat = escrow.release(release);
    await clock.advance(10_000);
    expect((await escrow.resume(10))._unsafeUnwrap().taken).toBe(0);
    await clock.advance(10_000);
    expect((await repeat)._unsafeUnwrap().outcome).toBe('done');
    expect([calls('retrieve'), calls('capture')]).toEqual([1, 1]);
  });

  it('counts every try, whoever makes it', async () => {
    const { escrow, gateway, store, payment } = await lost({ settings: { waitMs: 100 } });
    gateway.befall('retrieve', { type: 'unanswered' });
    expect((await escrow.release(release))._unsafeUnwrap().outcome).toBe('processing');
    const { id, operation } = await payment();
    expect(operation).toMatchObject({ attempts: 2 });
    expect(store.journal(id).at(-1)).toMatchObject({ operation });
  });

  it('is not made by whoever could not write down that they took it over', async () => {
    const { escrow, gateway, before } = await lost();
    before.set('save', async () => 'refused');
    const answer = (await escrow.release(release))._unsafeUnwrapErr();
    expect(answer.type).toBe('DatabaseUnavailable');
    expect(gateway.calls).toEqual(['authorize', 'capture']);
  });

  it.each(['Stripe can not be asked', 'the news can not be written down'])(
    'rests, and is no bug, while %s',
    async (why) => {
      const { escrow, gateway, clock, payment, before } = await lost();
      if (why.startsWith('Stripe')) gateway.befall('retrieve', { type: 'unreachable' });
      else before.set('save', async () => 'refused');
      expect((await escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 1, bugs: [] });
      expect((await escrow.resume(10))._unsafeUnwrap().taken).toBe(0);
      await clock.advance(2 * 60_000);
      await escrow.resume(10);
      expect(await payment()).toMatchObject({ status: 'RELEASED', operation: null });
    },
  );
});

describe('a hold of which Stripe has never heard', () => {
  it.each([
    ['not yet given up just before 24 hours', 24 * HOUR_MS - 1, 'INITIATING'],
    ['given up at 24 hours', 24 * HOUR_MS, 'FAILED'],
  ])('is %s', async (_, ageMs, status) => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'unanswered' });
    await escrow.authorize(authorizing());
    const openedAt = (await escrow.find(order))._unsafeUnwrap().createdAt.getTime();
    await clock.advance(openedAt + ageMs - clock.now().getTime());
    await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe(status);
  });
});

describe('whoever waits for somebody else', () => {
  it('hears of the end within a quarter of a second', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'late', afterMs: 1300 });
    const start = clock.now().getTime();
    const first = escrow.authorize(authorizing());
    await until(() => gateway.calls.includes('authorize'));
    expect((await escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('done');
    expect(clock.now().getTime() - start).toBeLessThanOrEqual(1300 + 250);
    await first;
  });

  it('does not wait at all where no time is given', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem({ settings: { waitMs: 0 } });
    gateway.befall('authorize', { type: 'late', afterMs: 1300 });
    const first = escrow.authorize(authorizing());
    await until(() => gateway.calls.includes('authorize'));
    const start = clock.now();
    expect((await escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('processing');
    expect(clock.now()).toEqual(start);
    await first;
  });
});
