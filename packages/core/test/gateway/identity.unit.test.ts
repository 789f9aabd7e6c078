import {
  createEscrow,
  type GatewayReply,
  type Installation,
  type Payment,
} from '@campusg-pay/core';
import { CARDS, INSTALLATION, memorySystem, usd } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { belongsTo, fitOf, mayBeOurs, nameFor } from '../../src/gateway/identity.js';
import { asked, held } from '../../testing/samples.js';
import { intent } from '../sides.js';

const DAY_MS = 86_400_000;
const known = (): Payment => ({ ...asked(), stripeCustomerId: 'cus_1' });
/** Names were given a moment after the samples were made. */
const upgraded: Installation = {
  id: INSTALLATION.id,
  namedSince: new Date('2026-01-05T10:00:00Z'),
};
const nameless = ({ id: paymentId, orderId }: Payment) => ({
  origin: { installation: null, paymentId, orderId },
});
const from = (installation: string) => (payment: Payment) => ({
  origin: { ...nameless(payment).origin, installation },
});

describe('a PaymentIntent is', () => {
  it("a payment's own by its id, whatever its metadata says", () => {
    const payment = held();
    const origin = { installation: 'inst_elsewhere', paymentId: 'another', orderId: 'another' };
    expect(fitOf(payment, intent(payment, { origin }).intent, INSTALLATION)).toEqual({
      type: 'own',
    });
  });

  it("a payment's own by all of its metadata and terms", () => {
    const payment = known();
    expect(fitOf(payment, intent(payment).intent, INSTALLATION)).toEqual({ type: 'own' });
    expect(belongsTo(payment, intent(payment).intent, INSTALLATION)).toBe(true);
  });

  it.each([
    ['amount', { amountMinor: 2099 }],
    ['currency', { currency: 'EUR' }],
    ['customer', { stripeCustomerId: 'cus_2' }],
  ])('marked where the installation is ours and the %s is not', (term, said) => {
    const payment = known();
    const other = intent(payment, said).intent;
    const why = expect.stringContaining(`${term === 'currency' ? 'amount' : term} at the gateway`);
    expect(fitOf(payment, other, INSTALLATION)).toEqual({ type: 'differs', why });
    expect(belongsTo(payment, other, INSTALLATION)).toBe(false);
  });

  it('marked where it names another order', () => {
    const payment = known();
    const origin = { installation: INSTALLATION.id, paymentId: payment.id, orderId: 'order-2' };
    const why = 'order at the gateway is order-2';
    expect(fitOf(payment, intent(payment, { origin }).intent, INSTALLATION)).toEqual({
      type: 'differs',
      why,
    });
  });

  it.each([
    ['names another installation', from('inst_elsewhere')],
    ['names none, and all were named by then', nameless],
    ['names another payment', () => ({ origin: { ...nameless(asked()).origin } })],
  ])('nobody of ours where it %s, though its terms are the same', (_, said) => {
    for (const payment of [known(), held()]) {
      const other = { ...intent(payment, said(payment)).intent, paymentIntentId: 'pi_other' };
      expect(fitOf(payment, other, INSTALLATION)).toEqual({ type: 'foreign' });
    }
  });
});

