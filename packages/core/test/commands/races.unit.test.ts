import { createEscrow } from '@campusg-pay/core';
import { CARDS, memorySystem, until, usd } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const MANY = 20;
const order = { orderId: 'order-1' };
const release = (runnerId = 'runner-1') => ({ payment: order, runnerId, correlationId: 'release' });
const revert = { payment: order, reason: null, correlationId: 'revert' };

describe(`${MANY} authorizes of one order at once`, () => {
  it('make one hold, and all are told of it', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    const answers = await many(() => escrow.authorize(authorizing()));
    const payments = answers.map((one) => one._unsafeUnwrap().payment);
    expect(new Set(payments.map(({ id }) => id)).size).toBe(1);
    expect(new Set(payments.map(({ status }) => status))).toEqual(new Set(['AUTHORIZED']));
    expect(gateway.intents()).toMatchObject([{ holds: 1 }]);
    expect(gateway.calls).toEqual(['authorize']);
  });

  it('of different amounts make one hold, and the others are refused', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    let amount = 1000;
    const answers = await many(() => {
      amount += 1;
      return escrow.authorize(authorizing({ amount: usd(amount) }));
    });
    expect(answers.filter((one) => one.isOk())).toHaveLength(1);
    const refused = answers.filter((one) => one.isErr()).map((one) => one.error);
    expect(refused).toEqual(
      Array(MANY - 1).fill({ type: 'Contradiction', status: 'INITIATING', field: 'order.amount' }),
    );
    expect(gateway.intents()).toHaveLength(1);
  });

  it('with a declined card are all told so, and no hold is left', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    const command = authorizing({ paymentMethodId: CARDS.declined });
    const answers = await many(() => escrow.authorize(command));
    expect(answers.map((one) => one._unsafeUnwrapErr().type)).toEqual(
      Array(MANY).fill('NotAuthorized'),
    );
    expect(
      gateway.intents().every(({ status, holds }) => status === 'canceled' && holds === 0),
    ).toBe(true);
  });

  it('whose customer must act are all told what to do', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    const command = authorizing({ paymentMethodId: CARDS.needsAuthentication });
    const answers = await many(() => escrow.authorize(command));
    const actions = answers.map((one) => one._unsafeUnwrap());
    expect(actions).toMatchObject(
      Array(MANY).fill({ outcome: 'requires_action', action: { clientSecret: 'pi_1_secret' } }),
    );
    expect(gateway.intents()).toHaveLength(1);
  });

  it('that take longer than one may wait are told "processing", but for the first', async () => {
    const { escrow, gateway, authorizing } = memorySystem({ settings: { waitMs: 100 } });
    gateway.befall('authorize', { type: 'late', afterMs: 5000 });
    const answers = await many(() => escrow.authorize(authorizing()));
    const outcomes = answers.map((one) => one._unsafeUnwrap().outcome);
    expect(outcomes).toEqual(['done', ...Array(MANY - 1).fill('processing')]);
  });
});

describe(`${MANY} authorizes for one new user at once`, () => {
  it('make one Stripe customer, and a hold for each order', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    const before = gateway.customers().length;
    let order = 0;
    const answers = await many(() => {
      order += 1;
      return escrow.authorize(authorizing({ orderId: `order-${order}`, stripeCustomerId: null }));
    });
    const customers = answers.map((one) => one._unsafeUnwrap().payment.stripeCustomerId);
    expect(new Set(customers).size).toBe(1);
    expect(gateway.customers()).toHaveLength(before + 1);
    expect(gateway.intents()).toHaveLength(MANY);
  });
});

describe(`${MANY} releases at once`, () => {
  it('capture once, and all are told of it', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    const answers = await many(() => escrow.release(release()));
    expect(answers.map((one) => one._unsafeUnwrap().outcome)).toEqual(Array(MANY).fill('done'));
    expect(gateway.intents()).toMatchObject([{ captures: 1 }]);
    expect(gateway.calls).toEqual(['authorize', 'capture']);
  });

  it('for different runners pay one of them, and refuse the others', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    let runner = 0;
    const answers = await many(() => {
      runner += 1;
      return escrow.release(release(`runner-${runner}`));
    });
    expect(answers.filter((one) => one.isOk())).toHaveLength(1);
    const refused = answers.filter((one) => one.isErr()).map((one) => one.error);
    expect(refused).toMatchObject(
      Array(MANY - 1).fill({ type: 'Contradiction', field: 'runnerId' }),
    );
    expect(gateway.intents()).toMatchObject([{ captures: 1 }]);
  });
});

