import { createEscrow } from '@campusg-pay/core';
import { CARDS, idle, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const revert = { payment: order, reason: null, correlationId: 'revert' };
const LOST = { type: 'answer_lost' } as const;
const LEASE_MS = 30_000;

type System = ReturnType<typeof memorySystem>;

/** Each call with what comes before it, how it is asked for, and what is there in the end. */
const CALLS = {
  authorize: {
    before: async () => {},
    ask: ({ escrow, authorizing }: System) => escrow.authorize(authorizing()),
    status: 'AUTHORIZED',
  },
  capture: {
    before: hold,
    ask: ({ escrow }: System) => escrow.release(release),
    status: 'RELEASED',
  },
  void: { before: hold, ask: ({ escrow }: System) => escrow.revert(revert), status: 'REVERTED' },
  refund: {
    before: async (system: System) => {
      await hold(system);
      await system.escrow.release(release);
    },
    ask: ({ escrow }: System) => escrow.revert(revert),
    status: 'REVERTED',
  },
} as const;

const NAMES = Object.keys(CALLS) as (keyof typeof CALLS)[];

describe.each(NAMES)('a slow %s that certainly never reached Stripe', (name) => {
  const { before, ask, status } = CALLS[name];

  /** The first try finds out after its lease was taken over, by which time there was a second. */
  async function slow(second: typeof LOST | null) {
    const system = memorySystem({ autoAdvance: false });
    await before(system);
    const tries = () => system.gateway.calls.filter((call) => call === name).length;
    system.gateway.befall(name, { type: 'unreachable', afterMs: LEASE_MS + 10_000 }, second);
    const first = ask(system);
    await system.clock.advance(LEASE_MS);
    await system.escrow.resume(10);
    expect(tries()).toBe(2);
    await system.clock.advance(10_000);
    return { ...system, first: await first, tries };
  }
  const recorded = async ({ escrow }: System) => (await escrow.find(order))._unsafeUnwrap();

  it('is not taken back where another replica has done it meanwhile', async () => {
    const system = await slow(null);
    expect(system.first._unsafeUnwrap().outcome).toBe('processing');
    expect(await recorded(system)).toMatchObject({ status, operation: null });
    expect(system.gateway.intents()).toHaveLength(1);
    expect((await ask(system))._unsafeUnwrap().outcome).toBe('done');
  });

  it('is not taken back where another replica may have done it meanwhile', async () => {
    const system = await slow(LOST);
    expect(system.first._unsafeUnwrap().outcome).toBe('processing');
    expect((await recorded(system)).operation).toMatchObject({ attempts: 2 });
    await system.clock.advance(2 * 60_000);
    await system.escrow.resume(10);
    expect(await recorded(system)).toMatchObject({ status, operation: null });
    expect(system.gateway.intents()).toHaveLength(1);
  });
});

describe('a hold that never reached Stripe', () => {
  it('is not taken back where its lease was taken over in the very last moment', async () => {
    let withdrawals = 0;
    const system: System = memorySystem({
      autoAdvance: false,
      beforeStoreCall: async (call) => {
        if (call === 'withdraw') withdrawals += 1;
        // The revert that came meanwhile makes the first withdrawal stale; before the second one
        // gets there, another replica has taken over and made the hold, and lost the answer.
        if (call === 'withdraw' && withdrawals === 2) {
          await system.clock.advance(LEASE_MS);
          await system.escrow.resume(10);
        }
        return null;
      },
    });
    const { escrow, gateway, clock, authorizing } = system;
    gateway.befall('authorize', { type: 'unreachable', afterMs: 1000 }, LOST);
    const authorizes = escrow.authorize(authorizing());
    await idle();
    const reverts = escrow.revert(revert);
    await clock.advance(1000);
    expect((await authorizes)._unsafeUnwrap().outcome).toBe('processing');
    expect(withdrawals).toBe(2);
    expect(gateway.intents()).toMatchObject([{ status: 'requires_capture', holds: 1 }]);
    await clock.advance(2 * 60_000);
    await reverts;
    await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('REVERTED');
    expect(gateway.intents()).toMatchObject([{ status: 'canceled' }]);
  });

  it('is not taken back by whoever heard of its own claim too late to be the first', async () => {
    let rereading = false;
    const system: System = memorySystem({
      autoAdvance: false,
      beforeStoreCall: async (call) => {
        if (call === 'claim') return 'answer_lost';
        // Before the claim is looked for, another replica has taken it over, and made the hold.
        if (call === 'find' && !rereading) {
          rereading = true;
          await system.clock.advance(LEASE_MS);
          await system.escrow.resume(10);
        }
        return null;
      },
    });
    const { escrow, gateway, clock, authorizing } = system;
    gateway.befall('authorize', LOST, { type: 'unreachable' });
    expect((await escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('processing');
    expect(gateway.intents()).toMatchObject([{ status: 'requires_capture', holds: 1 }]);
    await clock.advance(2 * 60_000);
    await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
  });
});

describe('a cancel that a report left owing', () => {
  it('stays owed when it never reached Stripe, as nobody asked for it who could be told', async () => {
    const { escrow, gateway, clock, deliver, authorizing } = memorySystem();
    await escrow.authorize(authorizing({ paymentMethodId: CARDS.needsAuthentication }));
    gateway.customer.fail('pi_1');
    gateway.befall('void', { type: 'unreachable' });
    await deliver();
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({
      status: 'INITIATING',
      operation: { kind: 'void' },
    });
    await clock.advance(LEASE_MS);
    await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('FAILED');
    expect(gateway.intents()).toMatchObject([{ status: 'canceled' }]);
  });
});

describe('a call that is made again', () => {
  it('rests, and is no bug, when Stripe can not be asked what came of the first time', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    gateway.befall('authorize', LOST);
    await escrow.authorize(authorizing());
    gateway.befall('retrieve', { type: 'unanswered' });
    await clock.advance(LEASE_MS);
    expect((await escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 1, bugs: [] });
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('INITIATING');
    await clock.advance(2 * 60_000);
    expect((await escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 1, bugs: [] });
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
  });

  it('is no bug when its PaymentIntent can not be found: the answer stands', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    gateway.befall('authorize', LOST);
    await escrow.authorize(authorizing());
    gateway.misplace('pi_1');
    await clock.advance(LEASE_MS);
    expect((await escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 1, bugs: [] });
    const payment = (await escrow.find(order))._unsafeUnwrap();
    expect(payment).toMatchObject({ paymentIntentId: 'pi_1', operation: null });
  });

  it('is made however old it is, where a PaymentIntent can take it only once', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.befall('capture', { type: 'unanswered' });
    await escrow.release(release);
    await clock.advance(48 * 60 * 60_000);
    await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('RELEASED');
    expect(gateway.intents()).toMatchObject([{ captures: 1 }]);
  });

  it('starts over once a round only, should Stripe fail the fresh key from memory too', async () => {
    const { ports, gateway, clock, escrow, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'remembered', executed: false });
    await escrow.authorize(authorizing());
    let tries = 0;
    const failing = createEscrow({
      ...ports,
      gateway: {
        ...gateway,
        perform: async (call) => {
          tries += 1;
          if (tries > 5) throw new Error('bug: it never ends');
          const operation = { ...call.operation, key: `${call.operation.key}-again` };
          gateway.befall('authorize', { type: 'remembered', executed: false });
          await gateway.perform({ ...call, operation });
          return gateway.perform({ ...call, operation });
        },
      },
    });
    await clock.advance(LEASE_MS);
    expect((await failing.resume(10))._unsafeUnwrap()).toEqual({ taken: 1, bugs: [] });
    expect(tries).toBe(2);
  });

  it('rests, and is no bug, when Stripe is away before it can be started over', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'remembered', executed: false });
    await escrow.authorize(authorizing());
    gateway.befall('findIntent', { type: 'unreachable' });
    await clock.advance(LEASE_MS);
    expect((await escrow.resume(10))._unsafeUnwrap()).toEqual({ taken: 1, bugs: [] });
    await clock.advance(2 * 60_000);
    await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
  });
});

function hold({ escrow, authorizing }: System) {
  return escrow.authorize(authorizing());
}
