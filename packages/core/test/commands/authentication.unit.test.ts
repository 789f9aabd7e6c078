import { CARDS, memorySystem, until } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { awaitsCustomer, failingWith } from '../../src/payment/customer-turn.js';

const order = { orderId: 'order-1' };

/** A payment whose customer has to authenticate. */
async function waiting(options: Parameters<typeof memorySystem>[0] = {}) {
  const system = memorySystem(options);
  const command = system.authorizing({ paymentMethodId: CARDS.needsAuthentication });
  const answer = await system.escrow.authorize(command);
  const recorded = async () => (await system.escrow.find(order))._unsafeUnwrap();
  return { ...system, answer, recorded, again: () => system.escrow.authorize(command) };
}

describe('a card that must be authenticated', () => {
  it('holds nothing yet, and tells what the customer has to do', async () => {
    const { answer, gateway } = await waiting();
    expect(answer._unsafeUnwrap()).toMatchObject({
      outcome: 'requires_action',
      payment: { status: 'INITIATING', requiresAction: true, operation: null },
      action: { clientSecret: 'pi_1_secret', redirectUrl: expect.stringContaining('pi_1') },
    });
    expect(gateway.intents()).toMatchObject([{ holds: 0 }]);
  });

  it('can not be released', async () => {
    const { escrow } = await waiting();
    const refused = await escrow.release({ payment: order, runnerId: 'r', correlationId: 'c' });
    expect(refused._unsafeUnwrapErr()).toEqual({ type: 'WrongStatus', status: 'INITIATING' });
  });

  it('asked for again tells the same action, as its secret is not kept here', async () => {
    const { answer, again, store } = await waiting();
    expect(await again()).toEqual(answer);
    expect(JSON.stringify([store.payments(), store.outbox])).not.toContain('secret');
  });
});

