import type { Escrow } from '@campusg-pay/core';
import { CARDS, type GatewayCallName, idle, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const revert = { payment: order, reason: null, correlationId: 'revert' };
const HOUR_MS = 60 * 60 * 1000;

type System = ReturnType<typeof memorySystem>;

/** Each command with what must have happened before it, and what there is once it is done. */
const COMMANDS: Readonly<
  Record<
    string,
    {
      before: (system: System) => Promise<unknown>;
      command: (escrow: Escrow, system: System) => ReturnType<Escrow['release']>;
      call: GatewayCallName;
      status: string;
      ledger: object;
    }
  >
> = {
  authorize: {
    before: async () => {},
    command: (escrow, { authorizing }) => escrow.authorize(authorizing()),
    call: 'authorize',
    status: 'AUTHORIZED',
    ledger: { holds: 1, captures: 0, voids: 0, refunds: 0 },
  },
  release: {
    before: ({ escrow, authorizing }) => escrow.authorize(authorizing()),
    command: (escrow) => escrow.release(release),
    call: 'capture',
    status: 'RELEASED',
    ledger: { holds: 1, captures: 1, voids: 0, refunds: 0 },
  },
  'revert of a hold': {
    before: ({ escrow, authorizing }) => escrow.authorize(authorizing()),
    command: (escrow) => escrow.revert(revert),
    call: 'void',
    status: 'REVERTED',
    ledger: { holds: 1, captures: 0, voids: 1, refunds: 0 },
  },
  'revert of a release': {
    before: async ({ escrow, authorizing }) => {
      await escrow.authorize(authorizing());
      await escrow.release(release);
    },
    command: (escrow) => escrow.revert(revert),
    call: 'refund',
    status: 'REVERTED',
    ledger: { holds: 1, captures: 1, voids: 0, refunds: 1 },
  },
};

describe.each(Object.keys(COMMANDS))('the command %s', (name) => {
  const { before, command, call, status, ledger } = COMMANDS[name] as (typeof COMMANDS)[string];

  async function prepared(options: Parameters<typeof memorySystem>[0] = {}) {
    const system = memorySystem({ settings: { waitMs: 100 }, ...options });
    await before(system);
    const again = () => command(system.escrow, system);
    const settled = async () => {
      const payment = (await system.escrow.find(order))._unsafeUnwrap();
      return { status: payment.status, owes: payment.operation, ledger: system.gateway.intents() };
    };
    return { ...system, again, settled };
  }
  const done = { status, owes: null, ledger: [ledger] };

  it.each(['answer_lost', 'unanswered'] as const)(
    'with its answer %s is processing, and finished by resume, once',
    async (type) => {
      const { gateway, escrow, clock, again, settled } = await prepared();
      gateway.befall(call, { type });
      expect((await again())._unsafeUnwrap().outcome).toBe('processing');
      expect((await escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 0, bugs: [] });
      await clock.advance(30_000);
      expect((await escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 1, bugs: [] });
      expect(await settled()).toMatchObject(done);
      expect((await escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 0, bugs: [] });
    },
  );

  it('with its answer lost is finished by a repeat, once, and at once', async () => {
    const { gateway, again, settled } = await prepared();
    gateway.befall(call, { type: 'answer_lost' });
    await again();
    expect((await again())._unsafeUnwrap().outcome).toBe('done');
    expect(await settled()).toMatchObject(done);
  });

  it('with its answer lost is finished by one of many repeats, once', async () => {
    const { gateway, clock, again, settled } = await prepared({ settings: { waitMs: 5000 } });
    gateway.befall(call, { type: 'answer_lost' });
    await again();
    await clock.advance(30_000);
    const repeats = await Promise.all(Array.from({ length: 20 }, again));
    expect(repeats.map((one) => one._unsafeUnwrap().outcome)).toEqual(Array(20).fill('done'));
    expect(await settled()).toMatchObject(done);
  });

  it('with its answer lost many times over is finished in the end, once', async () => {
    const { gateway, escrow, clock, settled, again } = await prepared();
    const lost = Array(5).fill({ type: 'answer_lost' } as const);
    gateway.befall(call, ...lost);
    gateway.befall('retrieve', ...lost);
    await again();
    // Each time it rests twice as long, an hour at most.
    for (let round = 0; round < 12; round += 1) {
      await clock.advance(75 * 60_000);
      await escrow.resume(10);
    }
    expect(await settled()).toMatchObject(done);
  });

  it('with its answer lost is finished by the webhook', async () => {
    const { deliver, gateway, again, settled } = await prepared();
    await deliver();
    gateway.befall(call, { type: 'answer_lost' });
    await again();
    await deliver();
    expect(await settled()).toMatchObject(done);
  });

  it('that never reached Stripe says so, is never done later, and may be repeated at once', async () => {
    const { gateway, escrow, clock, evidence, again, settled } = await prepared();
    const before = evidence();
    gateway.befall(call, { type: 'unreachable' });
    expect((await again())._unsafeUnwrapErr()).toMatchObject({
      type: 'GatewayUnavailable',
      executed: 'no',
    });
    await clock.advance(2 * HOUR_MS);
    expect((await escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 0, bugs: [] });
    const { payments, ...after } = evidence();
    expect(after).toEqual({ ...before, payments: undefined });
    expect(payments.map(({ status, operation }) => [status, operation])).toEqual(
      before.payments.map(({ status }) => [status, null]),
    );
    expect((await again())._unsafeUnwrap().outcome).toBe('done');
    expect(await settled()).toMatchObject(done);
  });

  it('that outlives its lease is taken over, and done once', async () => {
    const { gateway, escrow, clock, again, settled } = await prepared({ autoAdvance: false });
    gateway.befall(call, { type: 'late', afterMs: 60_000 });
    const slow = again();
    await clock.advance(30_000);
    await escrow.resume(10);
    expect(await settled()).toMatchObject(done);
    await clock.advance(30_000);
    expect((await slow)._unsafeUnwrap().outcome).toBe('done');
    expect(await settled()).toMatchObject(done);
  });

  it.each(['refused', 'answer_lost'] as const)(
    'whose every write is %s once is finished all the same, once',
    async (type) => {
      for (const failing of [0, 1, 2]) {
        let writes = Number.NEGATIVE_INFINITY;
        const { escrow, clock, again, settled } = await prepared({
          beforeStoreCall: async (one) => {
            if (one !== 'save' && one !== 'claim') return null;
            writes += 1;
            return writes === failing + 1 ? type : null;
          },
        });
        writes = 0;
        const first = await again();
        if (first.isErr()) expect(first.error.type).toBe('DatabaseUnavailable');
        writes = 99;
        await clock.advance(30_000);
        await escrow.resume(10);
        expect((await again())._unsafeUnwrap().outcome).toBe('done');
        expect(await settled()).toMatchObject(done);
      }
    },
  );
});

describe('a hold that was asked for long ago', () => {
  it('is never asked for again, as that could hold twice', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem({ settings: { waitMs: 100 } });
    gateway.befall('authorize', { type: 'answer_lost' });
    await escrow.authorize(authorizing());
    await clock.advance(23 * HOUR_MS);
    await escrow.resume(10);
    expect(gateway.calls).toEqual(['authorize', 'findIntent']);
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({
      status: 'AUTHORIZED',
      paymentIntentId: 'pi_1',
      operation: null,
    });
    expect(gateway.intents()).toMatchObject([{ holds: 1 }]);
  });

  it('and was never made ends FAILED, and the order can be paid again', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'unanswered' });
    const first = (await escrow.authorize(authorizing()))._unsafeUnwrap().payment;
    await clock.advance(48 * HOUR_MS);
    await escrow.resume(10);
    expect((await escrow.find({ paymentId: first.id }))._unsafeUnwrap()).toMatchObject({
      status: 'FAILED',
      failure: { code: 'never_reached_stripe' },
      operation: null,
    });
    const second = (await escrow.authorize(authorizing()))._unsafeUnwrap().payment;
    expect(second).toMatchObject({ status: 'AUTHORIZED', attempt: 2 });
    expect(gateway.intents()).toMatchObject([{ holds: 1 }]);
  });

  it('is not given up while Stripe can not be searched', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'answer_lost' });
    await escrow.authorize(authorizing());
    await clock.advance(48 * HOUR_MS);
    gateway.befall('findIntent', { type: 'unreachable' });
    await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('INITIATING');
    await clock.advance(2 * HOUR_MS);
    await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
  });

  it('is asked for again just before', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'answer_lost' });
    await escrow.authorize(authorizing());
    await clock.advance(23 * HOUR_MS - 1);
    await escrow.resume(10);
    expect(gateway.calls.filter((call) => call === 'authorize')).toHaveLength(2);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
    expect(gateway.intents()).toMatchObject([{ holds: 1 }]);
  });

  it('is found again by its webhook', async () => {
    const { escrow, deliver, gateway, clock, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'answer_lost' });
    await escrow.authorize(authorizing());
    await clock.advance(48 * HOUR_MS);
    await deliver();
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
  });
});

