import { type Dispute, keptMinor, type Payment } from '@campusg-pay/core';
import { memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const revert = { payment: order, reason: 'too slow', correlationId: 'revert' };

/** A payment of 2098 that was released. */
async function released() {
  const system = memorySystem();
  const { escrow, ports, clock, store } = system;
  const from = clock.now();
  await escrow.authorize(system.authorizing());
  await escrow.release(release);
  return {
    ...system,
    payment: async () => (await escrow.find(order))._unsafeUnwrap(),
    compare: async () => {
      const to = new Date(clock.now().getTime() + 1000);
      return (await escrow.compare({ from, to }))._unsafeUnwrap().findings;
    },
    told: () => store.outbox.map(({ event }) => event.type),
    lookAgain: async () => {
      await clock.advance(ports.settings.leaseMs);
      (await escrow.resume(10))._unsafeUnwrap();
    },
  };
}

function keptOf(payment: Payment): number {
  return 'receivedMinor' in payment ? keptMinor(payment) : 0;
}

describe('a refund that waits for the bank', () => {
  async function pending() {
    const system = await released();
    system.gateway.dashboard.delayRefunds('pi_1');
    const first = (await system.escrow.revert(revert))._unsafeUnwrap();
    return { ...system, first };
  }

  it('is not told as done, and the money still counts as kept', async () => {
    const { first, payment, told } = await pending();
    expect(first.outcome).toBe('processing');
    expect(first.payment).toMatchObject({
      status: 'RELEASED',
      refundedMinor: 0,
      pendingRefund: { amountMinor: 2098 },
    });
    expect(keptOf(await payment())).toBe(2098);
    expect(told().slice(-1)).toEqual(['refund_pending']);
  });

  it('is made once, however often it is asked for, and nobody waits for days', async () => {
    const { escrow, gateway, lookAgain, clock } = await pending();
    const before = clock.now();
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('processing');
    expect(clock.now()).toEqual(before);
    for (let round = 0; round < 5; round += 1) await lookAgain();
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('processing');
    expect(gateway.calls.filter((call) => call === 'refund')).toHaveLength(1);
    expect(gateway.intents()).toMatchObject([{ refunds: 1 }]);
  });

  it.each(['webhook', 'look'] as const)('becomes REVERTED once the bank agrees: %s', async (by) => {
    const { gateway, deliver, lookAgain, payment, store } = await pending();
    gateway.dashboard.endRefund('pi_1', 'succeeded');
    await (by === 'webhook' ? deliver() : lookAgain());
    expect(await payment()).toMatchObject({
      status: 'REVERTED',
      refundedMinor: 2098,
      reason: 'too slow',
      review: null,
    });
    const answer = store.outbox.at(-1);
    expect(answer).toMatchObject({ answers: 'revert', correlationId: 'revert' });
  });

  it.each([
    ['failed', 'webhook'],
    ['failed', 'look'],
    ['canceled', 'webhook'],
    ['canceled', 'look'],
  ] as const)('that ends %s is marked with its amount, and owed no more: %s', async (end, by) => {
    const { escrow, gateway, deliver, lookAgain, payment, told, first } = await pending();
    gateway.dashboard.endRefund('pi_1', end);
    await (by === 'webhook' ? deliver() : lookAgain());
    expect(await payment()).toMatchObject({
      status: 'RELEASED',
      refundedMinor: 0,
      pendingRefund: null,
      operation: null,
      review: expect.stringContaining(`refund ${end}: 2098 minor units`),
    });
    expect(told().slice(-2)).toEqual(['refund_failed', 'review_needed']);
    await deliver();
    await lookAgain();
    expect(told().filter((type) => type === 'refund_failed')).toHaveLength(1);
    expect(first.payment.operation).not.toBeNull();
    // Asked for anew it is made anew.
    expect((await escrow.revert({ ...revert, correlationId: 'again' })).isOk()).toBe(true);
    expect(gateway.intents()).toMatchObject([{ refunds: 2 }]);
  });

  it('is no second one where somebody else has made it', async () => {
    const { escrow, gateway, deliver, payment } = await released();
    gateway.dashboard.delayRefunds('pi_1');
    gateway.dashboard.refund('pi_1');
    await deliver();
    expect(await payment()).toMatchObject({ status: 'RELEASED', operation: null });
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('processing');
    expect(gateway.intents()).toMatchObject([{ refunds: 1 }]);
  });
});

describe('a part that was given back outside', () => {
  it.each(['webhook', 'compare'] as const)('is counted, told and marked: %s', async (by) => {
    const { gateway, deliver, compare, payment, told } = await released();
    gateway.dashboard.refund('pi_1', 500);
    await (by === 'webhook' ? deliver() : compare());
    expect(await payment()).toMatchObject({
      status: 'RELEASED',
      refundedMinor: 500,
      review: '500 of 2098 minor units were refunded outside',
    });
    expect(keptOf(await payment())).toBe(1598);
    expect(told().slice(-2)).toEqual(['refunded', 'review_needed']);
  });

  it('counts no more once that has failed', async () => {
    const { gateway, deliver, payment } = await released();
    gateway.dashboard.refund('pi_1', 500);
    await deliver();
    gateway.dashboard.endRefund('pi_1', 'failed');
    await deliver();
    expect(await payment()).toMatchObject({
      refundedMinor: 0,
      review: 'refund failed: 500 minor units, lost_or_stolen_card',
    });
  });

  it('and the rest make the whole', async () => {
    const { escrow, gateway, deliver, payment } = await released();
    gateway.dashboard.refund('pi_1', 500);
    await deliver();
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('done');
    expect(await payment()).toMatchObject({ status: 'REVERTED', refundedMinor: 2098 });
  });
});

describe('a refund that had looked done', () => {
  it.each(['webhook', 'compare'] as const)('and has failed is found: %s', async (by) => {
    const { escrow, gateway, deliver, compare, payment, told } = await released();
    await escrow.revert(revert);
    await deliver();
    gateway.dashboard.failRefund('pi_1');
    await (by === 'webhook' ? deliver() : compare());
    const now = await payment();
    expect(now).toMatchObject({ status: 'REVERTED', refundedMinor: 0 });
    expect(now.review).toMatch(/^refund failed: 2098 minor units/);
    expect(keptOf(now)).toBe(2098);
    expect(told().slice(-2)).toEqual(['refund_failed', 'review_needed']);
  });
});

describe('a refund that has failed, and that somebody makes good', () => {
  it.each(['webhook', 'compare'] as const)('is given back after all: %s', async (by) => {
    const { escrow, gateway, deliver, compare, payment, told } = await released();
    await escrow.revert(revert);
    gateway.dashboard.failRefund('pi_1');
    await deliver();
    gateway.dashboard.refund('pi_1');
    await (by === 'webhook' ? deliver() : compare());
    const now = await payment();
    expect(now).toMatchObject({ status: 'REVERTED', refundedMinor: 2098 });
    expect(keptOf(now)).toBe(0);
    // Whoever did it says so.
    expect(now.review).toMatch(/^refund failed: 2098 minor units/);
    expect(told().at(-1)).toBe('refunded');
  });
});

describe('an answer that is older than the record', () => {
  it('does not take a refund back: that it has failed is seen by the refund itself', async () => {
    const { escrow, gateway, payment, told } = await released();
    const before = (await gateway.retrieve('pi_1'))._unsafeUnwrap()?.report;
    if (before?.type !== 'intent') throw new Error('no report');
    await escrow.revert(revert);
    const event = { id: 'evt_late', type: 'payment_intent.succeeded' };
    await escrow.report({ event, payment: { paymentIntentId: 'pi_1' }, report: before });
    expect(await payment()).toMatchObject({
      status: 'REVERTED',
      refundedMinor: 2098,
      review: null,
    });
    expect(told().at(-1)).toBe('reverted');
  });

  it('does not make a refund good that has failed since', async () => {
    const { escrow, gateway, deliver, payment } = await released();
    await escrow.revert(revert);
    const before = (await gateway.retrieve('pi_1'))._unsafeUnwrap()?.report;
    if (before?.type !== 'intent') throw new Error('no report');
    gateway.dashboard.failRefund('pi_1');
    await deliver();
    const event = { id: 'evt_late', type: 'payment_intent.succeeded' };
    await escrow.report({ event, payment: { paymentIntentId: 'pi_1' }, report: before });
    expect(await payment()).toMatchObject({ status: 'REVERTED', refundedMinor: 0 });
  });
});

describe('what was never captured', () => {
  it('is no refund, though older versions of Stripe tell it as one', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing({ amount: { ...authorizing().amount, amountMinor: 1000 } }));
    gateway.dashboard.capture('pi_1', 300);
    const intent = gateway.intents()[0];
    if (intent === undefined) throw new Error('no intent');
    const snapshot = (await gateway.retrieve('pi_1'))._unsafeUnwrap()?.report;
    if (snapshot?.type !== 'intent') throw new Error('no report');
    const old = { ...snapshot.intent, refundedMinor: 700 };
    const event = { id: 'evt_old', type: 'payment_intent.succeeded' };
    const report = { type: 'intent', intent: old, authoritative: true, refused: null } as const;
    await escrow.report({ event, payment: { paymentIntentId: 'pi_1' }, report });
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({
      status: 'RELEASED',
      receivedMinor: 300,
      refundedMinor: 0,
      review: '300 of 1000 minor units were captured outside this service',
    });
  });
});