describe(`${MANY} reverts at once`, () => {
  it('of a hold let it go once', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    const answers = await many(() => escrow.revert(revert));
    expect(answers.map((one) => one._unsafeUnwrap().outcome)).toEqual(Array(MANY).fill('done'));
    expect(gateway.intents()).toMatchObject([{ voids: 1 }]);
  });

  it('of a release refund it once', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    await escrow.release(release());
    const answers = await many(() => escrow.revert(revert));
    expect(answers.map((one) => one._unsafeUnwrap().outcome)).toEqual(Array(MANY).fill('done'));
    expect(gateway.intents()).toMatchObject([{ refunds: 1, refundedMinor: 2098 }]);
  });
});

describe('a release racing a revert', () => {
  it.each([
    ['a release first', 0, 'RELEASED', { captures: 1, voids: 0, status: 'succeeded' }],
    ['a revert first', 1, 'REVERTED', { captures: 0, voids: 1, status: 'canceled' }],
  ] as const)(
    '%s: one wins, the other is refused, and Stripe agrees',
    async (_, reverts, status, ledger) => {
      const { escrow, gateway, store, authorizing } = memorySystem();
      await escrow.authorize(authorizing());
      const commands = [() => escrow.release(release()), () => escrow.revert(revert)] as const;
      const written = store.calls.length;
      const first = commands[reverts]();
      while (!store.calls.slice(written).includes('save')) await Promise.resolve();
      const second = commands[1 - reverts]?.();
      expect((await first)._unsafeUnwrap()).toMatchObject({ outcome: 'done', payment: { status } });
      const refused = (await second)?._unsafeUnwrapErr();
      expect(['WrongStatus', 'OperationInProgress', 'OvertakenByAnother']).toContain(refused?.type);
      expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({ status, operation: null });
      expect(gateway.intents()).toMatchObject([ledger]);
    },
  );

  it('with the capture under way: the revert is refused, not turned into a refund', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.befall('capture', { type: 'late', afterMs: 1000 });
    const releases = escrow.release(release());
    while (!gateway.calls.includes('capture')) await Promise.resolve();
    const reverts = escrow.revert(revert);
    expect((await reverts)._unsafeUnwrapErr()).toMatchObject({
      type: 'OperationInProgress',
      status: 'AUTHORIZED',
      kind: 'capture',
    });
    expect((await releases)._unsafeUnwrap().outcome).toBe('done');
    expect(gateway.intents()).toMatchObject([{ captures: 1, refunds: 0 }]);
  });

  it('that read the hold before the release was written is refused, not turned into a refund', async () => {
    let reads = 0;
    let letRevertRead = () => {};
    const released = new Promise<void>((resolve) => {
      letRevertRead = resolve;
    });
    const { escrow, gateway, authorizing } = memorySystem({
      beforeStoreCall: async (call) => {
        // The revert has read the hold; its write waits until the release is through.
        if (call === 'save' && reads === 1) {
          reads = 2;
          await released;
        }
        if (call === 'find' && reads === 0) reads = 1;
        return null;
      },
    });
    reads = 9;
    await escrow.authorize(authorizing());
    reads = 0;
    const reverts = escrow.revert(revert);
    await until(() => reads === 2);
    expect((await escrow.release(release()))._unsafeUnwrap().outcome).toBe('done');
    letRevertRead();
    expect((await reverts)._unsafeUnwrapErr()).toEqual({
      type: 'OvertakenByAnother',
      status: 'RELEASED',
    });
    expect(gateway.intents()).toMatchObject([{ captures: 1, refunds: 0 }]);
  });
});

function many<Answer>(call: () => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: MANY }, call));
}

describe('a decline that a webhook tells before the reply', () => {
  it('is answered once the payment has FAILED, whoever cancels the PaymentIntent', async () => {
    const { ports, gateway, clock, authorizing, deliver } = memorySystem({ autoAdvance: false });
    gateway.befall('void', { type: 'late', afterMs: 500 });
    let delivering: Promise<void> | undefined;
    const perform: typeof gateway.perform = async (call) => {
      const reply = await gateway.perform(call);
      delivering = deliver();
      await until(() => gateway.calls.includes('void'));
      return reply;
    };
    const escrow = createEscrow({ ...ports, gateway: { ...gateway, perform } });
    const answering = escrow.authorize(authorizing({ paymentMethodId: CARDS.declined }));
    // The cancel is under way, and whoever asked for the hold waits for its end.
    await until(() => clock.sleepers === 2);
    await clock.advance(1000);
    await delivering;
    expect((await answering)._unsafeUnwrapErr()).toMatchObject({
      type: 'NotAuthorized',
      payment: { status: 'FAILED' },
    });
    expect(gateway.calls).toEqual(['authorize', 'retrieve', 'void']);
  });
});
