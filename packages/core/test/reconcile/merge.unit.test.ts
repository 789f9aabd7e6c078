import { createHash } from 'node:crypto';
import type { ListedIntent, Payment } from '@campusg-pay/core';
import { INSTALLATION, memorySystem, usd } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { mergeSides } from '../../src/reconcile/merge.js';
import type { Found, ReconcileRecords } from '../../src/reconcile/record-stream.js';
import type { Sides } from '../../src/reconcile/sides.js';

/** Both sides of a system whose only payment waits for its PaymentIntent. */
async function waiting() {
  const system = memorySystem();
  const { escrow, gateway, clock, store, authorizing } = system;
  const from = clock.now();
  gateway.befall('authorize', { type: 'unanswered' });
  await escrow.authorize(authorizing({ paymentId: '77' }));
  const [payment] = store.payments();
  if (payment === undefined) throw new Error('nothing was written down');
  const merged = async () => {
    const to = new Date(clock.now().getTime() + 1_000);
    const merge = mergeSides(sidesOf(system, payment), { from, to });
    return (await merge.next())._unsafeUnwrap();
  };
  return { ...system, payment, merged };
}

function sidesOf({ gateway, clock }: ReturnType<typeof memorySystem>, payment: Payment): Sides {
  const ours = {
    payment,
    history: [],
    liveOfOrder: 1,
    waitingSince: null,
    transferAt: null,
    debts: [],
  };
  const place = { at: payment.createdAt.toISOString(), id: payment.id };
  const found: readonly Found[] = [{ type: 'record', ours, place }];
  const records: ReconcileRecords = {
    count: async () => ok(1),
    within: async ({ before }) => ok(before === null ? found : []),
    unfinished: async () => ok([]),
    of: async ({ paymentIds }) => ok(paymentIds.includes(payment.id) ? found : []),
    liveOfOrder: async () => ok(found),
    ourCustomers: async () => ok([]),
    waitingFor: async () => ok([]),
    transfersWithin: async () => ok([]),
    transfersNamed: async () => ok([]),
    refundsWithin: async () => ok([]),
  };
  return {
    records,
    gateway,
    clock,
    installation: INSTALLATION,
    scheduler: { pause: async () => {}, elapsedMs: () => 0, random: () => 0.5 },
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    stop: new AbortController().signal,
    met: { stripe: false },
  };
}

describe('a record that waits for its PaymentIntent', () => {
  it('is alone beside what another installation made under its very id', async () => {
    const { gateway, merged } = await waiting();
    gateway.makeElsewhere({ payment: { id: '77', orderId: 'order-1', amount: usd(2098) } });
    const batch = await merged();
    expect(batch?.pairs.map(({ kind }) => kind)).toEqual(['ours']);
    expect(batch?.passedOver).toBe(1);
  });

  it('is brought together with its own, though that of another comes by first', async () => {
    const { gateway, payment, merged } = await waiting();
    const own: ListedIntent['intent']['origin'] = {
      installation: INSTALLATION.id,
      paymentId: payment.id,
      orderId: payment.orderId,
    };
    const like = { payment: { id: '77', orderId: 'order-1', amount: usd(2098) } };
    gateway.makeElsewhere({ ...like, installation: INSTALLATION.id });
    gateway.makeElsewhere(like);
    const batch = await merged();
    expect(batch?.pairs).toMatchObject([{ kind: 'both', theirs: { intent: { origin: own } } }]);
    expect(batch?.passedOver).toBe(1);
  });
});
