import { createEscrow, type IntentStatus } from '@campusg-pay/core';
import { CARDS, memorySystem, until } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { answering } from '../answering.js';
import { interrupted } from '../interrupted.js';

// A "not now" is never told as a "no", nor the other way round; and what can't be known yet is
// told as "processing".

const order = { orderId: 'order-1' };
const revert = { payment: order, reason: null, correlationId: 'revert' };

describe('an authorize that names no card', () => {
  it.each(['find', 'lookUp'] as const)(
    'is told "try again" while the database can not answer %s',
    async (call) => {
      const { escrow, gateway, authorizing, before } = interrupted();
      before.set(call, async () => 'refused');
      const command = authorizing({ stripeCustomerId: null, paymentMethodId: null });
      expect((await escrow.authorize(command))._unsafeUnwrapErr().type).toBe('DatabaseUnavailable');
      expect(gateway.calls).toEqual([]);
    },
  );

  it('is told "try again" while Stripe can not be asked for the default card', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    gateway.befall('defaultPaymentMethod', { type: 'unreachable' });
    const answer = await escrow.authorize(authorizing({ paymentMethodId: null }));
    expect(answer._unsafeUnwrapErr().type).toBe('GatewayUnavailable');
  });
});

describe('a remembered customer whom Stripe refuses', () => {
  async function unknown() {
    const system = interrupted();
    const command = system.authorizing({ stripeCustomerId: null });
    const { payment } = (await system.escrow.authorize(command))._unsafeUnwrap();
    await system.escrow.revert(revert);
    const stripeCustomerId = payment.stripeCustomerId ?? '';
    system.gateway.dashboard.deleteCustomer(stripeCustomerId);
    const remembered = async () =>
      (await system.store.customers.lookUp(command.customerId))._unsafeUnwrap();
    return { ...system, command, stripeCustomerId, remembered };
  }

  it('is not forgotten while Stripe can not be asked whether it knows it', async () => {
    const { escrow, gateway, command, stripeCustomerId, remembered } = await unknown();
    gateway.befall('defaultPaymentMethod', { type: 'unanswered' });
    const answer = (await escrow.authorize(command))._unsafeUnwrapErr();
    expect(answer.type).toBe('GatewayUnavailable');
    expect(await remembered()).toBe(stripeCustomerId);
  });

  it('is not forgotten while the database does not tell who that is', async () => {
    const { escrow, command, stripeCustomerId, remembered, before } = await unknown();
    before.set('lookUp', async () => 'refused');
    const answer = (await escrow.authorize(command))._unsafeUnwrapErr();
    expect(answer.type).toBe('DatabaseUnavailable');
    expect(await remembered()).toBe(stripeCustomerId);
  });

  it.each(['reserve', 'renew'] as const)(
    'is told "try again" while it can not be forgotten, for want of %s',
    async (call) => {
      const { escrow, command, stripeCustomerId, remembered, before } = await unknown();
      before.set(call, async () => 'refused');
      const answer = (await escrow.authorize(command))._unsafeUnwrapErr();
      expect(answer.type).toBe('DatabaseUnavailable');
      expect(await remembered()).toBe(stripeCustomerId);
    },
  );

  it('is not asked about when another replica has forgotten it already', async () => {
    const { escrow, gateway, store, clock, command, stripeCustomerId, before } = await unknown();
    const asked = gateway.calls.length;
    before.set('lookUp', async () => {
      const { customerId } = command;
      const wanted = { customerId, key: 'a', now: clock.now() };
      const record = (await store.customers.reserve(wanted))._unsafeUnwrap();
      await store.customers.renew({ record, key: 'b', now: clock.now() });
      return null;
    });
    const { payment } = (await escrow.authorize(command))._unsafeUnwrap();
    expect(payment.stripeCustomerId).not.toBe(stripeCustomerId);
    expect(gateway.calls.slice(asked)).toEqual(['authorize', 'createCustomer', 'authorize']);
  });

  it.each(['lookUp', 'reserve'] as const)(
    'is not forgotten when another replica has replaced it just before the %s',
    async (call) => {
      const { escrow, gateway, command, before } = await unknown();
      let replaced: string | null = null;
      before.set(call, async () => {
        const other = await escrow.authorize({ ...command, orderId: 'order-2' });
        replaced = other._unsafeUnwrap().payment.stripeCustomerId;
        return null;
      });
      const { payment } = (await escrow.authorize(command))._unsafeUnwrap();
      expect(payment).toMatchObject({ status: 'AUTHORIZED', stripeCustomerId: replaced });
      expect(gateway.calls.filter((one) => one === 'createCustomer')).toHaveLength(2);
    },
  );
});

