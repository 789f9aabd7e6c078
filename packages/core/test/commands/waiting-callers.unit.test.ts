import { createEscrow } from '@campusg-pay/core';
import { CARDS, memorySystem, until } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { answering } from '../answering.js';

const order = { orderId: 'order-1' };
const release = (runnerId = 'runner-1') => ({ payment: order, runnerId, correlationId: 'release' });
const revert = { payment: order, reason: null, correlationId: 'revert' };

type System = ReturnType<typeof memorySystem>;

const hold = ({ escrow, authorizing }: System) => escrow.authorize(authorizing());

describe('whoever waited for the same command of somebody else', () => {
  it('is not told that a release is done which is being given back by then', async () => {
    const system = memorySystem({ settings: { waitMs: 1000 } });
    const { escrow, gateway, clock } = system;
    await hold(system);
    gateway.befall('capture', { type: 'late', afterMs: 500 });
    gateway.befall('refund', { type: 'late', afterMs: 60_000 });
    const first = escrow.release(release());
    await until(() => gateway.calls.includes('capture'));
    const repeat = escrow.release(release());
    await first;
    const reverts = escrow.revert(revert);
    const answer = (await repeat)._unsafeUnwrap();
    expect(answer).toMatchObject({ outcome: 'processing', payment: { status: 'RELEASED' } });
    await clock.advance(60_000);
    expect((await reverts)._unsafeUnwrap().outcome).toBe('done');
  });

  it('is told the wrong status, not "processing", once Stripe has refused to cancel', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing({ paymentMethodId: CARDS.needsAuthentication }));
    gateway.befall('void', { type: 'refuse', detail: 'account_frozen', afterMs: 500 });
    const first = escrow.revert(revert);
    await until(() => gateway.calls.includes('void'));
    const repeat = escrow.revert(revert);
    expect((await first)._unsafeUnwrapErr()).toMatchObject({ detail: 'account_frozen' });
    expect((await repeat)._unsafeUnwrapErr()).toEqual({
      type: 'WrongStatus',
      status: 'INITIATING',
    });
  });

  it('is told which field contradicts when another runner was paid instead', async () => {
    const system = memorySystem();
    const { escrow, gateway } = system;
    await hold(system);
    gateway.befall('capture', { type: 'refuse', detail: 'account_frozen', afterMs: 15 });
    const first = escrow.release(release());
    const repeat = escrow.release(release());
    await first;
    await escrow.release(release('runner-2'));
    expect((await repeat)._unsafeUnwrapErr()).toEqual({
      type: 'Contradiction',
      status: 'RELEASED',
      field: 'runnerId',
    });
  });
});

describe('a hold whose end Stripe does not tell', () => {
  it('is held for as long as Stripe says nothing else', async () => {
    const { ports, gateway, clock, authorizing } = memorySystem();
    const endless = answering(gateway, { captureBefore: null });
    const escrow = createEscrow({ ...ports, gateway: endless });
    const first = await escrow.authorize(authorizing());
    await clock.advance(6 * 24 * 60 * 60_000);
    expect((await escrow.check(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
    expect(await escrow.authorize(authorizing())).toEqual(first);
    expect((await escrow.release(release()))._unsafeUnwrap().outcome).toBe('done');
  });

  it('and that has lapsed refuses a release without naming a time that nobody knows', async () => {
    const { ports, gateway, authorizing } = memorySystem();
    const endless = answering(gateway, { captureBefore: null });
    const escrow = createEscrow({ ...ports, gateway: endless });
    const held = (await escrow.authorize(authorizing()))._unsafeUnwrap().payment;
    expect(held).toMatchObject({ status: 'AUTHORIZED', captureBefore: null });
    gateway.dashboard.expire('pi_1');
    expect((await escrow.release(release()))._unsafeUnwrapErr()).toMatchObject({
      type: 'WrongStatus',
      status: 'REVERTED',
    });
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({ revertMethod: 'expired' });
  });
});
