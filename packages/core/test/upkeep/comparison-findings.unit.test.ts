import {
  createEscrow,
  type IntentStatus,
  type ListedIntent,
  NOTHING_TAKEN,
  type Payment,
  type PaymentGateway,
} from '@campusg-pay/core';
import { CARDS, memorySystem, type StoreCall } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { answering } from '../answering.js';
import { interrupted } from '../interrupted.js';

const order = { orderId: 'order-1' };
const HOUR_MS = 3_600_000;
const refused = async () => 'refused' as const;

const FAILED = {
  status: 'FAILED',
  operation: null,
  failure: { code: 'card_declined', declineCode: null, message: 'no' },
};
const REVERTED = {
  ...NOTHING_TAKEN,
  status: 'REVERTED',
  reason: null,
  runnerId: null,
  operation: null,
};
const VOIDED = { ...REVERTED, revertMethod: 'voided', receivedMinor: 0 };
const REFUNDED = { ...REVERTED, revertMethod: 'refunded', receivedMinor: 2098 };

/** A held payment, and the comparison of what was made until now. */
async function holding(wanted: { readonly paymentMethodId?: string } = {}) {
  const system = interrupted();
  const { escrow, ports, clock, authorizing } = system;
  const from = clock.now();
  await escrow.authorize(authorizing(wanted));
  const payment = async () => (await escrow.find(order))._unsafeUnwrap();
  const compare = (gateway: PaymentGateway = system.gateway) => {
    const to = new Date(clock.now().getTime() + 1000);
    return createEscrow({ ...ports, gateway }).compare({ from, to });
  };
  return {
    ...system,
    payment,
    compare,
    from,
    findings: async (gateway?: PaymentGateway) => (await compare(gateway))._unsafeUnwrap().findings,
    /** Writes the record over, as a tampering hand or an old backup would. */
    tamper: async (other: object) => {
      const before = await payment();
      const tampered = { ...before, ...other, revision: before.revision + 1 } as Payment;
      const saved = await ports.repository.save({
        payment: tampered,
        expectedRevision: before.revision,
        expectedOperationKey: null,
        events: [],
        opened: null,
        leased: null,
        closed: null,
        money: null,
      });
      expect(saved._unsafeUnwrap()).toBe('saved');
      return tampered;
    },
  };
}

const SILENT = { installation: null, paymentId: null, orderId: null };

/** The same gateway, but its list shows something else, or something happens once it is made. */
function listing<Gateway extends PaymentGateway>(
  gateway: Gateway,
  change: (item: ListedIntent) => ListedIntent,
): Gateway {
  const listIntents: PaymentGateway['listIntents'] = async (wanted) =>
    (await gateway.listIntents(wanted)).map((page) => ({
      ...page,
      items: page.items.map(change),
    }));
  return { ...gateway, listIntents };
}

describe('a PaymentIntent of the list', () => {
  it('is that of the record that has it, whatever its metadata says', async () => {
    const { findings, gateway, payment } = await holding();
    gateway.dashboard.capture('pi_1');
    const silent = listing(gateway, ({ intent, ...item }) => ({
      ...item,
      intent: { ...intent, origin: SILENT },
    }));
    expect(await findings(silent)).toMatchObject([{ type: 'mended' }]);
    expect((await payment()).status).toBe('RELEASED');
  });

  it('is learned by a record that had not heard of it', async () => {
    const { escrow, gateway, authorizing, findings, payment } = await holding();
    gateway.befall('authorize', { type: 'answer_lost' });
    const paymentMethodId = CARDS.needsAuthentication;
    await escrow.authorize(authorizing({ orderId: 'order-2', paymentMethodId }));
    expect(await findings()).toMatchObject([
      { type: 'mended', payment: { status: 'INITIATING', paymentIntentId: 'pi_2' } },
    ]);
    expect((await payment()).version).toBe(1);
  });

  const strangers: [string, Partial<ListedIntent['intent']>, boolean][] = [
    ['held', {}, true],
    ['to be paid', { status: 'requires_payment_method' }, true],
    ['captured', { status: 'succeeded', receivedMinor: 2098, refundedMinor: null }, true],
    [
      'refunded but for a cent',
      { status: 'succeeded', receivedMinor: 2098, refundedMinor: 2097 },
      true,
    ],
    ['refunded', { status: 'succeeded', receivedMinor: 2098, refundedMinor: 2098 }, false],
    ['canceled', { status: 'canceled' }, false],
  ];
  it.each(strangers)(
    'that no record knows is told while it is alive: %s',
    async (_, said, told) => {
      const { ports, gateway, findings, payment } = await holding();
      const { id: paymentId } = await payment();
      Object.assign(ports.repository, memorySystem().ports.repository);
      const saying = (item: ListedIntent) => ({ ...item, intent: { ...item.intent, ...said } });
      const found = await findings(listing(gateway, saying));
      expect(found).toMatchObject(told ? [{ type: 'unknown_intent', paymentId }] : []);
      const foreign = (item: ListedIntent) => ({
        ...item,
        intent: { ...saying(item).intent, origin: SILENT },
      });
      expect(await findings(listing(gateway, foreign))).toEqual([]);
    },
  );
});

