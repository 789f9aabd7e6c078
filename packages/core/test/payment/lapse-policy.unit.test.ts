import type { LapsePolicy } from '@campusg-pay/core';
import { memorySystem, SETTINGS } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const HOUR_MS = 3_600_000;
const HOLD_MS = 7 * 24 * HOUR_MS;
const all = { after: null, limit: 100 };
const order = { orderId: 'order-1' };
const releasing = (runnerId: string) => ({ payment: order, runnerId, correlationId: 'release-1' });

/** A payment that is held, and how to look at it. */
async function holding(action: LapsePolicy['action']) {
  const system = memorySystem({ settings: { lapse: { ...SETTINGS.lapse, action } } });
  await system.escrow.authorize(system.authorizing());
  const payment = async () => (await system.escrow.find(order))._unsafeUnwrap();
  const { id } = await payment();
  return {
    ...system,
    payment,
    /** Sweeps when the hold has that long to go. */
    sweepAt: async (leftMs: number) => {
      await system.clock.advance(HOLD_MS - leftMs - heldFor(system));
      return (await system.escrow.sweep(all))._unsafeUnwrap();
    },
    events: () => (system.store.histories.get(id) ?? []).map(({ event }) => event.type),
  };
}

function heldFor({ clock, store }: ReturnType<typeof memorySystem>): number {
  const [payment] = store.payments();
  return clock.now().getTime() - (payment?.createdAt.getTime() ?? 0);
}

describe('a hold that lapses soon', () => {
  it('is told of a day before its end, once', async () => {
    const { sweepAt, events, payment, store } = await holding('warn');
    expect((await sweepAt(24 * HOUR_MS + 1)).looked).toBe(0);
    expect(events()).toEqual(['authorized']);
    await sweepAt(24 * HOUR_MS);
    expect(events()).toEqual(['authorized', 'expiring']);
    const { captureBefore } = (await payment()) as { captureBefore?: Date };
    expect(store.outbox.at(-1)).toMatchObject({
      status: 'AUTHORIZED',
      version: 2,
      event: { type: 'expiring', captureBefore },
    });
    expect((await sweepAt(HOUR_MS)).looked).toBe(0);
    expect(events()).toEqual(['authorized', 'expiring']);
  });

  it('is left alone by the policy to warn, and can be released to the end', async () => {
    const { sweepAt, escrow, gateway, payment } = await holding('warn');
    await sweepAt(1);
    expect(gateway.calls).not.toContain('capture');
    expect((await escrow.release(releasing('runner-1')))._unsafeUnwrap().outcome).toBe('done');
    expect(await payment()).toMatchObject({ status: 'RELEASED', runnerId: 'runner-1' });
  });

  it('is let go by the policy to revert, an hour before its end', async () => {
    const { sweepAt, events, payment, gateway } = await holding('revert');
    await sweepAt(HOUR_MS + 1);
    expect((await payment()).status).toBe('AUTHORIZED');
    await sweepAt(HOUR_MS);
    expect(events()).toEqual(['authorized', 'expiring', 'reverted']);
    const reverted = { status: 'REVERTED', revertMethod: 'voided', reason: 'hold_expiring' };
    expect(await payment()).toMatchObject(reverted);
    expect(gateway.intents()).toMatchObject([{ status: 'canceled', voids: 1 }]);
  });

  it('is captured by the policy to release, for a runner who is named later', async () => {
    const { sweepAt, escrow, events, payment, gateway } = await holding('release');
    await sweepAt(HOUR_MS);
    const captured = { status: 'RELEASED', runnerId: null, receivedMinor: 2098, review: null };
    expect(await payment()).toMatchObject(captured);
    const released = await escrow.release(releasing('runner-1'));
    expect(released._unsafeUnwrap()).toMatchObject({
      outcome: 'done',
      payment: { status: 'RELEASED', runnerId: 'runner-1' },
    });
    expect(events()).toEqual(['authorized', 'expiring', 'released', 'runner_named']);
    expect(gateway.intents()).toMatchObject([{ status: 'succeeded', captures: 1 }]);
    const other = await escrow.release(releasing('runner-2'));
    expect(other._unsafeUnwrapErr()).toMatchObject({ type: 'Contradiction', field: 'runnerId' });
  });

  it('promises nothing to a runner while it is being captured for nobody yet', async () => {
    const { sweepAt, escrow, clock, payment, gateway } = await holding('release');
    gateway.befall('capture', { type: 'answer_lost' });
    await sweepAt(HOUR_MS);
    expect(await payment()).toMatchObject({ status: 'AUTHORIZED', operation: { kind: 'capture' } });
    gateway.befall('retrieve', { type: 'unanswered' });
    const early = await escrow.release(releasing('runner-1'));
    expect(early._unsafeUnwrapErr()).toMatchObject({ type: 'OperationInProgress' });
    await clock.advance(SETTINGS.leaseMs);
    expect((await escrow.release(releasing('runner-1')))._unsafeUnwrap().outcome).toBe('done');
    expect(await payment()).toMatchObject({ status: 'RELEASED', runnerId: 'runner-1' });
    expect(gateway.intents()).toMatchObject([{ captures: 1 }]);
  });

  it('names one runner, however many are asked for at once', async () => {
    const { sweepAt, escrow, events } = await holding('release');
    await sweepAt(HOUR_MS);
    const runners = ['runner-1', 'runner-2', 'runner-1', 'runner-2'];
    const answers = await Promise.all(runners.map((one) => escrow.release(releasing(one))));
    expect(answers.map((one) => one.isOk()).filter(Boolean)).toHaveLength(2);
    expect(events().filter((type) => type === 'runner_named')).toHaveLength(1);
  });

  it('is asked about first: what was released meanwhile is not told of', async () => {
    const { sweepAt, events, gateway } = await holding('revert');
    gateway.dashboard.capture(gateway.intents()[0]?.paymentIntentId ?? '');
    await sweepAt(HOUR_MS);
    expect(events()).toEqual(['authorized', 'released', 'review_needed']);
  });

  it('answers no command by what the policy did', async () => {
    const { sweepAt, store, payment } = await holding('revert');
    await sweepAt(HOUR_MS);
    const { id, correlationId } = await payment();
    const last = store.histories.get(id)?.at(-1);
    expect(last?.correlationId).toBe(`lapse:${id}`);
    expect(last?.correlationId).not.toBe(correlationId);
  });
});

describe('what the policy does', () => {
  it.each(['release', 'revert'] as const)('by %s answers no command', async (action) => {
    const { sweepAt, store } = await holding(action);
    await sweepAt(HOUR_MS);
    const answered = store.outbox.map(({ answers }) => answers);
    expect(answered).toEqual(['authorize', null, null]);
  });
});
