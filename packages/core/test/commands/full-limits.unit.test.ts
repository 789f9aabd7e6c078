import { createEscrow, type GatewayFault } from '@campusg-pay/core';
import { memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const FULL: GatewayFault = {
  type: 'GatewayUnavailable',
  executed: 'no',
  reason: 'full',
  retryAfterMs: 3_000,
};

const order = { orderId: 'order-1' };
const releasing = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const reverting = { payment: order, reason: null, correlationId: 'revert' };

/** Commands before Stripe's limit was full, and after. */
function filling() {
  const calls: string[] = [];
  const system = memorySystem({
    beforeStoreCall: async (call) => {
      calls.push(call);
      return null;
    },
  });
  const asked: string[] = [];
  const refusal = (kind: string) => {
    asked.push(kind);
    return FULL;
  };
  const { ports, gateway } = system;
  const full = createEscrow({ ...ports, gateway: { ...gateway, refusal } });
  /** What was written since the last time, and how many calls were made. */
  const done = () => ({ store: calls.splice(0), stripe: gateway.calls.length });
  return { system, full, asked, done };
}

describe('while no call can have its turn in time', () => {
  it('an authorize that is repeated has its answer', async () => {
    const { system, full, done } = filling();
    const { escrow, authorizing } = system;
    const held = await escrow.authorize(authorizing());
    const before = done();
    expect(await full.authorize(authorizing())).toEqual(held);
    expect(done().stripe).toBe(before.stripe);
  });

  it('so has one that named no card', async () => {
    const { system, full, done } = filling();
    const { escrow, authorizing } = system;
    const held = await escrow.authorize(authorizing());
    const before = done();
    expect(await full.authorize(authorizing({ paymentMethodId: null }))).toEqual(held);
    expect(done().stripe).toBe(before.stripe);
  });

  it('one that names its own payment hears what became of it', async () => {
    const { system, full } = filling();
    const { escrow, authorizing } = system;
    const command = authorizing({ paymentId: 'own', onceOnly: true });
    await escrow.authorize(command);
    await escrow.revert(reverting);
    const usual = await escrow.authorize(command);
    expect(await full.authorize(command)).toEqual(usual);
    expect(usual.isErr()).toBe(true);
    expect(usual._unsafeUnwrapErr()).not.toEqual(FULL);
  });

  it('one that takes what is not there is refused, and only reads', async () => {
    const { system, full, asked, done } = filling();
    const command = system.authorizing({ paymentId: 'own', paymentMethodId: null });
    expect((await full.authorize(command))._unsafeUnwrapErr()).toEqual(FULL);
    expect(asked).toEqual(['authorize']);
    expect(done()).toEqual({ store: ['find', 'find'], stripe: 0 });
    expect(system.store.payments()).toEqual([]);
  });

  it.each([
    ['release', 'capture'],
    ['revert', 'void'],
  ] as const)('a %s is refused before it is written, and its repeat is not', async (name, kind) => {
    const { system, full, asked, done } = filling();
    const { escrow, authorizing, store } = system;
    const call = (at: typeof escrow) =>
      name === 'release' ? at.release(releasing) : at.revert(reverting);
    await escrow.authorize(authorizing());
    const [held] = store.payments();
    const before = done();
    expect((await call(full))._unsafeUnwrapErr()).toEqual(FULL);
    expect(asked).toEqual([kind]);
    const after = done();
    expect(after.store).not.toContain('save');
    expect(after.stripe).toBe(before.stripe);
    expect(store.payments()).toEqual([held]);

    const made = await call(escrow);
    expect(made.isOk()).toBe(true);
    const { stripe } = done();
    expect(await call(full)).toEqual(made);
    expect(done().stripe).toBe(stripe);
    expect(asked).toEqual([kind]);
  });
});
