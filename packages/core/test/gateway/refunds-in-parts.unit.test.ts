import { memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const revert = { payment: order, reason: 'too slow', correlationId: 'revert' };

/** A payment of 2098 that was released. */
async function released() {
  const system = memorySystem();
  const { escrow, clock, store } = system;
  await escrow.authorize(system.authorizing());
  await escrow.release(release);
  return {
    ...system,
    payment: async () => {
      const found = (await escrow.find(order))._unsafeUnwrap();
      if (!('receivedMinor' in found)) throw new Error('nothing was taken');
      return found;
    },
    told: () => store.outbox.map(({ event }) => event.type),
    lookAgain: async () => {
      await clock.advance(60 * 60 * 1000);
      (await escrow.resume(10))._unsafeUnwrap();
    },
  };
}

describe('a refund that fails as the one before it did', () => {
  it.each(['webhook', 'look'] as const)('is owed no more, and is told again: %s', async (by) => {
    const { escrow, gateway, deliver, lookAgain, payment, told } = await released();
    gateway.dashboard.delayRefunds('pi_1');
    for (const correlationId of ['first', 'second']) {
      await escrow.revert({ ...revert, correlationId });
      gateway.dashboard.endRefund('pi_1', 'failed');
      await (by === 'webhook' ? deliver() : lookAgain());
      expect(await payment()).toMatchObject({
        status: 'RELEASED',
        operation: null,
        pendingRefund: null,
        review: 'refund failed: 2098 minor units, lost_or_stolen_card',
        reviewed: false,
      });
      await escrow.reviewed({ payment: order, note: 'the customer was told' });
    }
    expect(told().filter((type) => type === 'refund_failed')).toHaveLength(2);
  });
});

describe('a part that somebody gives back and that waits for the bank', () => {
  async function partPending() {
    const system = await released();
    const { dashboard } = system.gateway;
    dashboard.delayRefunds('pi_1');
    dashboard.refund('pi_1', 500);
    await system.deliver();
    dashboard.delayRefunds('pi_1', false);
    return { ...system, dashboard, partId: 're_pi_1_1', ownId: 're_pi_1_2' };
  }

  it('does not stand for our own refund, whose call did not arrive', async () => {
    const { escrow, gateway, dashboard, deliver, lookAgain, payment, partId } = await partPending();
    for (let times = 0; times < 4; times += 1) gateway.befall('refund', { type: 'unanswered' });
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('processing');
    dashboard.endRefund('pi_1', 'succeeded', partId);
    await deliver();
    for (let times = 0; times < 4; times += 1) await lookAgain();
    expect(await payment()).toMatchObject({ status: 'REVERTED', refundedMinor: 2098 });
    expect(gateway.intents()).toMatchObject([{ refunds: 2, refundedMinor: 2098 }]);
  });

  it('does not hide that our own refund is refused', async () => {
    const { escrow, gateway, payment } = await partPending();
    gateway.befall('refund', { type: 'refuse', detail: 'charge_not_refundable', final: true });
    expect((await escrow.revert(revert))._unsafeUnwrapErr()).toMatchObject({
      type: 'GatewayRefused',
      final: true,
    });
    expect(await payment()).toMatchObject({
      operation: null,
      review: 'refund refused: charge_not_refundable',
    });
  });
});
