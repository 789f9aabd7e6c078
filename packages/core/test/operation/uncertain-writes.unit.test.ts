import {
  createEscrow,
  type DatabaseFault,
  type EscrowPorts,
  type IntentSnapshot,
} from '@campusg-pay/core';
import { CARDS, INSTALLATION, memorySystem, until } from '@campusg-pay/core/testing';
import { err } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { interrupted } from '../interrupted.js';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const revert = { payment: order, reason: null, correlationId: 'revert' };
const UNKNOWN: DatabaseFault = {
  type: 'DatabaseUnavailable',
  reason: 'connection lost',
  outcome: 'unknown',
};
const LEASE_MS = 30_000;

type System = ReturnType<typeof memorySystem>;

/** A replica whose next write is rolled back as its connection breaks: it can't know. */
function rollingBack({ ports }: System, instead: () => Promise<unknown> = async () => {}) {
  let broken = false;
  const once = async <Value>(write: () => Value) => {
    if (broken) return write();
    broken = true;
    await instead();
    return err(UNKNOWN);
  };
  const { repository } = ports;
  const unsure: EscrowPorts['repository'] = {
    ...repository,
    claim: (payment) =>
      once(() => repository.claim(payment)) as ReturnType<typeof repository.claim>,
    save: (...change) =>
      once(() => repository.save(...change)) as ReturnType<typeof repository.save>,
  };
  return createEscrow({ ...ports, repository: unsure });
}

describe('a write that was rolled back, of which nobody can know', () => {
  it.each(['release', 'revert'] as const)(
    'makes no call to Stripe for the %s that it was to claim',
    async (command) => {
      const system = memorySystem();
      await system.escrow.authorize(system.authorizing());
      const replica = rollingBack(system);
      const answer = command === 'release' ? replica.release(release) : replica.revert(revert);
      expect((await answer)._unsafeUnwrapErr()).toEqual(UNKNOWN);
      expect(system.gateway.calls).toEqual(['authorize']);
      expect((await system.escrow.find(order))._unsafeUnwrap().operation).toBeNull();
    },
  );

  it('makes no hold that was never written down', async () => {
    const system = memorySystem();
    const replica = rollingBack(system);
    const answer = await replica.authorize(system.authorizing());
    expect(answer._unsafeUnwrapErr()).toEqual(UNKNOWN);
    expect([system.gateway.intents(), system.store.payments()]).toEqual([[], []]);
  });

  it.each([
    ['whose answer was lost', { type: 'answer_lost' }, CARDS.good],
    ['that must be authenticated', null, CARDS.needsAuthentication],
  ] as const)('makes no hold beside the one of another replica, %s', async (_, befalls, card) => {
    const system = memorySystem();
    system.gateway.befall('authorize', befalls);
    const wanted = system.authorizing({ paymentId: 'mine', paymentMethodId: card });
    const replica = rollingBack(system, () => system.escrow.authorize(wanted));
    expect((await replica.authorize(wanted))._unsafeUnwrapErr()).toEqual(UNKNOWN);
    expect(system.gateway.calls).toEqual(['authorize']);
  });

  it.each([
    [
      'another call was claimed',
      async ({ escrow, gateway }: System) => {
        gateway.befall('void', { type: 'unanswered' });
        await escrow.revert(revert);
      },
      ['authorize', 'void'],
    ],
    [
      'the payment was marked for a person',
      async ({ escrow, gateway }: System) => {
        const [webhook] = gateway.webhooks;
        if (webhook?.report.type !== 'intent') throw new Error('no webhook');
        const intent = { ...webhook.report.intent, amountMinor: 1 };
        await escrow.report({ ...webhook, report: { ...webhook.report, intent } });
      },
      ['authorize'],
    ],
  ])('makes no call where instead %s', async (_, instead, calls) => {
    const system = memorySystem({ settings: { waitMs: 100 } });
    await system.escrow.authorize(system.authorizing());
    const replica = rollingBack(system, () => instead(system));
    expect((await replica.release(release))._unsafeUnwrapErr()).toEqual(UNKNOWN);
    expect(system.gateway.calls).toEqual(calls);
  });
});