describe('a repeat while the customer must authenticate', () => {
  async function waiting() {
    const system = interrupted();
    const command = system.authorizing({ paymentMethodId: CARDS.needsAuthentication });
    await system.escrow.authorize(command);
    return { ...system, again: () => system.escrow.authorize(command), command };
  }

  it('is told "processing" while Stripe is away, since the secret is not kept here', async () => {
    const { again, gateway } = await waiting();
    gateway.befall('retrieve', { type: 'unreachable' });
    expect((await again())._unsafeUnwrap().outcome).toBe('processing');
  });

  it('is told "processing" where Stripe does not know the PaymentIntent', async () => {
    const { again, escrow, gateway } = await waiting();
    gateway.misplace('pi_1');
    const answer = (await again())._unsafeUnwrap();
    expect(answer).toEqual({
      outcome: 'processing',
      payment: (await escrow.find(order))._unsafeUnwrap(),
    });
  });

  it('is told "try again" when the news can not be written down', async () => {
    const { again, gateway, before } = await waiting();
    gateway.customer.approve('pi_1');
    before.set('save', async () => 'refused');
    expect((await again())._unsafeUnwrapErr().type).toBe('DatabaseUnavailable');
    expect((await again())._unsafeUnwrap().outcome).toBe('done');
  });

  it('is told "processing" while the bank has the approval and has not answered', async () => {
    const { ports, command, gateway } = await waiting();
    const processing = answering(gateway, { status: 'processing' });
    const escrow = createEscrow({ ...ports, gateway: processing });
    expect((await escrow.authorize(command))._unsafeUnwrap()).toMatchObject({
      outcome: 'processing',
      payment: { status: 'INITIATING' },
    });
  });

  it('hears the decline only when the cancel after it is made', async () => {
    const { again, gateway } = await waiting();
    gateway.customer.fail('pi_1');
    gateway.befall('void', { type: 'answer_lost' });
    expect((await again())._unsafeUnwrap()).toMatchObject({
      outcome: 'processing',
      payment: { operation: { kind: 'void' } },
    });
  });

  it('is told "try again" when it can not read what came of the cancel of another', async () => {
    const { again, gateway, deliver, before } = await waiting();
    gateway.customer.fail('pi_1');
    gateway.befall('void', { type: 'late', afterMs: 1000 });
    let delivering: Promise<void> = Promise.resolve();
    before.set('save', async () => {
      delivering = deliver();
      await until(() => gateway.calls.includes('void'));
      before.set('find', async () => {
        before.set('find', async () => 'refused');
        return null;
      });
      return null;
    });
    expect((await again())._unsafeUnwrapErr().type).toBe('DatabaseUnavailable');
    await delivering;
  });
});

describe('a hold that is not there yet', () => {
  it.each<IntentStatus>(['processing', 'unknown'])(
    'is told as "processing" while Stripe calls it %s, and Stripe is not asked again',
    async (status) => {
      const { ports, gateway, authorizing } = memorySystem();
      const escrow = createEscrow({ ...ports, gateway: answering(gateway, { status }) });
      expect((await escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('processing');
      expect((await escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('processing');
      expect(gateway.calls).toEqual(['authorize']);
    },
  );

  it('and that is being reverted by then is told as such to whoever waited for it', async () => {
    const { escrow, gateway, authorizing } = memorySystem({ settings: { waitMs: 1000 } });
    gateway.befall('authorize', { type: 'late', afterMs: 500 });
    gateway.befall('void', { type: 'late', afterMs: 60_000 });
    const first = escrow.authorize(authorizing());
    await until(() => gateway.calls.includes('authorize'));
    const repeat = escrow.authorize(authorizing());
    const reverts = escrow.revert(revert);
    const overtaken = { type: 'OvertakenByAnother', status: 'INITIATING' };
    expect((await repeat)._unsafeUnwrapErr()).toEqual(overtaken);
    expect((await reverts)._unsafeUnwrap().outcome).toBe('processing');
    expect((await first)._unsafeUnwrapErr()).toMatchObject({ status: 'REVERTED' });
  });
});

describe('a webhook', () => {
  it('is to come again where nobody can tell whether it was taken in before', async () => {
    const { escrow, gateway, authorizing, before } = interrupted();
    await escrow.authorize(authorizing());
    gateway.dashboard.capture('pi_1');
    const webhook = gateway.webhooks.at(-1);
    if (webhook === undefined) throw new Error('no webhook');
    before.set('seen', async () => 'refused');
    expect((await escrow.report(webhook))._unsafeUnwrapErr().type).toBe('DatabaseUnavailable');
    expect((await escrow.report(webhook))._unsafeUnwrap()).toBe('changed');
  });
});

describe('an authorize after the hold should have lapsed', () => {
  it('joins it when Stripe says that somebody has captured it in time', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem({ holdMs: 60_000 });
    await escrow.authorize(authorizing());
    gateway.dashboard.capture('pi_1');
    await clock.advance(60_000);
    expect((await escrow.authorize(authorizing()))._unsafeUnwrap()).toMatchObject({
      outcome: 'done',
      payment: { status: 'RELEASED', runnerId: null },
    });
    expect(gateway.intents()).toHaveLength(1);
  });
});
