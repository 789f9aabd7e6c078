import { createEscrow, type GatewayReply } from '@campusg-pay/core';
import { CARDS, INSTALLATION, memorySystem, usd } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { asked } from '../../testing/samples.js';
import { intent } from '../sides.js';

const DAY_MS = 86_400_000;
const LOST = { type: 'unanswered' } as const;
const from = (installation: string) => {
  const { id: paymentId, orderId } = asked();
  return { origin: { installation, paymentId, orderId } };
};

describe('a create answered with a PaymentIntent that was not asked for', () => {
  const wrong: [string, (system: ReturnType<typeof memorySystem>) => object][] = [
    ['of another installation', () => from('inst_elsewhere')],
    ['for another payment', () => from(INSTALLATION.id)],
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

  it.each(wrong)('%s for an hour is for a person to look at', async (_, said) => {
    const system = memorySystem();
    // The own one was never made, so that it is never found.
    system.gateway.befall('authorize', ...Array.from({ length: 9 }, () => LOST));
    const { escrow, authorizing, store, clock } = answeredWrongly(system, said(system));
    await escrow.authorize(authorizing());
    for (let quarter = 0; quarter < 4; quarter += 1) {
      expect(store.payments()[0]?.review).toBeNull();
      await clock.advance(15 * 60_000);
      await escrow.resume(1);
    }
    expect(store.payments()).toMatchObject([
      { status: 'INITIATING', review: expect.stringContaining('for an hour') },
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

  it('find their own behind that of the other, and make no second hold', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    gateway.makeElsewhere({ payment: { id: '77', orderId: 'order-1', amount: usd(2098) } });
    gateway.befall('authorize', { type: 'remembered', executed: true });
    await escrow.authorize(authorizing({ paymentId: '77' }));
    await clock.advance(DAY_MS / 24);
    await escrow.resume(10);
    const payment = (await escrow.find({ paymentId: '77' }))._unsafeUnwrap();
    expect(payment).toMatchObject({ status: 'AUTHORIZED', paymentIntentId: 'pi_2' });
    expect(gateway.intents()).toHaveLength(2);
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

describe('a payment from before, whose customer its record does not know yet', () => {
  const fromBefore = () => {
    const system = memorySystem();
    const installation = { id: INSTALLATION.id, namedSince: new Date('2026-03-01T00:00:00Z') };
    const escrow = createEscrow({ ...system.ports, installation });
    const authorize = () => escrow.authorize(system.authorizing({ stripeCustomerId: null }));
    return { ...system, escrow, authorize };
  };
  const made = [{ status: 'AUTHORIZED', paymentIntentId: 'pi_1', stripeCustomerId: 'cus_2' }];

  it('is known by the customer that was just made for it', async () => {
    const { authorize, gateway, store } = fromBefore();
    expect((await authorize())._unsafeUnwrap().outcome).toBe('done');
    expect(gateway.intents()).toMatchObject([{ installation: null }]);
    expect(store.payments()).toMatchObject(made);
  });

  it('is found by a webhook', async () => {
    const { authorize, gateway, escrow, store } = fromBefore();
    gateway.befall('authorize', { type: 'answer_lost' });
    await authorize();
    for (const webhook of gateway.webhooks) await escrow.report(webhook);
    expect(store.payments()).toMatchObject(made);
  });

  it('is searched for once its key is too old', async () => {
    const { authorize, gateway, escrow, clock, store } = fromBefore();
    gateway.befall('authorize', { type: 'answer_lost' });
    await authorize();
    await clock.advance(23.5 * (DAY_MS / 24));
    await escrow.resume(10);
    expect(gateway.calls).toContain('findIntent');
    expect(store.payments()).toMatchObject(made);
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
