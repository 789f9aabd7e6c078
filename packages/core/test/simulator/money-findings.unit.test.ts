import { type MemorySystem, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

// What the simulator has found about money that goes on to runners, as small as it can be told.

const HOUR_MS = 3_600_000;
const payment = { orderId: 'order-1' };

async function held(options: Parameters<typeof memorySystem>[0] = {}): Promise<MemorySystem> {
  const system = memorySystem(options);
  await system.escrow.authorize(system.authorizing());
  return system;
}

function releaseTo(stripeAccount: string, platformFeeMinor = 98) {
  const terms = { runnerId: 'runner-1', stripeAccount, platformFeeMinor };
  return { payment, ...terms, correlationId: 'release-1' };
}

/** Whole records read best, and only some of their fields matter. */
function recorded({ store }: MemorySystem) {
  const [one] = store.payments();
  if (one === undefined || !('transfer' in one)) throw new Error('nothing was taken');
  return one;
}

describe('a transfer that was sent together with a capture', () => {
  it('is not sent anew a day later, when Stripe has forgotten its key', async () => {
    let isAway = false;
    const system = await held({
      beforeStoreCall: async (call) => (isAway && call === 'save' ? 'refused' : null),
    });
    const { escrow, gateway, clock } = system;
    const account = gateway.connect.makeAccount();
    gateway.befall('capture', null);
    const releasing = escrow.release(releaseTo(account, 1300));
    // Both are done at Stripe, and neither is written down for a day.
    isAway = false;
    const wasCalled = () => gateway.calls.includes('transfer');
    while (!wasCalled()) {
      isAway = gateway.calls.includes('capture');
      await Promise.resolve();
    }
    await releasing;
    expect(system.store.payments()[0]?.status).toBe('AUTHORIZED');
    await clock.advance(25 * HOUR_MS);
    isAway = false;
    for (let round = 0; round < 4; round += 1) {
      await escrow.resume(10);
      await clock.advance(HOUR_MS);
    }
    expect(gateway.transfers()).toHaveLength(1);
    expect(recorded(system).transfer).toMatchObject({ status: 'sent', stripeTransferId: 'tr_1' });
    expect(recorded(system).operation).toBeNull();
  });
});

describe('all that was left, on its way back, which a bank has not agreed to', () => {
  it.each(['failed', 'canceled'] as const)('is told as %s by its name', async (end) => {
    const system = await held();
    const { escrow, gateway, deliver } = system;
    await escrow.release(releaseTo('acct_unknown'));
    gateway.dashboard.delayRefunds('pi_1');
    await escrow.revert({ payment, reason: null, correlationId: 'revert-1' });
    gateway.dashboard.endRefund('pi_1', end);
    await deliver();
    expect(recorded(system).refunds).toMatchObject([{ isRest: true, status: end }]);
  });
});

describe('money that is given back in the dashboard', () => {
  it('while its capture has not been heard of comes back from the runner as well', async () => {
    const system = await held();
    const { escrow, gateway, clock } = system;
    const account = gateway.connect.makeAccount();
    gateway.befall('capture', { type: 'answer_lost' });
    await escrow.release(releaseTo(account));
    gateway.dashboard.refund('pi_1');
    await clock.advance(HOUR_MS);
    expect((await escrow.resume(10))._unsafeUnwrap().bugs).toEqual([]);
    expect(recorded(system)).toMatchObject({ status: 'REVERTED', revertMethod: 'refunded' });
    expect(recorded(system).transfer).toMatchObject({ status: 'reversed', reversedMinor: 2000 });
    expect(recorded(system).operation).toBeNull();
  });

  it('while its transfer is on its way is not forgotten, though no webhook comes again', async () => {
    const system = await held();
    const { escrow, gateway, clock, deliver } = system;
    const account = gateway.connect.makeAccount();
    gateway.befall('transfer', { type: 'answer_lost' });
    await escrow.release(releaseTo(account));
    expect(recorded(system).operation?.kind).toBe('transfer');
    gateway.dashboard.refund('pi_1');
    await deliver(gateway.webhooks.slice(-1));
    expect(recorded(system)).toMatchObject({ status: 'RELEASED', refundedMinor: 2098 });
    await clock.advance(HOUR_MS);
    await escrow.resume(10);
    expect(recorded(system)).toMatchObject({ status: 'REVERTED', operation: null });
    expect(recorded(system).transfer).toMatchObject({ status: 'reversed', reversedMinor: 2000 });
  });
});
