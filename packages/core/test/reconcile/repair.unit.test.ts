import type { Discrepancy, Pair, RepairAct, TheirSide } from '@campusg-pay/core';
import { CARDS, INSTALLATION, SETTINGS, usd } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { snapshotOf } from '../../testing/intents.js';
import type { NewIntent } from '../../testing/stripe-model.js';
import { interrupted } from '../interrupted.js';
import { record } from '../sides.js';

const order = { orderId: 'order-1' };
const refused = async () => 'refused' as const;
const AWAY = { type: 'GatewayUnavailable' };
const NO_DATABASE = { type: 'DatabaseUnavailable' };

/** A payment, both sides of it, and whoever repairs it. */
async function situation(card: string = CARDS.good) {
  const system = interrupted();
  const { escrow, gateway, authorizing } = system;
  await escrow.authorize(authorizing({ ...order, paymentMethodId: card }));
  const payment = async () => (await escrow.find(order))._unsafeUnwrap();
  const theirs = (): TheirSide => {
    const [made] = gateway.intentsOf(order.orderId);
    if (made === undefined) throw new Error('nothing at the gateway');
    return { intent: snapshotOf(made, { charge: true }), createdAt: made.createdAt };
  };
  const pair = async (): Promise<Pair> => ({
    kind: 'both',
    ours: record(await payment()),
    theirs: theirs(),
  });
  const repair = async (act: RepairAct, found?: Pair) =>
    escrow.repair({ pair: found ?? (await pair()), discrepancy: wanting(act) });
  const { id } = await payment();
  const events = () => (system.store.histories.get(id) ?? []).map(({ event }) => event);
  return { ...system, payment, theirs, pair, repair, events };
}

/** A discrepancy of which only the repair matters. */
function wanting(act: RepairAct | null): Discrepancy {
  const ids = { paymentId: null, paymentIntentId: null, givesBack: null };
  return {
    type: 'intent_missing',
    severity: 'minor',
    atRisk: null,
    ours: null,
    theirs: null,
    repair: act === null ? null : { ...act, ...ids },
  };
}

describe('to tell the record what Stripe says', () => {
  const report = { type: 'report' } as const;

  it('moves it on, once', async () => {
    const { gateway, pair, repair, payment, events } = await situation();
    gateway.dashboard.capture('pi_1');
    const found = await pair();
    expect((await repair(report, found))._unsafeUnwrap()).toBe('done');
    expect(await payment()).toMatchObject({ status: 'RELEASED', receivedMinor: 2098 });
    expect((await repair(report, found))._unsafeUnwrap()).toBe('changed');
    expect(events().map(({ type }) => type)).toEqual(['authorized', 'released', 'review_needed']);
  });

  it('makes the call that follows from it', async () => {
    const { gateway, repair, payment } = await situation(CARDS.needsAuthentication);
    gateway.customer.fail('pi_1');
    expect((await repair(report))._unsafeUnwrap()).toBe('done');
    expect(await payment()).toMatchObject({ status: 'FAILED', operation: null });
    expect(gateway.intents()).toMatchObject([{ status: 'canceled' }]);
  });

  it('says so when the database is away', async () => {
    const { gateway, repair, payment, before } = await situation();
    gateway.dashboard.capture('pi_1');
    before.set('save', refused);
    expect((await repair(report))._unsafeUnwrapErr()).toMatchObject(NO_DATABASE);
    expect((await payment()).status).toBe('AUTHORIZED');
  });
});

describe('to adopt a PaymentIntent', () => {
  it('is to take it for the answer that was lost', async () => {
    const system = interrupted();
    const { escrow, gateway, authorizing } = system;
    gateway.befall('authorize', { type: 'answer_lost' });
    await escrow.authorize(authorizing());
    const payment = (await escrow.find(order))._unsafeUnwrap();
    const [made] = gateway.intents();
    if (made === undefined) throw new Error('nothing at the gateway');
    const origin = { installation: null, paymentId: null, orderId: null };
    const silent = { ...snapshotOf(made, { charge: true }), origin };
    const theirs = { intent: silent, createdAt: made.createdAt };
    const pair: Pair = { kind: 'guess', ours: record(payment), theirs };
    const repaired = await escrow.repair({ pair, discrepancy: wanting({ type: 'adopt' }) });
    expect(repaired._unsafeUnwrap()).toBe('done');
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({
      status: 'AUTHORIZED',
      paymentIntentId: 'pi_1',
      operation: null,
    });
  });
});

