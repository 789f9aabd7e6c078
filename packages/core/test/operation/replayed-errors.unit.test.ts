import { CARDS, type MemorySystem, memorySystem, until } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { interrupted } from '../interrupted.js';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const revert = { payment: order, reason: null, correlationId: 'revert' };

const authorize = ({ escrow, authorizing }: MemorySystem) => escrow.authorize(authorizing());

/** Each call with what comes before it, how it is asked for, and what is there in the end. */
const CALLS = {
  authorize: {
    before: async () => {},
    ask: authorize,
    status: 'AUTHORIZED',
    answers: 'authorize',
    asker: 'authorize-1',
    ledger: { holds: 1, captures: 0, voids: 0, refunds: 0 },
  },
  capture: {
    before: authorize,
    ask: ({ escrow }: MemorySystem) => escrow.release(release),
    status: 'RELEASED',
    answers: 'release',
    asker: 'release',
    ledger: { holds: 1, captures: 1, voids: 0, refunds: 0 },
  },
  void: {
    before: authorize,
    ask: ({ escrow }: MemorySystem) => escrow.revert(revert),
    status: 'REVERTED',
    answers: 'revert',
    asker: 'revert',
    ledger: { holds: 1, captures: 0, voids: 1, refunds: 0 },
  },
  refund: {
    before: async (system: MemorySystem) => {
      await authorize(system);
      await system.escrow.release(release);
    },
    ask: ({ escrow }: MemorySystem) => escrow.revert(revert),
    status: 'REVERTED',
    answers: 'revert',
    asker: 'revert',
    ledger: { holds: 1, captures: 1, voids: 0, refunds: 1 },
  },
} as const;

const NAMES = Object.keys(CALLS) as (keyof typeof CALLS)[];

const CASES = NAMES.flatMap((name) => [
  { name, executed: true, how: 'carried out' },
  { name, executed: false, how: 'not carried out' },
]);

describe.each(CASES)(
  'a $name that Stripe keeps failing from memory, $how',
  ({ name, executed }) => {
    const { before, ask, status, ledger, answers, asker } = CALLS[name];

    async function asked(times = 1) {
      const system = interrupted({ settings: { waitMs: 100 } });
      await before(system);
      system.gateway.befall(name, ...Array(times).fill({ type: 'remembered', executed }));
      expect((await ask(system))._unsafeUnwrap().outcome).toBe('processing');
      await system.clock.advance(30_000);
      const settled = async () => {
        const payment = (await system.escrow.find(order))._unsafeUnwrap();
        return { payment, ledger: system.gateway.intents() };
      };
      return { ...system, settled };
    }
    const done = { payment: { status, operation: null, review: null }, ledger: [ledger] };

    it('is healed by resume, to exactly one, which answers whoever asked for it', async () => {
      const { escrow, store, settled } = await asked();
      await escrow.resume(10);
      expect(store.outbox.at(-1)).toMatchObject({ correlationId: asker, answers });
      expect(await settled()).toMatchObject(done);
      expect((await escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 0, bugs: [] });
    });

    it('is healed by a repeat of the command', async () => {
      const system = await asked();
      expect((await ask(system))._unsafeUnwrap().outcome).toBe('done');
      expect(await system.settled()).toMatchObject(done);
    });

    it('is healed in the end though it happens again and again, and Stripe is away between', async () => {
      const { escrow, gateway, clock, settled } = await asked(3);
      gateway.befall('findIntent', { type: 'unreachable' });
      gateway.befall('retrieve', { type: 'unanswered' });
      for (let round = 0; round < 8; round += 1) {
        await escrow.resume(10);
        await clock.advance(75 * 60_000);
      }
      expect(await settled()).toMatchObject(done);
    });

    it('is never called twice under a fresh key while Stripe says that it is done', async () => {
      const { escrow, gateway, store, settled } = await asked();
      await escrow.resume(10);
      const { payment } = await settled();
      const ours = store.journal(payment.id).filter(({ operation }) => operation.kind === name);
      expect(ours.map(({ outcome, detail }) => detail ?? outcome)).toEqual(
        executed ? ['done'] : ['Stripe remembers an error', 'done'],
      );
      expect(gateway.intents()).toHaveLength(1);
      // A PaymentIntent is searched for only where its id is not known.
      expect(gateway.calls.includes('findIntent')).toBe(name === 'authorize');
    });

    it('rests, and is no bug, when the database is away as it is written down', async () => {
      const { escrow, clock, before, settled } = await asked();
      before.set('save', async () => 'refused');
      expect((await escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 1, bugs: [] });
      await clock.advance(2 * 60_000);
      await escrow.resume(10);
      expect(await settled()).toMatchObject(done);
    });
  },
);