describe('a write whose answer was lost', () => {
  it('and that another replica has taken over since is left to that one', async () => {
    const { escrow, gateway, clock, authorizing, before } = interrupted({ autoAdvance: false });
    await escrow.authorize(authorizing());
    gateway.befall('capture', { type: 'answer_lost' });
    before.set('save', async () => {
      before.set('find', async () => {
        await clock.advance(LEASE_MS);
        await escrow.resume(10);
        return null;
      });
      return 'answer_lost';
    });
    expect((await escrow.release(release))._unsafeUnwrapErr()).toMatchObject(UNKNOWN);
    expect(gateway.calls).toEqual(['authorize', 'retrieve', 'capture']);
  });

  it('of a revert that waits for its hold is told so, and the revert is carried out', async () => {
    const { escrow, gateway, authorizing, before } = interrupted();
    gateway.befall('authorize', { type: 'late', afterMs: 1000 });
    const authorizes = escrow.authorize(authorizing());
    await until(() => gateway.calls.includes('authorize'));
    before.set('save', async () => 'answer_lost');
    expect((await escrow.revert(revert))._unsafeUnwrapErr()).toMatchObject(UNKNOWN);
    await authorizes;
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('REVERTED');
  });

  it('of a revert whose hold is withdrawn meanwhile is told so: nothing is left to find', async () => {
    const { escrow, gateway, store, clock, authorizing, before } = interrupted({
      autoAdvance: false,
    });
    gateway.befall('authorize', { type: 'unreachable', afterMs: 1000 });
    const authorizes = escrow.authorize(authorizing());
    await until(() => gateway.calls.includes('authorize'));
    before.set('save', async () => {
      before.set('find', async () => {
        await clock.advance(1000);
        return null;
      });
      return 'answer_lost';
    });
    expect((await escrow.revert(revert))._unsafeUnwrapErr()).toMatchObject(UNKNOWN);
    expect((await authorizes).isErr()).toBe(true);
    expect(store.payments()).toEqual([]);
  });
});

describe('a database that did not take a write, and says so', () => {
  it('is told as it is where the customer could not be written down', async () => {
    const { ports, authorizing } = memorySystem();
    const refused = { ...UNKNOWN, outcome: 'not-executed' } as const;
    const remember = async () => err(refused);
    const escrow = createEscrow({ ...ports, customers: { ...ports.customers, remember } });
    const answer = await escrow.authorize(authorizing({ stripeCustomerId: null }));
    expect(answer._unsafeUnwrapErr()).toEqual(refused);
  });

  it.each([
    ['authorize', ['claim']],
    ['release', ['find', 'findRunner', 'save']],
  ] as const)('is not asked again what became of the %s', async (command, trips) => {
    let away = false;
    const { escrow, store, authorizing } = memorySystem({
      beforeStoreCall: async (call) =>
        away && !['find', 'findRunner'].includes(call) ? 'refused' : null,
    });
    if (command === 'release') await escrow.authorize(authorizing());
    const made = store.calls.length;
    away = true;
    const answer =
      command === 'release' ? escrow.release(release) : escrow.authorize(authorizing());
    expect((await answer)._unsafeUnwrapErr().type).toBe('DatabaseUnavailable');
    expect(store.calls.slice(made)).toEqual(trips);
  });
});

