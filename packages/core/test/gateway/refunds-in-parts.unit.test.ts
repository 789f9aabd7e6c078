import { createEscrow, type PaymentGateway } from '@campusg-pay/core';
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