describe('to mark a payment for a person', () => {
  const mark = { type: 'mark_for_review', reason: 'the customer called' } as const;

  it('tells why, and moves nothing', async () => {
    const { repair, payment, events, gateway } = await situation();
    expect((await repair(mark))._unsafeUnwrap()).toBe('done');
    expect(await payment()).toMatchObject({ status: 'AUTHORIZED', review: mark.reason });
    expect(events().at(-1)).toEqual({ type: 'review_needed', reason: mark.reason });
    expect(gateway.calls).toEqual(['authorize']);
  });

  it('is left where somebody else was faster', async () => {
    const { repair, pair, payment, escrow } = await situation();
    const found = await pair();
    await escrow.revert({ payment: order, reason: null, correlationId: 'revert-1' });
    expect((await repair(mark, found))._unsafeUnwrap()).toBe('changed');
    expect(await payment()).toMatchObject({ status: 'REVERTED', review: null });
  });

  it('says so when the database is away', async () => {
    const { repair, before } = await situation();
    before.set('save', refused);
    expect((await repair(mark))._unsafeUnwrapErr()).toMatchObject(NO_DATABASE);
  });
});

describe('to cancel a second PaymentIntent', () => {
  const cancel = { type: 'cancel_stray' } as const;

  async function second(like: Partial<NewIntent> = {}) {
    const system = await situation();
    const { payment, theirs } = system;
    const ours = record(await payment());
    const own = theirs();
    const made = system.gateway.makeElsewhere({
      payment: ours.payment,
      stripeCustomerId: ours.payment.stripeCustomerId ?? '',
      installation: INSTALLATION.id,
      ...like,
    });
    const extra = { intent: snapshotOf(made, { charge: true }), createdAt: made.createdAt };
    const pair: Pair = { kind: 'second', ours, theirs: extra, own };
    const calls = system.gateway.calls.length;
    return {
      ...system,
      repair: () => system.repair(cancel, pair),
      calls: () => system.gateway.calls.slice(calls),
    };
  }

  it('lets it go and leaves the own one, with a mark', async () => {
    const { repair, payment, gateway } = await second();
    expect((await repair())._unsafeUnwrap()).toBe('done');
    const review = 'pi_2 was alive and was canceled';
    expect(await payment()).toMatchObject({ status: 'AUTHORIZED', review });
    expect(gateway.intents()).toMatchObject([
      { paymentIntentId: 'pi_1', status: 'requires_capture' },
      { paymentIntentId: 'pi_2', status: 'canceled' },
    ]);
  });

  it.each([
    ['canceled', (gateway) => gateway.dashboard.cancel('pi_2')],
    ['captured', (gateway) => gateway.dashboard.capture('pi_2')],
    ['gone', (gateway) => gateway.misplace('pi_2')],
  ] as [string, (gateway: ReturnType<typeof interrupted>['gateway']) => void][])(
    'leaves one that is %s meanwhile',
    async (_, happens) => {
      const { repair, payment, gateway, calls } = await second();
      happens(gateway);
      expect((await repair())._unsafeUnwrap()).toBe('changed');
      expect((await payment()).review).toBeNull();
      expect(calls()).toEqual(['retrieve']);
    },
  );

  it.each([
    ['of another installation', { installation: 'inst_elsewhere' }],
    ['that names no installation', { installation: null }],
    ['for another customer', { stripeCustomerId: 'cus_2' }],
    ['of another amount', { payment: { ...order, id: 'id-1', amount: usd(2099) } }],
    ['of another order', { payment: { orderId: 'order-2', id: 'id-1', amount: usd(2098) } }],
  ] as [string, Partial<NewIntent>][])('never touches one %s', async (_, like) => {
    const { repair, payment, gateway } = await second(like);
    expect((await repair())._unsafeUnwrap()).toBe('changed');
    expect((await payment()).review).toBeNull();
    expect(gateway.intents().map(({ status }) => status)).not.toContain('canceled');
  });

  it('lets one go that was made for the order, though for a payment that is gone', async () => {
    const gone = { id: 'id-lost', ...order, amount: usd(2098) };
    expect((await (await second({ payment: gone })).repair())._unsafeUnwrap()).toBe('done');
  });

  it('is done by nobody without the mark', async () => {
    const { repair, calls, before, payment } = await second();
    before.set('save', refused);
    expect((await repair())._unsafeUnwrapErr()).toMatchObject(NO_DATABASE);
    before.set('save', async () => {
      const faster = await repair();
      expect(faster._unsafeUnwrap()).toBe('done');
      return null;
    });
    expect((await repair())._unsafeUnwrap()).toBe('changed');
    expect(calls()).toEqual(['retrieve', 'retrieve', 'retrieve', 'cancelOrphan']);
    expect((await payment()).version).toBe(2);
  });

  it('says so when Stripe is away, before the mark or after it', async () => {
    const { repair, gateway, payment } = await second();
    gateway.befall('retrieve', { type: 'unreachable' });
    expect((await repair())._unsafeUnwrapErr()).toMatchObject(AWAY);
    expect((await payment()).review).toBeNull();
    gateway.befall('cancelOrphan', { type: 'unreachable' });
    expect((await repair())._unsafeUnwrapErr()).toMatchObject(AWAY);
    expect((await payment()).review).toMatch('pi_2');
  });
});

