import { createEscrow } from '@campusg-pay/core';
import { memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const HOLD_MS = 60_000;

/** A held payment whose time is over, of which no webhook has told. */
async function lapsed() {
  const system = memorySystem({ holdMs: HOLD_MS });
  await system.escrow.authorize(system.authorizing());
  await system.clock.advance(HOLD_MS - 1);
  expect((await system.escrow.check(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
  expect(system.gateway.calls).toEqual(['authorize']);
  await system.clock.advance(1);
  return system;
}

describe('a hold whose time is over', () => {
  it('is looked up when its status is asked for, and is REVERTED', async () => {
    const { escrow, gateway } = await lapsed();
    const payment = (await escrow.check(order))._unsafeUnwrap();
    expect(payment).toMatchObject({ status: 'REVERTED', revertMethod: 'expired' });
    await escrow.check(order);
    expect(gateway.calls).toEqual(['authorize', 'retrieve']);
  });

  it('is told as it is recorded while Stripe is away', async () => {
    const { escrow, gateway } = await lapsed();
    gateway.befall('retrieve', { type: 'unreachable' });
    expect((await escrow.check(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
  });

  it('refuses a release, which makes the record follow', async () => {
    const { escrow } = await lapsed();
    expect((await escrow.release(release))._unsafeUnwrapErr().type).toBe('HoldExpired');
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({ revertMethod: 'expired' });
  });

  it('refuses a release while Stripe is away too', async () => {
    const { escrow, gateway } = await lapsed();
    gateway.befall('retrieve', { type: 'unreachable' });
    expect((await escrow.release(release))._unsafeUnwrapErr().type).toBe('HoldExpired');
    expect(gateway.calls).not.toContain('capture');
  });

  it('does not bar the next one: 20 authorizes at once make one new hold', async () => {
    const { escrow, gateway, authorizing } = await lapsed();
    const all = Array.from({ length: 20 }, () => escrow.authorize(authorizing()));
    const payments = (await Promise.all(all)).map((one) => one._unsafeUnwrap().payment);
    expect(new Set(payments.map(({ id }) => id)).size).toBe(1);
    expect(payments[0]).toMatchObject({ status: 'AUTHORIZED', attempt: 2 });
    expect(gateway.intents()).toMatchObject([
      { status: 'canceled', cancellationReason: 'expired' },
      { status: 'requires_capture', holds: 1 },
    ]);
  });

  it('is left to whoever is working on it, and does not bar the next one after that', async () => {
    const system = memorySystem({
      holdMs: HOLD_MS,
      autoAdvance: false,
      settings: { leaseMs: 2 * HOLD_MS },
    });
    const { escrow, gateway, clock, store, authorizing } = system;
    await escrow.authorize(authorizing());
    gateway.befall('void', { type: 'late', afterMs: HOLD_MS + 500 });
    const revert = escrow.revert({ payment: order, reason: null, correlationId: 'revert' });
    await clock.advance(HOLD_MS);
    const next = escrow.authorize(authorizing());
    await clock.advance(2_000);
    await revert;
    expect((await next)._unsafeUnwrap().payment.attempt).toBe(2);
    const [first] = store.payments();
    const tries = store.journal(first?.id ?? '').map(({ operation }) => operation.attempts);
    expect(tries).toEqual([1, 1]);
  });

  it('bars the next one while Stripe can not be asked', async () => {
    const { escrow, gateway, store, authorizing } = await lapsed();
    gateway.befall('retrieve', { type: 'unreachable' });
    const answer = (await escrow.authorize(authorizing()))._unsafeUnwrapErr();
    expect(answer.type).toBe('GatewayUnavailable');
    expect([gateway.intents(), store.payments()]).toMatchObject([[{}], [{}]]);
    expect((await escrow.authorize(authorizing()))._unsafeUnwrap().payment.attempt).toBe(2);
  });

  it('bars the next one as long as Stripe holds it still', async () => {
    const { ports, escrow, gateway, clock, authorizing } = memorySystem({ holdMs: HOLD_MS });
    await escrow.authorize(authorizing());
    const fast = { ...clock, now: () => new Date(clock.now().getTime() + HOLD_MS) };
    const ahead = createEscrow({ ...ports, clock: fast });
    const refused = (await ahead.authorize(authorizing()))._unsafeUnwrapErr();
    expect(refused).toMatchObject({ type: 'HoldExpired', status: 'AUTHORIZED' });
    expect(gateway.intents()).toMatchObject([{ status: 'requires_capture', holds: 1 }]);
  });
});