describe('what is over', () => {
  it.each([
    ['FAILED', FAILED],
    ['REVERTED', VOIDED],
  ])('has its PaymentIntent canceled where that is alive, as %s', async (_, over) => {
    const { tamper, findings, gateway, payment } = await holding();
    const before = await tamper(over);
    expect(await findings()).toEqual([
      { type: 'orphan_canceled', paymentIntentId: 'pi_1', payment: await payment() },
    ]);
    const review = 'pi_1 was alive and was canceled';
    expect(await payment()).toMatchObject({ status: before.status, review });
    expect(gateway.intents()).toMatchObject([{ status: 'canceled' }]);
  });

  const others: [string, object, IntentStatus, object[]][] = [
    ['was refunded, and is held', REFUNDED, 'requires_capture', []],
    ['FAILED, and is in a status that nobody knows', FAILED, 'unknown', []],
    ['FAILED, and is canceled', FAILED, 'canceled', []],
    ['FAILED, and is captured', FAILED, 'succeeded', [{ type: 'marked' }]],
  ];
  it.each(others)('is not called a stray where it %s', async (_, over, status, found) => {
    const { tamper, findings, gateway } = await holding();
    await tamper(over);
    const said = { status };
    const saying = (item: ListedIntent) => ({ ...item, intent: { ...item.intent, ...said } });
    expect(await findings(listing(answering(gateway, said), saying))).toMatchObject(found);
    expect(gateway.calls).not.toContain('cancelOrphan');
  });

  it('is left alone where Stripe has nothing of it any more', async () => {
    const { tamper, findings, gateway, payment } = await holding();
    await tamper(FAILED);
    const gone = listing(gateway, (item) => {
      gateway.misplace('pi_1');
      return item;
    });
    expect(await findings(gone)).toEqual([]);
    expect((await payment()).review).toBeNull();
  });

  it('is left to whoever is writing it, and comes up again', async () => {
    const { tamper, findings, before, gateway } = await holding();
    await tamper(FAILED);
    before.set('save', async () => {
      await tamper({ description: 'written meanwhile' });
      return null;
    });
    expect(await findings()).toEqual([]);
    expect(gateway.calls).not.toContain('cancelOrphan');
    expect(await findings()).toMatchObject([{ type: 'orphan_canceled' }]);
  });
});

