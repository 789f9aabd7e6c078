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
