import { describe, expect, it } from 'vitest';
import { order, released, revert } from './released-payment.js';

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

describe('parts that were given back and come to nothing', () => {
  it('are each counted, though they are equal', async () => {
    const { gateway, deliver, payment, told } = await released();
    gateway.dashboard.refund('pi_1', 500);
    gateway.dashboard.refund('pi_1', 500);
    await deliver();
    expect(await payment()).toMatchObject({ refundedMinor: 1000 });
    for (const [refundId, leftMinor] of [
      ['re_pi_1_1', 500],
      ['re_pi_1_2', 0],
    ] as const) {
      gateway.dashboard.endRefund('pi_1', 'failed', refundId);
      await deliver();
      expect(await payment()).toMatchObject({ refundedMinor: leftMinor, reviewed: false });
    }
    expect(told().filter((type) => type === 'refund_failed')).toHaveLength(2);
  });

  it('are counted once each, whatever marks the payment in between', async () => {
    const { gateway, deliver, payment, told } = await released();
    gateway.dashboard.refund('pi_1', 500);
    gateway.dashboard.refund('pi_1', 600);
    await deliver();
    gateway.dashboard.endRefund('pi_1', 'failed', 're_pi_1_1');
    const [updated, failed] = gateway.webhooks.slice(-2);
    if (updated === undefined || failed === undefined) throw new Error('no webhooks');
    await deliver([updated]);
    gateway.dashboard.dispute('pi_1');
    await deliver([...gateway.webhooks.slice(-1), failed]);
    expect(await payment()).toMatchObject({ refundedMinor: 600 });
    expect(told().filter((type) => type === 'refund_failed')).toHaveLength(1);
  });

  it('do not end what another refund waits for', async () => {
    const { escrow, gateway, deliver, payment, told } = await released();
    const { dashboard } = gateway;
    dashboard.delayRefunds('pi_1');
    dashboard.refund('pi_1', 500);
    await deliver();
    await escrow.revert(revert);
    dashboard.endRefund('pi_1', 'failed', 're_pi_1_1');
    await deliver();
    expect(await payment()).toMatchObject({ pendingRefund: { refundId: 're_pi_1_2' } });
    expect((await payment()).operation).not.toBeNull();
    expect(told().slice(-2)).toEqual(['refund_failed', 'review_needed']);
  });
});

describe('a refund whose answer was lost, and that fails before Stripe is asked', () => {
  it.each(['webhook', 'look'] as const)('is owed no more, and is not made anew: %s', async (by) => {
    const { escrow, gateway, clock, deliver, lookAgain, payment } = await released();
    gateway.dashboard.delayRefunds('pi_1');
    gateway.befall('refund', { type: 'answer_lost' });
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('processing');
    gateway.dashboard.endRefund('pi_1', 'failed');
    if (by === 'webhook') await deliver();
    await lookAgain();
    expect(await payment()).toMatchObject({
      status: 'RELEASED',
      operation: null,
      pendingRefund: null,
      refundedMinor: 0,
      review: 'refund failed: 2098 minor units, lost_or_stolen_card',
    });
    await clock.advance(48 * 60 * 60 * 1000);
    await lookAgain();
    expect(gateway.intents()).toMatchObject([{ refunds: 1 }]);
  });
});
