import { createEscrow } from '@campusg-pay/core';
import { CARDS, memorySystem, SETTINGS, until } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const LOST = { type: 'answer_lost' } as const;
const UNANSWERED = { type: 'unanswered' } as const;
/** As the service runs. */
const LOOKS_AT_ONCE = 3;

type Options = NonNullable<Parameters<typeof memorySystem>[0]>;

function prepared({ settings, ...options }: Options = {}) {
  const system = memorySystem({
    settings: { looksAtOnce: LOOKS_AT_ONCE, ...settings },
    ...options,
  });
  const { escrow, clock, gateway } = system;
  const began = clock.now().getTime();
  return {
    ...system,
    payment: async () => (await escrow.find(order))._unsafeUnwrap(),
    tookMs: () => clock.now().getTime() - began,
    calls: (name: string) => gateway.calls.filter((call) => call === name).length,
  };
}

describe('whoever has made a call and does not know how it ended', () => {
  it('asks again at once, and answers with what came of it', async () => {
    const { escrow, gateway, authorizing, payment, tookMs, calls } = prepared();
    gateway.befall('authorize', LOST);
    expect((await escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('done');
    gateway.befall('capture', LOST);
    expect((await escrow.release(release))._unsafeUnwrap().outcome).toBe('done');
    expect(await payment()).toMatchObject({ status: 'RELEASED', operation: null });
    expect(tookMs()).toBe(0);
    expect([calls('authorize'), calls('capture')]).toEqual([2, 1]);
    expect(gateway.intents()).toMatchObject([{ holds: 1, captures: 1 }]);
  });

  it('asks a few times, then says "processing" and lets go for a second or two', async () => {
    const { escrow, clock, authorizing, payment, calls, tookMs } = prepared({
      gatewayTrouble: (call) => (call === 'authorize' ? UNANSWERED : null),
    });
    expect((await escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('processing');
    expect(calls('authorize')).toBe(1 + LOOKS_AT_ONCE);
    expect(tookMs()).toBeLessThan(1_000);
    const { operation } = await payment();
    expect(operation).toMatchObject({ resting: true, attempts: 1 + LOOKS_AT_ONCE });
    const restMs = (operation?.leaseUntil.getTime() ?? 0) - clock.now().getTime();
    expect(restMs).toBeGreaterThan(0);
    expect(restMs).toBeLessThan(4_000);
  });

  it('lets go however often others write to the payment meanwhile, as long as the call is open', async () => {
    const {
      escrow: made,
      ports,
      authorizing,
      payment,
    } = prepared({
      gatewayTrouble: (call) => (call === 'capture' || call === 'retrieve' ? UNANSWERED : null),
    });
    await made.authorize(authorizing());
    const { repository } = ports;
    let overtaken = 0;
    const escrow = createEscrow({
      ...ports,
      repository: {
        ...repository,
        save: async (change, webhook) => {
          if (change.leased?.resting !== true || overtaken === 12)
            return repository.save(change, webhook);
          overtaken += 1;
          return ok('stale');
        },
      },
    });
    expect((await escrow.release(release))._unsafeUnwrap().outcome).toBe('processing');
    expect(overtaken).toBe(12);
    expect((await payment()).operation).toMatchObject({ kind: 'capture', resting: true });
  });

  it('does not ask at once where its caller has no patience left, and lets go all the same', async () => {
    const { escrow, gateway, clock, authorizing, payment, calls } = prepared();
    gateway.befall('authorize', { type: 'answer_lost', afterMs: SETTINGS.waitMs });
    expect((await escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('processing');
    expect(calls('authorize')).toBe(1);
    expect((await escrow.resume(10))._unsafeUnwrap().taken).toBe(0);
    await clock.advance(1_250);
    expect((await escrow.resume(10))._unsafeUnwrap().taken).toBe(1);
    expect(await payment()).toMatchObject({ status: 'AUTHORIZED', operation: null });
  });

  it('knows that it let go where that could not be written down', async () => {
    let saves = 0;
    const { escrow, gateway, authorizing, payment, tookMs } = prepared({
      beforeStoreCall: async (call) => {
        if (call === 'save') saves += 1;
        return call === 'save' && saves === 1 ? 'refused' : null;
      },
    });
    gateway.befall('authorize', LOST);
    expect((await escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('done');
    expect(await payment()).toMatchObject({ status: 'AUTHORIZED', operation: null });
    expect(tookMs()).toBe(0);
  });
});

describe('whoever finds that the end is written down already', () => {
  const asking = { paymentMethodId: CARDS.needsAuthentication };

  it('in the write whose answer was lost still tells what the customer must do', async () => {
    let saves = 0;
    const { escrow, gateway, authorizing } = prepared({
      beforeStoreCall: async (call) => {
        if (call === 'save') saves += 1;
        return call === 'save' && saves === 1 ? 'answer_lost' : null;
      },
    });
    gateway.befall('retrieve', { type: 'unreachable' });
    const answer = (await escrow.authorize(authorizing(asking)))._unsafeUnwrap();
    expect(answer).toMatchObject({ outcome: 'requires_action', payment: { operation: null } });
  });

  it('by a webhook does not tell that nothing happened where Stripe can not be asked how to go on', async () => {
    let isTold = false;
    const system = prepared({
      network: async () => {
        // The webhook is faster than the answer.
        if (isTold || system.gateway.webhooks.length === 0) return;
        isTold = true;
        await system.deliver();
      },
    });
    system.gateway.befall('authorize', LOST);
    system.gateway.befall('retrieve', { type: 'unreachable' });
    const answer = (await system.escrow.authorize(system.authorizing(asking)))._unsafeUnwrap();
    expect(answer).toMatchObject({ outcome: 'processing', payment: { requiresAction: true } });
  });
});

describe('a call that was let go of', () => {
  /** Its answer was lost, and nobody asked at once. */
  async function resting() {
    const system = prepared({ settings: { looksAtOnce: 0 } });
    await system.escrow.authorize(system.authorizing());
    system.gateway.befall('capture', LOST);
    await system.escrow.release(release);
    expect(await system.payment()).toMatchObject({ operation: { resting: true } });
    return system;
  }

  it('is looked at by a repeat at once', async () => {
    const { escrow, tookMs } = await resting();
    expect((await escrow.release(release))._unsafeUnwrap().outcome).toBe('done');
    expect(tookMs()).toBe(0);
  });

  it('is looked at by a status poll at once, whatever the status', async () => {
    const { escrow, gateway, payment } = await resting();
    const asked = gateway.calls.length;
    expect((await escrow.check(order))._unsafeUnwrap().status).toBe('RELEASED');
    expect(gateway.calls.slice(asked)).toEqual(['retrieve']);
    expect(await payment()).toMatchObject({ operation: null });
  });

  it('is not looked at by a repeat while somebody works on it', async () => {
    const { escrow, gateway, clock, calls } = await resting();
    gateway.befall('retrieve', { type: 'late', afterMs: 1_000 });
    const polls = escrow.check(order);
    await until(() => calls('retrieve') === 1);
    expect((await escrow.release(release))._unsafeUnwrap().outcome).toBe('done');
    await polls;
    expect(calls('retrieve')).toBe(1);
    expect(clock.now().getTime()).toBeGreaterThan(0);
  });
});

describe('the budget of looks', () => {
  it('bounds how often Stripe is asked in a second, whoever wants to know', async () => {
    const { escrow, gateway, clock, authorizing, payment } = prepared({
      settings: { looksAtOnce: 0 },
      looksPerSecond: 5,
    });
    gateway.befall('authorize', ...Array(12).fill(LOST));
    const orderIds = Array.from({ length: 12 }, (_, index) => `order-${index + 1}`);
    for (const orderId of orderIds) await escrow.authorize(authorizing({ orderId }));
    await clock.advance(1_250);
    const taken = async () => (await escrow.resume(10))._unsafeUnwrap().taken;
    expect([await taken(), await taken()]).toEqual([5, 0]);
    await escrow.check({ orderId: 'order-12' });
    expect(gateway.calls.filter((call) => call === 'authorize')).toHaveLength(12 + 5);
    await clock.advance(1_000);
    expect([await taken(), await taken()]).toEqual([5, 0]);
    await clock.advance(1_000);
    expect([await taken(), await taken()]).toEqual([2, 0]);
    expect(await payment()).toMatchObject({ status: 'AUTHORIZED' });
  });
});