describe('a write that others overtake', () => {
  /** A replica that finds, `times` times, that somebody has written since it has read. */
  function overtaken({ ports }: System, times: number) {
    let stale = 0;
    const save: typeof ports.repository.save = async (...change) => {
      if (stale === times) return ports.repository.save(...change);
      stale += 1;
      if (stale > 500) throw new Error('bug: it never ends');
      const current = await ports.repository.find({ paymentId: change[0].payment.id });
      const revision = (current._unsafeUnwrap()?.revision ?? 0) - 1;
      return ports.repository.save({ ...change[0], expectedRevision: revision });
    };
    const escrow = createEscrow({ ...ports, repository: { ...ports.repository, save } });
    return { escrow, tried: () => stale };
  }

  it.each([
    ['release', 'RELEASED'],
    ['revert', 'REVERTED'],
    ['revert of a release', 'REVERTED'],
  ] as const)('is made anew for a %s, as long as that means the same', async (command, status) => {
    const system = memorySystem();
    await system.escrow.authorize(system.authorizing());
    if (command === 'revert of a release') await system.escrow.release(release);
    const { escrow } = overtaken(system, 2);
    const answer = command === 'release' ? escrow.release(release) : escrow.revert(revert);
    expect((await answer)._unsafeUnwrap()).toMatchObject({ outcome: 'done', payment: { status } });
  });

  it('is given up after sixty times, with nothing done and "try again"', async () => {
    const system = memorySystem();
    await system.escrow.authorize(system.authorizing());
    const { escrow, tried } = overtaken(system, Number.POSITIVE_INFINITY);
    expect((await escrow.release(release))._unsafeUnwrapErr()).toMatchObject({
      type: 'DatabaseUnavailable',
      reason: expect.stringContaining('over and over'),
    });
    expect(tried()).toBe(60);
    expect(system.gateway.calls).toEqual(['authorize']);
  });

  it('of a report is told "try again" when it can not be read what the others wrote', async () => {
    const { escrow, gateway, authorizing, before } = interrupted();
    await escrow.authorize(authorizing());
    gateway.dashboard.capture('pi_1');
    const captured = gateway.webhooks.at(-1);
    if (captured === undefined) throw new Error('no webhook');
    before.set('save', async () => {
      await escrow.release(release);
      before.set('find', async () => 'refused');
      return null;
    });
    expect((await escrow.report(captured))._unsafeUnwrapErr().type).toBe('DatabaseUnavailable');
    expect((await escrow.report(captured))._unsafeUnwrap()).toBe('unchanged');
  });

  it('of a report about a payment that is withdrawn meanwhile has nothing to change', async () => {
    const { escrow, gateway, store, clock, authorizing, before } = interrupted({
      autoAdvance: false,
    });
    gateway.befall('authorize', { type: 'unreachable', afterMs: 1000 });
    const authorizes = escrow.authorize(authorizing());
    await until(() => gateway.calls.includes('authorize'));
    const paymentId = store.payments()[0]?.id ?? '';
    before.set('save', async () => {
      await clock.advance(1000);
      return null;
    });
    const event = { id: 'evt_1', type: 'payment_intent.succeeded' };
    const intent: IntentSnapshot = {
      paymentIntentId: 'pi_of_another',
      origin: { installation: INSTALLATION.id, paymentId, orderId: 'order-1' },
      status: 'succeeded',
      amountMinor: 1,
      currency: 'USD',
      receivedMinor: 1,
      refundedMinor: null,
      latestRefunds: null,
      dispute: null,
      captureBefore: null,
      stripeCustomerId: null,
      failure: null,
      cancellationReason: null,
    };
    const report = { type: 'intent', intent, authoritative: false, refused: null } as const;
    const said = await escrow.report({ event, payment: { paymentId }, report });
    expect(said._unsafeUnwrap()).toBe('unchanged');
    expect((await authorizes).isErr()).toBe(true);
    expect(store.payments()).toEqual([]);
  });

  it('is given up for a report after sixty times, and the report may come again', async () => {
    const system = memorySystem();
    const command = system.authorizing({ paymentMethodId: CARDS.needsAuthentication });
    await system.escrow.authorize(command);
    system.gateway.dashboard.cancel('pi_1');
    const [, canceled] = system.gateway.webhooks;
    if (canceled === undefined) throw new Error('no webhook');
    const { escrow, tried } = overtaken(system, Number.POSITIVE_INFINITY);
    expect((await escrow.report(canceled))._unsafeUnwrapErr().type).toBe('DatabaseUnavailable');
    expect(tried()).toBe(60);
    expect((await system.escrow.report(canceled))._unsafeUnwrap()).toBe('changed');
  });
});

describe('a claim of which its maker hears only when another has taken it over', () => {
  it('is left to that one: each attempt is sent once', async () => {
    const { escrow, ports, gateway, clock, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'late', afterMs: 1000 });
    const { repository } = ports;
    const late = createEscrow({
      ...ports,
      repository: {
        ...repository,
        claim: async (payment) => {
          await repository.claim(payment);
          await clock.advance(LEASE_MS);
          void escrow.resume(1);
          await until(() => gateway.calls.includes('authorize'));
          return err(UNKNOWN);
        },
      },
    });
    const answer = (await late.authorize(authorizing()))._unsafeUnwrap();
    expect(answer).toMatchObject({ outcome: 'done', payment: { status: 'AUTHORIZED' } });
    expect(gateway.calls).toEqual(['authorize', 'retrieve']);
  });
});
