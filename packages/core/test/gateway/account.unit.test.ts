import { memorySystem } from '@campusg-pay/core/testing';
import { err } from 'neverthrow';
import { describe, expect, it } from 'vitest';

const NO_DATABASE = { type: 'DatabaseUnavailable', reason: 'connection refused' } as const;

/** So many holds, and the first ones of them are not known at Stripe any more. */
async function holding(orders: number, misplaced: number) {
  const system = memorySystem();
  const from = system.clock.now();
  for (let index = 1; index <= orders; index += 1) {
    await system.escrow.authorize(system.authorizing({ orderId: `order-${index}` }));
    await system.clock.sleep(1);
  }
  for (const { paymentIntentId } of system.gateway.intents().slice(0, misplaced)) {
    system.gateway.misplace(paymentIntentId);
  }
  const to = new Date(system.clock.now().getTime() + 1000);
  return { ...system, compare: () => system.escrow.compare({ from, to }) };
}

describe('the key of another account', () => {
  it('is noticed, and marks no payment', async () => {
    const { escrow, compare, store } = await holding(3, 3);
    expect((await escrow.isOurAccount())._unsafeUnwrap()).toBe(false);
    expect((await compare())._unsafeUnwrapErr()).toMatchObject({
      type: 'GatewayUnavailable',
      executed: 'no',
      reason: expect.stringContaining('of another account or mode'),
    });
    expect(store.payments().map(({ review }) => review)).toEqual([null, null, null]);
  });

  it('is noticed from two payments on', async () => {
    const { escrow } = await holding(2, 2);
    expect((await escrow.isOurAccount())._unsafeUnwrap()).toBe(false);
  });

  it('is not suspected where one of the latest five is known', async () => {
    const { escrow, compare, store } = await holding(5, 4);
    expect((await escrow.isOurAccount())._unsafeUnwrap()).toBe(true);
    expect((await compare())._unsafeUnwrap().findings).toHaveLength(4);
    expect(store.payments().filter(({ review }) => review !== null)).toHaveLength(4);
  });

  it('is suspected where none of the latest five is known, though an older one is', async () => {
    const { escrow, gateway } = await holding(6, 0);
    for (const { paymentIntentId } of gateway.intents().slice(1)) gateway.misplace(paymentIntentId);
    expect((await escrow.isOurAccount())._unsafeUnwrap()).toBe(false);
  });

  it.each([0, 1])('is not to be told from %i payments', async (orders) => {
    const { escrow } = await holding(orders, orders);
    expect((await escrow.isOurAccount())._unsafeUnwrap()).toBe(true);
  });

  it.each(['gateway', 'store'] as const)('is not suspected while the %s is away', async (away) => {
    const { escrow, gateway, ports } = await holding(2, 2);
    if (away === 'gateway') gateway.befall('retrieve', { type: 'unreachable' });
    else Object.assign(ports.repository, { latest: async () => err(NO_DATABASE) });
    expect((await escrow.isOurAccount()).isErr()).toBe(true);
  });
});
