import { createEscrow, decideRelease, type PaymentGateway } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { given } from '../../testing/samples.js';
import { SITUATIONS } from '../situations.js';
import { released, revert } from './released-payment.js';

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

  it('is not promised to a runner who is named meanwhile', () => {
    const pending = { type: 'refund_pending', refundId: 're_1', amountMinor: 500 } as const;
    const payment = given(SITUATIONS['captured before the hold lapsed'](), pending);
    const context = { now: payment.updatedAt, operationKey: 'k', leaseMs: 0, correlationId: 'c' };
    expect(decideRelease(payment, { runnerId: 'runner-1' }, context)._unsafeUnwrapErr()).toEqual({
      type: 'OperationInProgress',
      status: 'RELEASED',
      kind: 'refund',
    });
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

describe('a refund of the rest, beside a part that somebody gives back', () => {
  /** 500 wait for the bank by somebody else's hand, and 1598 by ours, or have gone through. */
  async function both(own: 'pending' | 'succeeded') {
    const system = await released();
    const { dashboard } = system.gateway;
    dashboard.delayRefunds('pi_1');
    dashboard.refund('pi_1', 500);
    await system.deliver();
    dashboard.delayRefunds('pi_1', own === 'pending');
    const answer = (await system.escrow.revert(revert))._unsafeUnwrap();
    return { ...system, dashboard, answer, part: 're_pi_1_1', rest: 're_pi_1_2' };
  }

  it.each(['pending', 'succeeded'] as const)('is done once both are: %s', async (own) => {
    const { dashboard, deliver, payment, answer, part, rest } = await both(own);
    expect(answer.outcome).toBe('processing');
    if (own === 'pending') dashboard.endRefund('pi_1', 'succeeded', rest);
    await deliver();
    expect((await payment()).status).toBe('RELEASED');
    dashboard.endRefund('pi_1', 'succeeded', part);
    await deliver();
    expect(await payment()).toMatchObject({ status: 'REVERTED', refundedMinor: 2098 });
  });

  it.each([
    ['pending', 'webhook'],
    ['pending', 'look'],
    ['succeeded', 'webhook'],
    ['succeeded', 'look'],
  ] as const)('ends though the part fails, and is %s then: %s', async (own, by) => {
    const { gateway, dashboard, deliver, lookAgain, payment, part, rest } = await both(own);
    const hear = () => (by === 'webhook' ? deliver() : lookAgain());
    dashboard.endRefund('pi_1', 'failed', part);
    await hear();
    if (own === 'pending') dashboard.endRefund('pi_1', 'succeeded', rest);
    await hear();
    const ended = {
      status: 'RELEASED',
      operation: null,
      pendingRefund: null,
      refundedMinor: 1598,
      review: 'refund failed: 500 minor units, lost_or_stolen_card',
    };
    expect(await payment()).toMatchObject(ended);
    await deliver();
    await lookAgain();
    expect(await payment()).toMatchObject(ended);
    expect(gateway.intents()).toMatchObject([{ refunds: 2 }]);
  });

  /** The part waits for the bank, and calls are answered as Stripe does: a refund shows no other. */
  async function shown() {
    const system = await released();
    const { gateway, ports } = system;
    gateway.dashboard.delayRefunds('pi_1');
    gateway.dashboard.refund('pi_1', 500);
    await system.deliver();
    gateway.dashboard.delayRefunds('pi_1', false);
    const perform: PaymentGateway['perform'] = async (call) =>
      (await gateway.perform(call)).map((reply) => {
        if (reply.report.type !== 'intent') return reply;
        const { intent } = reply.report;
        const latestRefunds = intent.latestRefunds?.slice(0, 1) ?? null;
        return { ...reply, report: { ...reply.report, intent: { ...intent, latestRefunds } } };
      });
    return { ...system, escrow: createEscrow({ ...ports, gateway: { ...gateway, perform } }) };
  }

  it('is not taken for the whole, though its answer does not show the part', async () => {
    const { escrow, gateway, deliver, payment } = await shown();
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('processing');
    expect(await payment()).toMatchObject({ status: 'RELEASED', refundedMinor: 0 });
    gateway.dashboard.endRefund('pi_1', 'succeeded', 're_pi_1_1');
    await deliver();
    expect(await payment()).toMatchObject({ status: 'REVERTED', refundedMinor: 2098 });
  });

  it('is not withdrawn where only the part could not be asked about', async () => {
    const { escrow, gateway, payment } = await shown();
    gateway.befall('retrieve', { type: 'unreachable' });
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('processing');
    expect((await payment()).operation).not.toBeNull();
    expect(gateway.intents()).toMatchObject([{ refunds: 2 }]);
  });

  it('ends where it fails itself, and the part still counts', async () => {
    const { dashboard, deliver, payment, part, rest } = await both('pending');
    dashboard.endRefund('pi_1', 'succeeded', part);
    await deliver();
    dashboard.endRefund('pi_1', 'failed', rest);
    await deliver();
    expect(await payment()).toMatchObject({
      status: 'RELEASED',
      operation: null,
      pendingRefund: null,
      refundedMinor: 500,
      review: 'refund failed: 1598 minor units, lost_or_stolen_card',
    });
  });
});
