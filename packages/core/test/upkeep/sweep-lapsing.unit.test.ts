import { createEscrow, type IntentSnapshot, type LapsePolicy } from '@campusg-pay/core';
import { CARDS, SETTINGS } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { answering } from '../answering.js';
import { interrupted } from '../interrupted.js';

const HOUR_MS = 3_600_000;
const all = { after: null, limit: 100 };
const order = { orderId: 'order-1' };

/** A hold that is found only when the sweep looks at Stripe. */
async function unheard(action: LapsePolicy['action'], holdMs: number) {
  const settings = { lapse: { ...SETTINGS.lapse, action } };
  const system = interrupted({ settings, holdMs });
  const { escrow, clock, gateway, store } = system;
  const paymentMethodId = CARDS.needsAuthentication;
  await escrow.authorize(system.authorizing({ paymentMethodId }));
  const { id } = (await escrow.find(order))._unsafeUnwrap();
  await clock.advance(2 * 60_000);
  gateway.customer.approve('pi_1');
  return {
    ...system,
    sweep: async (sweeping = escrow) => (await sweeping.sweep(all))._unsafeUnwrap(),
    told: () => (store.histories.get(id) ?? []).map(({ event }) => event.type).slice(1),
    payment: async () => (await escrow.find(order))._unsafeUnwrap(),
  };
}

describe('a hold that the sweep has only just heard of', () => {
  it('is not told to lapse soon while it has more than a day', async () => {
    const { sweep, told } = await unheard('revert', 24 * HOUR_MS + 1);
    expect((await sweep()).bugs).toEqual([]);
    expect(told()).toEqual(['authorized']);
  });

  it('is let go at once where it has an hour', async () => {
    const { sweep, told } = await unheard('revert', HOUR_MS);
    expect((await sweep()).bugs).toEqual([]);
    expect(told()).toEqual(['authorized', 'expiring', 'reverted']);
  });

  it('is left alone where nobody knows its end', async () => {
    const { sweep, told, ports, gateway } = await unheard('revert', HOUR_MS);
    const endless = createEscrow({
      ...ports,
      gateway: answering(gateway, { captureBefore: null }),
    });
    expect(await sweep(endless)).toMatchObject({ looked: 1, bugs: [] });
    expect(told()).toEqual(['authorized']);
    expect(gateway.calls).not.toContain('void');
  });

  it('is left to whoever releases it meanwhile', async () => {
    const { sweep, told, before, gateway, escrow, deliver, payment } = await unheard(
      'revert',
      HOUR_MS,
    );
    before.set('save', async () => {
      await deliver();
      gateway.befall('capture', { type: 'unanswered' });
      await escrow.release({ payment: order, runnerId: 'runner-1', correlationId: 'release-1' });
      return null;
    });
    expect((await sweep()).bugs).toEqual([]);
    expect(told()).toEqual(['authorized']);
    expect(await payment()).toMatchObject({ operation: { kind: 'capture' } });
  });
});

describe('a hold whose end has come while Stripe still shows it', () => {
  it.each([0, HOUR_MS])('is neither told nor acted on, %s ms after it', async (pastMs) => {
    const { sweep, told, ports, gateway, clock, payment } = await unheard('release', 48 * HOUR_MS);
    await sweep();
    const held: Partial<IntentSnapshot> = { status: 'requires_capture', cancellationReason: null };
    const showing = createEscrow({ ...ports, gateway: answering(gateway, held) });
    await clock.advance(48 * HOUR_MS + pastMs);
    expect(await sweep(showing)).toMatchObject({ looked: 1, bugs: [] });
    expect(told()).toEqual(['authorized']);
    expect(await payment()).toMatchObject({ status: 'AUTHORIZED', expiring: false });
  });
});