describe('from before installations had ids', () => {
  it('what names none is ours where payment, order, customer and amount fit', () => {
    const payment = known();
    expect(belongsTo(payment, intent(payment, nameless(payment)).intent, upgraded)).toBe(true);
    for (const other of [
      { amountMinor: 2099 },
      { currency: 'EUR' },
      { stripeCustomerId: 'cus_2' },
      { stripeCustomerId: null },
      from('inst_elsewhere')(payment),
      { origin: { ...nameless(payment).origin, orderId: 'order-2' } },
    ]) {
      const { intent: told } = intent(payment, { ...nameless(payment), ...other });
      expect(fitOf(payment, told, upgraded)).toEqual({ type: 'foreign' });
    }
  });

  it('a record that does not know its customer yet has nothing to be known by', () => {
    const payment = asked();
    const { intent: told } = intent(payment, { ...nameless(payment), stripeCustomerId: 'cus_1' });
    expect(fitOf(payment, told, upgraded)).toEqual({ type: 'foreign' });
  });

  it('replicas of the old release may be at work for a day', () => {
    const payment = (afterMs: number): Payment => ({
      ...known(),
      createdAt: new Date((upgraded.namedSince?.getTime() ?? 0) + afterMs),
    });
    const fits = (one: Payment) => fitOf(one, intent(one, nameless(one)).intent, upgraded).type;
    expect([fits(payment(DAY_MS - 1)), fits(payment(DAY_MS))]).toEqual(['own', 'foreign']);
  });

  it('the call of an old record names none, so that a repeat is the same call', () => {
    const { createdAt } = asked();
    expect(nameFor(upgraded, createdAt)).toBeNull();
    expect(nameFor(upgraded, upgraded.namedSince ?? createdAt)).toBe(upgraded.id);
    expect(nameFor(INSTALLATION, createdAt)).toBe(INSTALLATION.id);
  });

  it('what no record has may be ours only if it is as old, or names us', () => {
    const { intent: told, createdAt } = intent(known(), nameless(known()));
    const now = createdAt ?? new Date();
    expect(mayBeOurs(told, now, upgraded)).toBe(true);
    expect(mayBeOurs(told, new Date(now.getTime() + 2 * DAY_MS), upgraded)).toBe(false);
    expect(mayBeOurs(told, now, INSTALLATION)).toBe(false);
    expect(mayBeOurs(intent(known()).intent, now, INSTALLATION)).toBe(true);
  });
});

describe('a create answered with a PaymentIntent that was not asked for', () => {
  const wrong: [string, (system: ReturnType<typeof memorySystem>) => object][] = [
    ['of another installation', () => ({ origin: from('inst_elsewhere')(asked()).origin })],
    ['for another payment', () => ({ origin: from(INSTALLATION.id)(asked()).origin })],
    ['of another amount', () => ({ amountMinor: 1 })],
    ['of another currency', () => ({ currency: 'EUR' })],
    ['for another customer', () => ({ stripeCustomerId: 'cus_of_another' })],
  ];

  it.each(wrong)('%s is doubt, and the own one is found', async (_, said) => {
    const system = memorySystem();
    const { escrow, gateway, authorizing } = answeredWrongly(system, said(system));
    const answer = (await escrow.authorize(authorizing()))._unsafeUnwrap();
    expect(answer).toMatchObject({
      outcome: 'done',
      payment: { status: 'AUTHORIZED', paymentIntentId: 'pi_1' },
    });
    expect(gateway.calls).toEqual(['authorize', 'findIntent']);
  });

  it.each(wrong)('%s is doubt while the own one is not found', async (_, said) => {
    const system = memorySystem();
    system.gateway.befall('authorize', { type: 'unanswered' });
    system.gateway.befall('findIntent', { type: 'unreachable' });
    const { escrow, authorizing, store } = answeredWrongly(system, said(system));
    const answer = (await escrow.authorize(authorizing()))._unsafeUnwrap();
    expect(answer.outcome).toBe('processing');
    expect(store.payments()).toMatchObject([
      { status: 'INITIATING', paymentIntentId: null, review: null, operation: { attempts: 1 } },
    ]);
  });

  /** A gateway whose first answer to a create is another PaymentIntent's, whatever was done. */
  function answeredWrongly(system: ReturnType<typeof memorySystem>, said: object) {
    const { gateway, ports } = system;
    const perform: typeof gateway.perform = async (call) => {
      await gateway.perform(call);
      const { payment } = call;
      const other = { ...intent(payment).intent, paymentIntentId: 'pi_wrong', ...said };
      const report = { type: 'intent', intent: other, authoritative: true, refused: null } as const;
      return ok<GatewayReply>({ report, action: null });
    };
    return { ...system, escrow: createEscrow({ ...ports, gateway: { ...gateway, perform } }) };
  }
});

