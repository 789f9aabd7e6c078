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

describe('what the runner bears of what is given back', () => {
  it('is kept back of a transfer that is sent later, and not asked back of it as well', async () => {
    const system = await held({ settings: { clawback: 'full' } });
    const { escrow, gateway } = system;
    const stripeAccount = gateway.connect.makeAccount({ state: 'unable' });
    await escrow.release(releaseTo(stripeAccount));
    const part = { amountMinor: 1000, refundId: 'part-1', reason: null, correlationId: 'revert-1' };
    await escrow.revert({ payment, ...part });
    gateway.connect.setAccount(stripeAccount, 'able');
    await escrow.setRunnerAccount({ runnerId: 'runner-1', stripeAccount });
    await escrow.sendDueTransfers(10);
    const { transfer, operation } = recorded(system);
    expect(transfer).toMatchObject({ status: 'sent', amountMinor: 1000, debtMinor: 0 });
    expect({ operation, back: transfer?.reversedMinor }).toEqual({ operation: null, back: 0 });
    await escrow.revert({ payment, reason: null, correlationId: 'revert-2' });
    expect(recorded(system).transfer).toMatchObject({ reversedMinor: 1000, debtMinor: 0 });
  });

  it('is no debt where somebody has taken it back in the dashboard, and nobody has heard of that', async () => {
    const system = await held();
    const { escrow, gateway } = system;
    await escrow.release(releaseTo(gateway.connect.makeAccount()));
    gateway.connect.reverseTransfer('tr_1', 500);
    await escrow.revert({ payment, reason: null, correlationId: 'revert-1' });
    const { transfer, review } = recorded(system);
    expect(transfer).toMatchObject({ reversedMinor: 500, debtMinor: 1500, status: 'sent' });
    expect(review).toMatch(/^reversal refused/);
  });

  it('comes back as well where only a comparison tells that the customer has theirs', async () => {
    const system = await held();
    const { escrow, gateway, clock } = system;
    await escrow.release(releaseTo(gateway.connect.makeAccount()));
    gateway.befall('refund', { type: 'answer_lost' });
    await escrow.revert({ payment, reason: null, correlationId: 'revert-1' });
    const to = new Date(clock.now().getTime() + HOUR_MS);
    await escrow.compare({ from: new Date(0), to });
    await escrow.resume(10);
    expect(recorded(system)).toMatchObject({ status: 'REVERTED', operation: null });
    expect(recorded(system).transfer).toMatchObject({ status: 'reversed', reversedMinor: 2000 });
  });
});

describe('a transfer that Stripe keeps failing under its key', () => {
  it('is reckoned anew, as less may be left by then', async () => {
    const system = await held();
    const { escrow, gateway, clock, deliver } = system;
    gateway.befall('transfer', { type: 'unanswered' });
    await escrow.release(releaseTo(gateway.connect.makeAccount()));
    gateway.dashboard.refund('pi_1', 1049);
    await deliver(gateway.webhooks.slice(-1));
    gateway.befall('transfer', { type: 'remembered', executed: false });
    await clock.advance(HOUR_MS);
    expect((await escrow.resume(10))._unsafeUnwrap().bugs).toEqual([]);
    await clock.advance(HOUR_MS);
    expect((await escrow.resume(10))._unsafeUnwrap().bugs).toEqual([]);
    await escrow.sendDueTransfers(10);
    // What is left of the payment, less the fee, which the platform keeps whole.
    expect(recorded(system).transfer).toMatchObject({ status: 'sent', amountMinor: 951 });
    expect(gateway.transfers()).toHaveLength(1);
  });
});

describe('a release of which all is the fee', () => {
  it('is the same when it is asked for again, though its account gets nothing', async () => {
    const system = await held();
    const { escrow, gateway } = system;
    const release = { ...releaseTo(gateway.connect.makeAccount(), 1), amountMinor: 1 };
    gateway.befall('capture', { type: 'unanswered' });
    expect((await escrow.release(release))._unsafeUnwrap().outcome).toBe('processing');
    expect((await escrow.release(release))._unsafeUnwrap().outcome).toBe('done');
    expect((await escrow.release(release))._unsafeUnwrap().outcome).toBe('done');
    expect(recorded(system).transfer).toBeNull();
  });
});

describe('a transfer that was taken back in the dashboard before anybody heard that it was sent', () => {
  it('is on record as it is, though Stripe answers its repeated call as at first', async () => {
    const system = await held();
    const { escrow, gateway, clock } = system;
    gateway.befall('transfer', { type: 'answer_lost' });
    await escrow.release(releaseTo(gateway.connect.makeAccount()));
    gateway.connect.reverseTransfer('tr_1', 500);
    await clock.advance(HOUR_MS);
    await escrow.resume(10);
    expect(recorded(system).transfer).toMatchObject({ status: 'sent', reversedMinor: 500 });
  });
});