describe('a declined hold that Stripe keeps failing from memory', () => {
  it('is found and canceled, and nothing is asked for under a fresh key', async () => {
    const { escrow, gateway, clock, authorizing } = interrupted({ settings: { waitMs: 100 } });
    gateway.befall('authorize', { type: 'remembered', executed: true });
    await escrow.authorize(authorizing({ paymentMethodId: CARDS.declined }));
    await clock.advance(30_000);
    expect((await escrow.resume(10))._unsafeUnwrap().bugs).toEqual([]);
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({
      status: 'FAILED',
      operation: null,
    });
    expect(gateway.intents()).toMatchObject([{ status: 'canceled', voids: 1 }]);
    expect(gateway.calls.filter((call) => call === 'authorize')).toHaveLength(2);
  });
});

describe('a hold that is about to be asked for under a fresh key', () => {
  it('is left alone where somebody has moved the payment on meanwhile', async () => {
    const { escrow, gateway, store, clock, authorizing, before } = interrupted({
      autoAdvance: false,
    });
    gateway.befall('authorize', { type: 'remembered', executed: false });
    await escrow.authorize(authorizing());
    await clock.advance(30_000);
    let reverts: Promise<unknown> = Promise.resolve();
    before.set('save', async () => {
      reverts = escrow.revert(revert);
      await until(() => JSON.stringify(store.payments()).includes('"revertRequested":{'));
      return null;
    });
    expect((await escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 1, bugs: [] });
    expect(gateway.calls).toEqual(['authorize', 'authorize', 'findIntent']);
    await clock.advance(2 * 60_000);
    await reverts;
    await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('REVERTED');
    expect(gateway.intents()).toMatchObject([{ status: 'canceled', voids: 1 }]);
  });
});

describe.each([true, false])(
  'a customer that Stripe keeps failing from memory (made: %s)',
  (made) => {
    it('is found or made anew, once, and pays', async () => {
      const { escrow, gateway, store, authorizing } = memorySystem();
      gateway.befall('createCustomer', { type: 'remembered', executed: made });
      const command = authorizing({ stripeCustomerId: null });
      expect((await escrow.authorize(command)).isErr()).toBe(true);
      expect(store.payments()).toEqual([]);
      const { payment } = (await escrow.authorize(command))._unsafeUnwrap();
      const customers = gateway.customers().filter(({ customerId }) => customerId !== null);
      expect(customers).toMatchObject([{ stripeCustomerId: payment.stripeCustomerId }]);
      expect(gateway.calls).toContain('findCustomer');
    });

    it(`is made once though many ask at once`, async () => {
      const { escrow, gateway, authorizing } = memorySystem();
      gateway.befall('createCustomer', { type: 'remembered', executed: made });
      const asks = (index: number) =>
        authorizing({ orderId: `order-${index}`, stripeCustomerId: null });
      await escrow.authorize(asks(0));
      const all = Array.from({ length: 10 }, (_, index) => escrow.authorize(asks(index)));
      const answers = (await Promise.all(all)).map((one) => one._unsafeUnwrap().payment.status);
      expect(answers).toEqual(Array(10).fill('AUTHORIZED'));
      expect(gateway.customers().filter(({ customerId }) => customerId !== null)).toHaveLength(1);
    });
  },
);