describe('two installations on one account', () => {
  it('do not take each other in where a webhook names a payment of both', async () => {
    const { escrow, gateway, store, authorizing, deliver } = memorySystem();
    gateway.befall('authorize', { type: 'unanswered' });
    await escrow.authorize(authorizing({ paymentId: '77' }));
    gateway.makeElsewhere({ payment: { id: '77', orderId: 'order-1', amount: usd(2098) } });
    await deliver();
    expect(store.payments()).toMatchObject([{ status: 'INITIATING', paymentIntentId: null }]);
    expect([...store.webhooks.values()]).toMatchObject([{ paymentId: null }]);
  });

  it('pass over what the other holds, captures and leaves behind', async () => {
    const system = memorySystem();
    const { escrow, gateway, store, clock, authorizing } = system;
    const from = clock.now();
    await escrow.authorize(authorizing({ paymentId: '77' }));
    await escrow.revert({ payment: { paymentId: '77' }, reason: null, correlationId: 'r' });
    const like = { orderId: 'order-1', amount: usd(2098) };
    gateway.makeElsewhere({ payment: { id: '77', ...like } });
    gateway.makeElsewhere({ payment: { id: '78', ...like }, card: CARDS.needsAuthentication });
    gateway.makeElsewhere({ payment: { id: '77', ...like }, installation: null });
    const period = { from, to: new Date(from.getTime() + 1000) };
    const compared = (await escrow.compare(period))._unsafeUnwrap();
    expect(compared).toEqual({
      intents: 4,
      payments: 1,
      passedOver: 3,
      unreadable: 0,
      findings: [],
    });
    expect(gateway.intents().map(({ status }) => status)).toEqual([
      'canceled',
      'requires_capture',
      'requires_action',
      'requires_capture',
    ]);
    expect(store.payments()).toMatchObject([{ review: null }]);
  });

  it('do not adopt what the other made, when their own answer was lost', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'remembered', executed: false });
    gateway.makeElsewhere({ payment: { id: '77', orderId: 'order-1', amount: usd(2098) } });
    const { payment } = (await escrow.authorize(authorizing({ paymentId: '77' })))._unsafeUnwrap();
    await clock.advance(DAY_MS / 24);
    await escrow.resume(10);
    const now = (await escrow.find({ paymentId: payment.id }))._unsafeUnwrap();
    expect(now).toMatchObject({ status: 'AUTHORIZED', paymentIntentId: 'pi_2' });
    expect(gateway.intents()[0]).toMatchObject({
      status: 'requires_capture',
      captures: 0,
    });
  });

  it('do not share a customer of the same user', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    gateway.addCustomer({ customerId: 'customer-1', installation: 'inst_elsewhere' });
    gateway.befall('createCustomer', { type: 'remembered', executed: false });
    await escrow.authorize(authorizing({ stripeCustomerId: null }));
    const again = await escrow.authorize(authorizing({ stripeCustomerId: null }));
    const { payment } = again._unsafeUnwrap();
    const ours = gateway.customers().filter((one) => one.installation === INSTALLATION.id);
    expect(ours).toMatchObject([{ stripeCustomerId: payment.stripeCustomerId }]);
  });
});

describe('a webhook', () => {
  const edited = async (origin: object) => {
    const system = memorySystem();
    const { escrow, gateway, authorizing } = system;
    await escrow.authorize(authorizing());
    await escrow.authorize(authorizing({ orderId: 'order-2', paymentId: 'second' }));
    gateway.dashboard.capture('pi_1');
    const webhook = gateway.webhooks.at(-1);
    if (webhook?.report.type !== 'intent') throw new Error('no webhook');
    const { report } = webhook;
    const intent = { ...report.intent, origin: { ...report.intent.origin, ...origin } };
    const taken = await escrow.report({ ...webhook, report: { ...report, intent } });
    return { taken: taken._unsafeUnwrap(), payments: system.store.payments() };
  };

  it.each([
    ['names another payment', { paymentId: 'second' }],
    ['names a payment that nobody has', { paymentId: 'edited' }],
    ['was wiped', { installation: null, paymentId: null, orderId: null }],
  ])('finds its record by the PaymentIntent where the metadata %s', async (_, origin) => {
    const { taken, payments } = await edited(origin);
    expect(taken).toBe('changed');
    expect(payments).toMatchObject([
      { orderId: 'order-1', status: 'RELEASED' },
      { orderId: 'order-2', status: 'AUTHORIZED', review: null },
    ]);
  });
});