describe('a lost capture, long after Stripe has forgotten its key', () => {
  it('is looked up before it is made again', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.befall('capture', { type: 'answer_lost' });
    await escrow.release(release);
    await clock.advance(48 * HOUR_MS);
    await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('RELEASED');
    expect(gateway.calls.filter((call) => call === 'capture')).toHaveLength(1);
  });
});

describe('a call that is taken over', () => {
  it('is left to whoever moved the payment on meanwhile', async () => {
    const { escrow, deliver, gateway, clock, authorizing } = memorySystem({ autoAdvance: false });
    await escrow.authorize(authorizing());
    gateway.befall('capture', { type: 'answer_lost' });
    await escrow.release(release);
    await clock.advance(30_000);
    gateway.befall('retrieve', { type: 'late', afterMs: 1000 });
    gateway.befall('refund', { type: 'late', afterMs: 5000 });
    const resumes = escrow.resume(10);
    await idle();
    await deliver();
    const reverts = escrow.revert(revert);
    await idle();
    const { operation } = (await escrow.find(order))._unsafeUnwrap();
    await clock.advance(2000);
    await resumes;
    // Nor is its lease touched.
    expect((await escrow.find(order))._unsafeUnwrap().operation).toEqual(operation);
    await clock.advance(3000);
    await reverts;
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('REVERTED');
    expect(gateway.calls.filter((call) => call === 'refund')).toHaveLength(1);
  });
});

describe('while Stripe is away', () => {
  it('nothing becomes FAILED, and everything ends once it is back', async () => {
    let away = true;
    const { escrow, gateway, clock, authorizing } = memorySystem({
      settings: { waitMs: 10 },
      gatewayTrouble: () => (away ? { type: 'unanswered' } : null),
    });
    for (let order = 1; order <= 5; order += 1) {
      const answer = await escrow.authorize(authorizing({ orderId: `order-${order}` }));
      expect(answer._unsafeUnwrap().outcome).toBe('processing');
    }
    for (let round = 0; round < 5; round += 1) {
      await clock.advance(30_000);
      await escrow.resume(10);
    }
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('INITIATING');
    away = false;
    await clock.advance(HOUR_MS);
    await escrow.resume(10);
    expect(gateway.intents()).toMatchObject(Array(5).fill({ holds: 1 }));
  });

  it('a status is told as it is recorded', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing({ paymentMethodId: CARDS.needsAuthentication }));
    gateway.befall('retrieve', { type: 'unanswered' });
    expect((await escrow.check(order))._unsafeUnwrap()).toMatchObject({ requiresAction: true });
  });
});
