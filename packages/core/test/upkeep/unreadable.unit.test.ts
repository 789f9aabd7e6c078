import { createEscrow, HOUR_MS, MINUTE_MS, type PaymentGateway } from '@campusg-pay/core';
import {
  CARDS,
  type GatewayCallName,
  type MemoryGateway,
  memorySystem,
} from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const UNREADABLE = { type: 'unreadable' } as const;
const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const MARK = 'what Stripe says of this payment could not be read for an hour';

/** Three held payments; whatever is asked of Stripe by a call in `odd` is answered by what nobody can read. */
async function threeHeld(paymentMethodId: string = CARDS.good) {
  const odd = new Set<GatewayCallName>();
  const system = memorySystem({
    settings: { waitMs: 100 },
    gatewayTrouble: (call) => (odd.has(call) ? UNREADABLE : null),
  });
  for (const orderId of ['order-1', 'order-2', 'order-3']) {
    await system.escrow.authorize(system.authorizing({ orderId, paymentMethodId }));
  }
  const find = async (orderId = 'order-1') =>
    (await system.escrow.find({ orderId }))._unsafeUnwrap();
  return { ...system, odd, find };
}

/** The gateway, but one of its PaymentIntents can't be read. */
function withOddIntent(gateway: MemoryGateway, id: string): PaymentGateway {
  return {
    ...gateway,
    retrieve: async (asked) => {
      if (asked === id) gateway.befall('retrieve', UNREADABLE);
      return gateway.retrieve(asked);
    },
    listIntents: async (wanted) =>
      (await gateway.listIntents(wanted)).map((page) => ({
        ...page,
        items: page.items.filter(({ intent }) => intent.paymentIntentId !== id),
        unreadable: page.items.filter(({ intent }) => intent.paymentIntentId === id).length,
      })),
  };
}

describe('a call whose answer can not be read', () => {
  it('is accepted, and stays open until it can', async () => {
    const { escrow, odd, find, clock } = await threeHeld();
    odd.add('capture').add('retrieve');
    expect((await escrow.release(release))._unsafeUnwrap()).toMatchObject({
      outcome: 'processing',
    });
    odd.clear();
    await clock.advance(MINUTE_MS);
    await escrow.resume(10);
    expect(await find()).toMatchObject({ status: 'RELEASED', operation: null, review: null });
  });

  it('is marked for a person once after an hour, and stays open', async () => {
    const { escrow, odd, find, clock, gateway } = await threeHeld();
    odd.add('capture').add('retrieve');
    await escrow.release(release);
    const resumeFor = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += MINUTE_MS) {
        await clock.advance(MINUTE_MS);
        await escrow.resume(10);
      }
    };
    await resumeFor(HOUR_MS - MINUTE_MS);
    expect((await find()).review).toBeNull();
    await resumeFor(2 * HOUR_MS);
    const marked = await find();
    expect(marked).toMatchObject({ review: MARK, reviewed: false, operation: { kind: 'capture' } });
    await resumeFor(3 * HOUR_MS);
    expect((await find()).version).toBe(marked.version);
    await escrow.reviewed({ payment: order, note: 'asked Stripe' });
    await resumeFor(3 * HOUR_MS);
    expect(await find()).toMatchObject({ reviewed: true, operation: { kind: 'capture' } });
    odd.clear();
    await resumeFor(2 * HOUR_MS);
    expect(await find()).toMatchObject({ status: 'RELEASED', operation: null });
    expect(gateway.intentsOf('order-1')).toMatchObject([{ captures: 1 }]);
  });
});

describe('one PaymentIntent that can not be read', () => {
  it('holds up none of the others in comparing', async () => {
    const { ports, gateway, find, clock } = await threeHeld();
    const [first, second, third] = gateway.intents().map(({ paymentIntentId }) => paymentIntentId);
    gateway.dashboard.capture(first ?? '');
    gateway.dashboard.capture(third ?? '');
    const escrow = createEscrow({ ...ports, gateway: withOddIntent(gateway, second ?? '') });
    const period = { from: new Date(0), to: new Date(clock.now().getTime() + 1) };
    const compared = (await escrow.compare(period))._unsafeUnwrap();
    expect(compared.unreadable).toBe(2);
    expect(compared.findings).toHaveLength(2);
    expect((await find('order-3')).status).toBe('RELEASED');
  });

  it('holds up none of the others in sweeping, and is marked after an hour', async () => {
    const { ports, gateway, find, clock } = await threeHeld(CARDS.needsAuthentication);
    const [first, second] = gateway.intents().map(({ paymentIntentId }) => paymentIntentId);
    gateway.customer.approve(second ?? '');
    const escrow = createEscrow({ ...ports, gateway: withOddIntent(gateway, first ?? '') });
    await clock.advance(2 * MINUTE_MS);
    const all = { after: null, limit: 10 };
    const swept = (await escrow.sweep(all))._unsafeUnwrap();
    expect(swept).toMatchObject({ looked: 3, unreadable: 1, next: null, bugs: [] });
    expect((await find('order-2')).status).toBe('AUTHORIZED');
    expect((await find()).review).toBeNull();
    await clock.advance(HOUR_MS);
    await escrow.sweep(all);
    await escrow.sweep(all);
    expect(await find()).toMatchObject({ status: 'INITIATING', review: MARK });
  });

  it('holds up none of the others in catching up', async () => {
    const { ports, gateway, find } = await threeHeld();
    const [first, , third] = gateway.intents().map(({ paymentIntentId }) => paymentIntentId);
    for (const id of [first, third]) {
      gateway.dashboard.capture(id ?? '');
      gateway.dashboard.refund(id ?? '');
    }
    const escrow = createEscrow({ ...ports, gateway: withOddIntent(gateway, first ?? '') });
    const caught = (await escrow.catchUp({ since: new Date(0), after: null }))._unsafeUnwrap();
    expect(caught.unreadable).toBeGreaterThan(0);
    expect(caught.bugs).toEqual([]);
    expect((await find('order-3')).status).toBe('REVERTED');
  });

  it('says nothing of whose account it is', async () => {
    const { ports, gateway } = await threeHeld();
    const latest = gateway.intents().at(-1)?.paymentIntentId ?? '';
    const escrow = createEscrow({ ...ports, gateway: withOddIntent(gateway, latest) });
    expect((await escrow.isOurAccount())._unsafeUnwrap()).toBe(true);
    for (const { paymentIntentId } of gateway.intents().slice(0, -1)) {
      gateway.misplace(paymentIntentId);
    }
    expect((await escrow.isOurAccount())._unsafeUnwrap()).toBe(false);
  });
});
