import { createHash } from 'node:crypto';
import { INSTALLATION, memorySystem } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import type { ReconcileRecords } from '../../src/reconcile/record-stream.js';
import { confirm } from '../../src/reconcile/second-look.js';
import type { Sides } from '../../src/reconcile/sides.js';

const MINUTE_MS = 60_000;
const late = { waitsAfterMs: MINUTE_MS, debtAfterMs: MINUTE_MS };
const policy = { warnMs: 0, stuckAfterMs: MINUTE_MS, unpublishedAfterMs: MINUTE_MS, ...late };
const order = { orderId: 'order-1' };

/**
 * A hold that Stripe's list has, and whose record moved on so long before the list was read: what
 * the list says is older than the record, and Stripe is asked where that may be why they differ.
 */
async function listedBefore(readAfterMs: number) {
  const system = memorySystem();
  const { escrow, gateway, clock, store, authorizing } = system;
  await escrow.authorize(authorizing());
  const { theirs } = await listed(system);
  await clock.advance(60 * MINUTE_MS);
  await escrow.release({ payment: order, runnerId: 'runner-1', correlationId: 'release' });
  const readAt = new Date(clock.now().getTime() + readAfterMs);
  await clock.advance(readAfterMs);
  const [payment] = store.payments();
  if (payment === undefined) throw new Error('no payment');
  const history = (store.histories.get(payment.id) ?? []).map(({ version, event }) => ({
    version,
    type: event.type,
  }));
  const ours = {
    payment,
    history,
    liveOfOrder: 1,
    waitingSince: null,
    transferAt: null,
    debts: [],
  };
  const place = { at: payment.createdAt.toISOString(), id: payment.id };
  const records = {
    of: async () => ok([{ type: 'record', ours, place }]),
  } as unknown as ReconcileRecords;
  const sides: Sides = {
    records,
    gateway,
    clock,
    installation: INSTALLATION,
    scheduler: { pause: async () => {}, elapsedMs: () => 0, random: () => 0.5 },
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    stop: new AbortController().signal,
    met: { stripe: true },
  };
  const before = gateway.calls.length;
  const context = { now: clock.now(), installation: INSTALLATION, policy };
  const found = await confirm(sides, { pair: { kind: 'both', ours, theirs }, readAt }, context);
  const types = found._unsafeUnwrap().map(({ type }) => type);
  return { types, asked: gateway.calls.slice(before), gateway };
}

async function listed({ gateway, clock }: ReturnType<typeof memorySystem>) {
  const to = new Date(clock.now().getTime() + 1_000);
  const page = await gateway.listIntents({ from: new Date(0), to, after: null });
  const [theirs] = page._unsafeUnwrap().items;
  if (theirs === undefined) throw new Error('nothing is listed');
  return { theirs };
}

describe('a difference that may only be older news', () => {
  it.each([0, 30_000, MINUTE_MS])(
    'is none once Stripe was asked, where the record moved %i ms before the list was read',
    async (ms) => {
      const { types, asked } = await listedBefore(ms);
      expect(asked).toEqual(['retrieve']);
      expect(types).toEqual([]);
    },
  );

  it('is one where the record has stood still for longer, and Stripe is not asked', async () => {
    const { types, asked } = await listedBefore(MINUTE_MS + 1);
    expect(asked).toEqual([]);
    expect(types).not.toEqual([]);
  });
});