describe('to finish a call', () => {
  const resume = { type: 'resume_operation', kind: 'void' } as const;

  async function unfinished() {
    const system = await situation();
    system.gateway.befall('void', { type: 'unanswered' });
    await system.escrow.revert({ payment: order, reason: null, correlationId: 'revert-1' });
    await system.clock.advance(SETTINGS.leaseMs);
    return system;
  }

  it('does it, Stripe being asked first', async () => {
    const { repair, payment, gateway } = await unfinished();
    expect((await repair(resume))._unsafeUnwrap()).toBe('done');
    expect(await payment()).toMatchObject({ status: 'REVERTED', revertMethod: 'voided' });
    expect(gateway.calls.slice(2, 4)).toEqual(['retrieve', 'void']);
  });

  it('is left to whoever took it over', async () => {
    const { repair, payment, before, escrow } = await unfinished();
    before.set('save', async () => {
      await escrow.resume(1);
      return null;
    });
    expect((await repair(resume))._unsafeUnwrap()).toBe('changed');
    expect(await payment()).toMatchObject({ status: 'REVERTED' });
  });

  it('says so when Stripe or the database is away', async () => {
    const { repair, gateway, before, payment } = await unfinished();
    before.set('save', refused);
    expect((await repair(resume))._unsafeUnwrapErr()).toMatchObject(NO_DATABASE);
    gateway.befall('retrieve', { type: 'unreachable' });
    expect((await repair(resume))._unsafeUnwrapErr()).toMatchObject(AWAY);
    expect(await payment()).toMatchObject({ status: 'AUTHORIZED', operation: { kind: 'void' } });
  });
});

describe('a repair that nobody has proposed', () => {
  it('is a bug', async () => {
    const { escrow, pair, payment, theirs, repair } = await situation();
    const none = escrow.repair({ pair: await pair(), discrepancy: wanting(null) });
    await expect(none).rejects.toThrow('bug: there is no repair for intent_missing');
    const nobody = repair({ type: 'report' }, { kind: 'theirs', theirs: theirs(), by: 'metadata' });
    await expect(nobody).rejects.toThrow('bug: without a record there is nothing to repair');
    const ours = record(await payment());
    const nothing = repair({ type: 'cancel_stray' }, { kind: 'ours', ours, missing: true });
    await expect(nothing).rejects.toThrow('bug: a cancel_stray needs a PaymentIntent');
  });
});
