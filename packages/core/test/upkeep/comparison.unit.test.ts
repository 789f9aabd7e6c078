import type { Payment } from '@campusg-pay/core';
import { CARDS, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };

async function holding(orders = 1) {
  const system = memorySystem();
  const from = system.clock.now();
  for (let index = 1; index <= orders; index += 1) {
    await system.escrow.authorize(system.authorizing({ orderId: `order-${index}` }));
  }
  const payment = async () => (await system.escrow.find(order))._unsafeUnwrap();
  const intentId = () => system.gateway.intentsOf('order-1')[0]?.paymentIntentId ?? '';
  return {
    ...system,
    payment,
    intentId,
    compare: async () => {
      const to = new Date(system.clock.now().getTime() + 1000);
      return (await system.escrow.compare({ from, to }))._unsafeUnwrap();
    },
  };
}

/** Writes a record over, as a tampering hand or an old backup would. */
async function tamper(
  { ports }: ReturnType<typeof memorySystem>,
  payment: Payment,
  other: Record<string, unknown>,
): Promise<void> {
  const tampered = { ...payment, ...other, revision: payment.revision + 1 } as Payment;
  const saved = await ports.repository.save({
    payment: tampered,
    expectedRevision: payment.revision,
    expectedOperationKey: null,
    events: [],
    opened: null,
    leased: null,
    closed: null,
    money: null,
  });
  expect(saved._unsafeUnwrap()).toBe('saved');
}

const FAILED = {
  status: 'FAILED',
  failure: { code: 'card_declined', declineCode: null, message: 'no' },
};

describe("comparing Stripe's list with the records", () => {
  it('finds nothing where both agree, at the cost of one list and two lookups', async () => {
    const { compare, gateway, store } = await holding(3);
    const calls = gateway.calls.length;
    const trips = store.calls.length;
    expect(await compare()).toEqual({
      intents: 3,
      payments: 3,
      passedOver: 0,
      unreadable: 0,
      findings: [],
    });
    expect(gateway.calls.slice(calls)).toEqual(['listIntents']);
    expect(store.calls.slice(trips)).toEqual(['findAll', 'createdWithin']);
  });

  it('turns the pages of a long list', async () => {
    const { compare, gateway } = await holding(25);
    expect(await compare()).toEqual({
      intents: 25,
      payments: 25,
      passedOver: 0,
      unreadable: 0,
      findings: [],
    });
    expect(gateway.calls.filter((call) => call === 'listIntents')).toHaveLength(3);
  });

  it('takes in what was captured and refunded outside, though no webhook told', async () => {
    const { compare, gateway, intentId, payment } = await holding();
    gateway.dashboard.capture(intentId());
    gateway.dashboard.refund(intentId());
    expect(await compare()).toMatchObject({ findings: [{ type: 'mended' }] });
    expect(await payment()).toMatchObject({ status: 'REVERTED', revertMethod: 'refunded' });
    expect((await compare()).findings).toEqual([]);
  });

  it('cancels a hold that is alive although its payment FAILED, and marks the payment', async () => {
    const system = await holding();
    const { compare, gateway, intentId, payment } = system;
    await tamper(system, await payment(), { ...FAILED, paymentIntentId: null });
    const found = { type: 'orphan_canceled', paymentIntentId: intentId() };
    expect(await compare()).toMatchObject({ findings: [found] });
    expect(gateway.intents()).toMatchObject([{ status: 'canceled' }]);
    expect((await payment()).review).toContain(intentId());
    expect((await compare()).findings).toEqual([]);
  });

  it('marks a payment that has a second PaymentIntent, and touches neither', async () => {
    const system = await holding();
    const { compare, gateway, payment } = system;
    await tamper(system, await payment(), { paymentIntentId: 'pi_another' });
    const [marked, missing] = (await compare()).findings;
    expect(marked).toMatchObject({
      type: 'marked',
      payment: { review: expect.stringContaining('a second PaymentIntent') },
    });
    // The one that the record names is not to be found, which is marked in its turn.
    expect(missing).toMatchObject({ type: 'intent_missing' });
    expect(gateway.intents()).toMatchObject([{ status: 'requires_capture' }]);
  });

  it('leaves a payment alone that ended after the list was made', async () => {
    const system = await holding();
    const { compare, gateway, escrow, payment } = system;
    const { ports } = system;
    const list = gateway.listIntents;
    const listing: typeof list = async (wanted) => {
      const page = await list(wanted);
      await escrow.revert({ payment: order, reason: null, correlationId: 'revert-1' });
      return page;
    };
    Object.assign(ports.gateway, { listIntents: listing });
    expect((await compare()).findings).toEqual([]);
    expect(await payment()).toMatchObject({ status: 'REVERTED', review: null });
    expect(gateway.calls).not.toContain('cancelOrphan');
  });

  it('tells of a hold that no record knows, and leaves it alone', async () => {
    const { compare, gateway, ports, payment } = await holding();
    const { id: paymentId } = await payment();
    // The records of another database, such as one restored from a backup.
    Object.assign(ports.repository, memorySystem().ports.repository);
    expect((await compare()).findings).toMatchObject([
      { type: 'unknown_intent', paymentId, intent: { amountMinor: 2098 } },
    ]);
    expect(gateway.intents()).toMatchObject([{ status: 'requires_capture' }]);
  });

  it('marks a payment whose PaymentIntent Stripe does not know, once', async () => {
    const { compare, gateway, intentId, payment } = await holding();
    gateway.misplace(intentId());
    expect(await compare()).toMatchObject({ findings: [{ type: 'intent_missing' }] });
    expect((await payment()).review).toContain('Stripe does not know the PaymentIntent');
    expect((await compare()).findings).toEqual([]);
  });

  it('finds a PaymentIntent that was made later than its payment', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    const from = clock.now();
    gateway.befall('authorize', { type: 'unanswered' });
    await escrow.authorize(authorizing());
    await clock.advance(2 * 3_600_000);
    await escrow.resume(10);
    const compared = await escrow.compare({ from, to: new Date(from.getTime() + 3_600_000) });
    expect(compared._unsafeUnwrap()).toEqual({
      intents: 0,
      payments: 1,
      passedOver: 0,
      unreadable: 0,
      findings: [],
    });
    expect(gateway.calls.at(-1)).toBe('retrieve');
  });

  it('finishes a hold that the customer has authenticated in silence', async () => {
    const { compare, escrow, gateway, authorizing } = await holding();
    const card = CARDS.needsAuthentication;
    await escrow.authorize(authorizing({ orderId: 'order-2', paymentMethodId: card }));
    gateway.customer.approve(gateway.intentsOf('order-2')[0]?.paymentIntentId ?? '');
    expect(await compare()).toMatchObject({
      findings: [{ type: 'mended', payment: { status: 'AUTHORIZED' } }],
    });
  });

  it('stops where Stripe or the database is away', async () => {
    const { escrow, gateway } = await holding();
    gateway.befall('listIntents', { type: 'unreachable' });
    expect((await escrow.compare(ALWAYS))._unsafeUnwrapErr().type).toBe('GatewayUnavailable');
  });
});

const ALWAYS = { from: new Date(0), to: new Date('2400-01-01T00:00:00Z') };