describe('when the customer approves', () => {
  it('the webhook makes it AUTHORIZED, with the end of the hold', async () => {
    const { deliver, gateway, recorded } = await waiting();
    gateway.customer.approve('pi_1');
    await deliver();
    expect(await recorded()).toMatchObject({
      status: 'AUTHORIZED',
      captureBefore: expect.any(Date),
    });
  });

  it('a look at the status makes it AUTHORIZED without any webhook', async () => {
    const { escrow, gateway, recorded } = await waiting();
    gateway.customer.approve('pi_1');
    expect((await escrow.check(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
    expect((await recorded()).status).toBe('AUTHORIZED');
  });

  it('a repeated authorize makes it AUTHORIZED too', async () => {
    const { again, gateway } = await waiting();
    gateway.customer.approve('pi_1');
    expect((await again())._unsafeUnwrap()).toMatchObject({
      outcome: 'done',
      payment: { status: 'AUTHORIZED' },
    });
  });

  it('all of these at once make it AUTHORIZED once', async () => {
    const { again, deliver, escrow, gateway, store } = await waiting();
    gateway.customer.approve('pi_1');
    await Promise.all([deliver(), escrow.check(order), again(), deliver(gateway.webhooks)]);
    expect(store.outbox.map(({ event }) => event.type)).toEqual(['requires_action', 'authorized']);
  });
});

describe('when the customer fails', () => {
  it("it is nobody's turn any more while the hold is being canceled", async () => {
    const { escrow, gateway, recorded } = await waiting();
    expect(awaitsCustomer(await recorded())).toBe(true);
    gateway.customer.fail('pi_1');
    gateway.befall('void', ...Array.from({ length: 9 }, () => ({ type: 'unreachable' as const })));
    await escrow.check(order);
    const looked = await recorded();
    expect(looked).toMatchObject({ status: 'INITIATING', operation: { kind: 'void' } });
    expect(awaitsCustomer(looked)).toBe(false);
    expect(failingWith(looked)?.code).toBe('payment_intent_authentication_failure');
  });

  it('the webhook makes it FAILED, and Stripe can not hold it any more', async () => {
    const { deliver, gateway, recorded } = await waiting();
    gateway.customer.fail('pi_1');
    await deliver();
    expect(await recorded()).toMatchObject({
      status: 'FAILED',
      failure: { code: 'payment_intent_authentication_failure' },
    });
    expect(gateway.intents()).toMatchObject([{ status: 'canceled', holds: 0 }]);
  });

  it('a look at the status makes it FAILED without any webhook', async () => {
    const { escrow, gateway } = await waiting();
    gateway.customer.fail('pi_1');
    expect((await escrow.check(order))._unsafeUnwrap().status).toBe('FAILED');
  });

  it('a repeated authorize is told so, and the one after it starts anew', async () => {
    const { again, gateway } = await waiting();
    gateway.customer.fail('pi_1');
    expect((await again())._unsafeUnwrapErr()).toMatchObject({ type: 'NotAuthorized' });
    expect((await again())._unsafeUnwrap()).toMatchObject({ payment: { attempt: 2 } });
  });

  it('and then pays with another card before we hear of it, the late news is harmless', async () => {
    const { deliver, gateway, recorded } = await waiting();
    gateway.customer.fail('pi_1');
    const failed = gateway.webhooks.at(-1);
    gateway.customer.confirm('pi_1', CARDS.good);
    expect(failed?.event.type).toBe('payment_intent.payment_failed');
    await deliver(failed === undefined ? [] : [failed]);
    expect(await recorded()).toMatchObject({ status: 'AUTHORIZED', operation: null, review: null });
    await deliver(gateway.webhooks);
    expect((await recorded()).status).toBe('AUTHORIZED');
    expect(gateway.intents()).toMatchObject([{ status: 'requires_capture', holds: 1, voids: 0 }]);
  });
});

describe('webhooks', () => {
  it('twice, late and backwards change nothing any more', async () => {
    const { deliver, gateway, escrow, store, recorded } = await waiting();
    gateway.customer.approve('pi_1');
    await deliver();
    await escrow.release({ payment: order, runnerId: 'runner-1', correlationId: 'release' });
    await deliver();
    const before = await recorded();
    await deliver(gateway.webhooks);
    await deliver([...gateway.webhooks].reverse());
    expect(await recorded()).toEqual(before);
    expect(store.outbox.map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  it('in any order lead to the same end', async () => {
    const orders = permutations([0, 1, 2]);
    for (const sequence of orders) {
      const { deliver, gateway, recorded } = await waiting();
      gateway.customer.approve('pi_1');
      gateway.dashboard.capture('pi_1');
      const webhooks = sequence.flatMap((index) => gateway.webhooks[index] ?? []);
      expect(webhooks).toHaveLength(3);
      await deliver(webhooks);
      expect(await recorded()).toMatchObject({
        status: 'RELEASED',
        runnerId: null,
        review: 'captured outside this service',
      });
    }
  });

  it('that beat our own answer are not lost, and the answer adds nothing', async () => {
    let legs = 0;
    let letBack = () => {};
    const back = new Promise<void>((resolve) => {
      letBack = resolve;
    });
    const network = async () => {
      legs += 1;
      if (legs === 2) await back;
    };
    const { escrow, gateway, deliver, store, authorizing } = memorySystem({ network });
    const authorizes = escrow.authorize(authorizing());
    await until(() => gateway.webhooks.length > 0);
    await deliver();
    expect(store.payments()).toMatchObject([{ status: 'AUTHORIZED', operation: null }]);
    letBack();
    expect((await authorizes)._unsafeUnwrap().outcome).toBe('done');
    expect(store.outbox).toHaveLength(1);
  });

  it('are noted once, with the payment they are about, or with none', async () => {
    const { escrow, deliver, gateway, store } = await waiting();
    await deliver();
    await deliver(gateway.webhooks);
    const [first] = gateway.webhooks;
    if (first?.report.type !== 'intent') throw new Error('no webhook');
    const about = { paymentIntentId: 'pi_of_nobody' };
    const origin = { installation: null, paymentId: null, orderId: null };
    const report = { ...first.report, intent: { ...first.report.intent, ...about, origin } };
    const event = { id: 'evt_other', type: 'payment_intent.succeeded' };
    const said = await escrow.report({ event, payment: about, report });
    expect(said._unsafeUnwrap()).toBe('unmatched');
    const [payment] = store.payments();
    expect([...store.webhooks.values()]).toEqual([
      { ...first.event, paymentId: payment?.id },
      { ...event, paymentId: null },
    ]);
  });

  it('that changed something are noted with the change', async () => {
    const { deliver, gateway, store } = await waiting();
    gateway.customer.approve('pi_1');
    const webhook = gateway.webhooks.at(-1);
    if (webhook === undefined) throw new Error('no webhook');
    await deliver([webhook]);
    const [payment] = store.payments();
    expect([...store.webhooks.values()]).toEqual([{ ...webhook.event, paymentId: payment?.id }]);
    expect(store.calls).not.toContain('note');
  });

  it('are answered with a fault when Stripe must be asked and is away, so that they come again', async () => {
    const { deliver, escrow, gateway, recorded } = await waiting();
    gateway.customer.approve('pi_1');
    gateway.befall('retrieve', { type: 'unanswered' });
    const held = gateway.webhooks.at(-1);
    if (held === undefined) throw new Error('no webhook');
    expect((await escrow.report(held)).isErr()).toBe(true);
    expect((await recorded()).status).toBe('INITIATING');
    await deliver([held]);
    expect((await recorded()).status).toBe('AUTHORIZED');
  });

  it('of a lapsed hold make it REVERTED, and the order can be paid again', async () => {
    const { escrow, deliver, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.dashboard.expire('pi_1');
    await deliver();
    const payment = (await escrow.find(order))._unsafeUnwrap();
    expect(payment).toMatchObject({ status: 'REVERTED', revertMethod: 'expired' });
    const second = (await escrow.authorize(authorizing()))._unsafeUnwrap();
    expect(second.payment).toMatchObject({ status: 'AUTHORIZED', attempt: 2 });
  });

  it('of a refund by somebody at Stripe make it REVERTED, of a part only mark it', async () => {
    const { escrow, deliver, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    await escrow.release({ payment: order, runnerId: 'runner-1', correlationId: 'release' });
    gateway.dashboard.refund('pi_1', 98);
    await deliver();
    const marked = (await escrow.find(order))._unsafeUnwrap();
    expect(marked).toMatchObject({ status: 'RELEASED', review: expect.stringContaining('98 of') });
    gateway.dashboard.refund('pi_1');
    await deliver();
    const refunded = (await escrow.find(order))._unsafeUnwrap();
    expect(refunded).toMatchObject({ status: 'REVERTED', revertMethod: 'refunded' });
  });

  it('of a refund that bounced mark the payment for a person', async () => {
    const { escrow, deliver, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    await escrow.release({ payment: order, runnerId: 'runner-1', correlationId: 'release' });
    await escrow.revert({ payment: order, reason: null, correlationId: 'revert' });
    gateway.dashboard.failRefund('pi_1');
    await deliver();
    const payment = (await escrow.find(order))._unsafeUnwrap();
    expect(payment).toMatchObject({
      status: 'REVERTED',
      review: 'refund failed: 2098 minor units, lost_or_stolen_card',
    });
  });
});

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((one) =>
    permutations(items.filter((other) => other !== one)).map((rest) => [one, ...rest]),
  );
}
