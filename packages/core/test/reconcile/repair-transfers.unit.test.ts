import { apply, type Discrepancy, type Pair, type Repair } from '@campusg-pay/core';
import { memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { record } from '../sides.js';

const order = { orderId: 'order-1' };

/** A payment whose runner is to get 8.98, less than half, and could not be paid when it was released. */
async function waiting() {
  const system = memorySystem();
  const { escrow, gateway, store, clock, authorizing } = system;
  await escrow.authorize(authorizing(order));
  const stripeAccount = gateway.connect.makeAccount({ state: 'unable' });
  const release = { payment: order, runnerId: 'runner', platformFeeMinor: 1200, stripeAccount };
  await escrow.release({ ...release, correlationId: 'release-1' });
  const payment = async () => (await escrow.find(order))._unsafeUnwrap();
  const moved = async (): Promise<Pair> => {
    const ours = record(await payment());
    const sent = (await gateway.transfersOf(ours.payment))._unsafeUnwrap();
    return { kind: 'moved', ours, sent };
  };
  const send = async () => {
    const ours = record(await payment());
    const pair: Pair = { kind: 'ours', ours, missing: false };
    return escrow.repair({ pair, discrepancy: wanting({ type: 'send_transfer' }) });
  };
  return { ...system, store, clock, stripeAccount, payment, moved, send };
}

function wanting(act: Pick<Repair, 'type'>, facts: Partial<Discrepancy> = {}): Discrepancy {
  const repair = { ...act, paymentId: null, paymentIntentId: null, givesBack: null };
  const none = { severity: 'minor', atRisk: null, ours: null, theirs: null };
  return { type: 'transfer_missing', ...none, ...facts, repair } as Discrepancy;
}

describe('to send what waits', () => {
  it('sends it as the record has it', async () => {
    const { gateway, stripeAccount, send, payment } = await waiting();
    expect(await payment()).toMatchObject({ transfer: { status: 'waiting_account' } });
    gateway.connect.setAccount(stripeAccount, 'able');
    expect((await send())._unsafeUnwrap()).toBe('done');
    expect(gateway.transfers()).toMatchObject([{ amountMinor: 898, stripeAccount }]);
    expect(await payment()).toMatchObject({ transfer: { status: 'sent' }, operation: null });
  });

  it('sends nothing twice: what Stripe has is told to the record', async () => {
    const { gateway, stripeAccount, send, payment, store, clock } = await waiting();
    gateway.connect.setAccount(stripeAccount, 'able');
    const before = await payment();
    await send();
    // As if the answer had been lost, and the call closed without it.
    const sent = await payment();
    const transfer = 'transfer' in before ? before.transfer : null;
    if (transfer === null) throw new Error('it has a transfer');
    const unheard = apply(sent, [{ type: 'transfer_changed', transfer }], clock.now());
    expect((await store.repository.save(unheard))._unsafeUnwrap()).toBe('saved');
    expect(await payment()).toMatchObject({ transfer: { status: 'waiting_account' } });
    expect((await send())._unsafeUnwrap()).toBe('done');
    expect(gateway.transfers()).toHaveLength(1);
    expect(await payment()).toMatchObject({
      transfer: { status: 'sent', stripeTransferId: gateway.transfers()[0]?.stripeTransferId },
    });
  });
});

describe('to tell the record of a transfer', () => {
  it('takes in what came back past us, and marks it', async () => {
    const { escrow, gateway, stripeAccount, send, moved, payment } = await waiting();
    gateway.connect.setAccount(stripeAccount, 'able');
    await send();
    const [transfer] = gateway.transfers();
    gateway.connect.reverseTransfer(transfer?.stripeTransferId ?? '', 300);
    const pair = await moved();
    const evidence = { transfer: transfer as unknown as Discrepancy['transfer'] };
    const discrepancy = wanting({ type: 'report' }, evidence as Partial<Discrepancy>);
    expect((await escrow.repair({ pair, discrepancy }))._unsafeUnwrap()).toBe('done');
    expect(await payment()).toMatchObject({
      transfer: { reversedMinor: 300 },
      review: '300 minor units of the transfer were reversed outside',
    });
    expect((await escrow.repair({ pair, discrepancy }))._unsafeUnwrap()).toBe('changed');
  });
});