describe('a dispute', () => {
  it.each(['webhook', 'compare'] as const)('is kept, told and marked: %s', async (by) => {
    const { gateway, deliver, compare, payment, told } = await released();
    gateway.dashboard.dispute('pi_1');
    await (by === 'webhook' ? deliver() : compare());
    expect(await payment()).toMatchObject({
      status: 'RELEASED',
      dispute: { disputeId: 'dp_pi_1', status: 'needs_response', amountMinor: 2098 },
      review: 'disputed: 2098 minor units, fraudulent (dp_pi_1)',
    });
    expect(told().slice(-2)).toEqual(['disputed', 'review_needed']);
    await deliver();
    await compare();
    expect(told().filter((type) => type === 'disputed')).toHaveLength(1);
  });

  it('bars a refund, and Stripe is not asked for one', async () => {
    const { escrow, gateway, deliver } = await released();
    gateway.dashboard.dispute('pi_1');
    await deliver();
    expect((await escrow.revert(revert))._unsafeUnwrapErr()).toMatchObject({
      type: 'Disputed',
      status: 'RELEASED',
      dispute: { disputeId: 'dp_pi_1' },
    });
    expect(gateway.calls).not.toContain('refund');
  });

  it.each(['webhook', 'compare'] as const)('that is won leaves all as it was: %s', async (by) => {
    const { escrow, gateway, deliver, compare, payment, told } = await released();
    gateway.dashboard.dispute('pi_1');
    await deliver();
    gateway.dashboard.dispute('pi_1', 'won');
    await (by === 'webhook' ? deliver() : compare());
    expect(keptOf(await payment())).toBe(2098);
    expect(told().at(-1)).toBe('dispute_closed');
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('done');
  });

  it('that is lost has taken the money, and a person hears of it once more', async () => {
    const { gateway, deliver, payment, told } = await released();
    gateway.dashboard.dispute('pi_1');
    await deliver();
    gateway.dashboard.dispute('pi_1', 'lost');
    await deliver();
    expect(keptOf(await payment())).toBe(0);
    expect((await payment()).review).toBe('dispute lost: 2098 minor units, fraudulent (dp_pi_1)');
    expect(told().slice(-2)).toEqual(['dispute_closed', 'review_needed']);
  });

  it('does not begin again by a webhook that comes late', async () => {
    const { gateway, deliver, payment } = await released();
    gateway.dashboard.dispute('pi_1');
    gateway.dashboard.dispute('pi_1', 'lost');
    const [created, closed] = gateway.webhooks.slice(-2);
    if (created === undefined || closed === undefined) throw new Error('no webhooks');
    await deliver([closed]);
    await deliver([created]);
    expect((await payment()) as { dispute?: Dispute }).toMatchObject({
      dispute: { status: 'lost' },
    });
  });

  it('of money that the record does not know as taken marks it, whatever it is', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.dashboard.capture('pi_1');
    gateway.dashboard.dispute('pi_1');
    const webhook = gateway.webhooks.at(-1);
    if (webhook === undefined) throw new Error('no webhook');
    (await escrow.report(webhook))._unsafeUnwrap();
    const { review } = (await escrow.find(order))._unsafeUnwrap();
    expect(review).toBe(
      'disputed, though not taken by the record: 2098 minor units, fraudulent (dp_pi_1)',
    );
  });
});