describe('a record that the list has nothing of', () => {
  it('is looked up, and takes in what it had not heard', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    const from = clock.now();
    gateway.befall('authorize', { type: 'unanswered' });
    await escrow.authorize(authorizing());
    await clock.advance(2 * HOUR_MS);
    await escrow.resume(10);
    gateway.dashboard.capture('pi_1');
    const to = new Date(from.getTime() + HOUR_MS);
    const { intents, findings } = (await escrow.compare({ from, to }))._unsafeUnwrap();
    expect(intents).toBe(0);
    expect(findings).toMatchObject([{ type: 'mended', payment: { status: 'RELEASED' } }]);
  });

  it('is marked where Stripe has nothing either, and told with its mark', async () => {
    const { gateway, findings, payment } = await holding();
    gateway.misplace('pi_1');
    expect(await findings()).toEqual([{ type: 'intent_missing', payment: await payment() }]);
    expect((await payment()).review).toMatch('Stripe does not know the PaymentIntent');
  });

  it('is left to whoever is writing it, and comes up again', async () => {
    const { gateway, findings, before, tamper } = await holding();
    gateway.misplace('pi_1');
    before.set('save', async () => {
      await tamper({ description: 'written meanwhile' });
      return null;
    });
    expect(await findings()).toEqual([]);
    expect(await findings()).toMatchObject([{ type: 'intent_missing' }]);
  });

  it('is not looked for where nothing was made', async () => {
    const { escrow, from, store, gateway } = await holding();
    const trips = store.calls.length;
    const before = new Date(from.getTime() - HOUR_MS);
    const compared = await escrow.compare({ from: before, to: from });
    expect(compared._unsafeUnwrap()).toEqual({
      intents: 0,
      payments: 0,
      passedOver: 0,
      unreadable: 0,
      findings: [],
    });
    expect(store.calls.slice(trips)).toEqual(['createdWithin']);
    expect(gateway.calls).toEqual(['authorize', 'listIntents']);
  });

  it.each([99, 100, 101])('is one of %s that are read by the hundred', async (orders) => {
    let pages = 0;
    const { escrow, clock, authorizing } = memorySystem({
      beforeStoreCall: async (call) => {
        if (call === 'createdWithin') pages += 1;
        if (pages > 5) throw new Error('the same page is read over and over');
        return null;
      },
    });
    const from = clock.now();
    for (let index = 0; index < orders; index += 1)
      await escrow.authorize(authorizing({ orderId: `order-${index}` }));
    const to = new Date(from.getTime() + 1000);
    const compared = (await escrow.compare({ from, to }))._unsafeUnwrap();
    expect(compared).toEqual({
      intents: orders,
      payments: orders,
      passedOver: 0,
      unreadable: 0,
      findings: [],
    });
    expect(pages).toBe(orders < 100 ? 1 : 2);
  });
});

describe('comparing ends with', () => {
  type System = Awaited<ReturnType<typeof holding>>;
  const stray = ({ tamper }: System) => tamper(FAILED);
  const misplaced = async ({ gateway }: System) => gateway.misplace('pi_1');
  const captured = async ({ gateway }: System) => gateway.dashboard.capture('pi_1');
  const nothing = async () => {};
  const away: [string, (system: System) => Promise<unknown>, 'retrieve' | 'cancelOrphan'][] = [
    ['a stray is asked about', stray, 'retrieve'],
    ['a stray is canceled', stray, 'cancelOrphan'],
    ['a record is looked up', misplaced, 'retrieve'],
  ];
  it.each(away)('Stripe being away as %s', async (_, happened, call) => {
    const system = await holding();
    await happened(system);
    system.gateway.befall(call, { type: 'unreachable' });
    const fault = (await system.compare())._unsafeUnwrapErr();
    expect(fault.type).toBe('GatewayUnavailable');
  });

  const broken: [string, (system: System) => Promise<unknown>, StoreCall][] = [
    ['the records of a page are read', nothing, 'findAll'],
    ['the records of the period are read', nothing, 'createdWithin'],
    ['news is written', captured, 'save'],
    ['a stray is marked', stray, 'save'],
    ['a missing one is marked', misplaced, 'save'],
  ];
  it.each(broken)('the database being away as %s', async (_, happened, call) => {
    const system = await holding();
    await happened(system);
    system.before.set(call, refused);
    const fault = (await system.compare())._unsafeUnwrapErr();
    expect(fault.type).toBe('DatabaseUnavailable');
    expect(system.gateway.calls).not.toContain('cancelOrphan');
  });
});
