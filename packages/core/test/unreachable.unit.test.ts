import { CARDS, memorySystem, type StoreCall, type StoreTrouble } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const release = (runnerId = 'runner-1') => ({ payment: order, runnerId, correlationId: 'release' });
const revert = { payment: order, reason: null, correlationId: 'revert' };
const HOUR_MS = 60 * 60 * 1000;
const NOT_DONE = { type: 'GatewayUnavailable', executed: 'no' };

/** A system in which the next round trip of that name gets into trouble. */
function troubled() {
  const coming = new Map<StoreCall, StoreTrouble>();
  const system = memorySystem({
    beforeStoreCall: async (call) => {
      const trouble = coming.get(call) ?? null;
      coming.delete(call);
      return trouble;
    },
  });
  const later = async () => {
    await system.clock.advance(2 * HOUR_MS);
    return (await system.escrow.resume(20))._unsafeUnwrap().taken;
  };
  return { ...system, later, coming };
}

describe('a hold that never reached Stripe', () => {
  it('is told so, and two hours later there is still none', async () => {
    const { escrow, gateway, store, authorizing, later } = troubled();
    gateway.befall('authorize', { type: 'unreachable' });
    expect((await escrow.authorize(authorizing()))._unsafeUnwrapErr()).toMatchObject(NOT_DONE);
    expect(await later()).toBe(0);
    expect([gateway.intents(), store.payments(), store.outbox]).toEqual([[], [], []]);
    expect(gateway.calls).toEqual(['authorize']);
  });

  it('leaves the order and the wanted id free, for another card at once', async () => {
    const { escrow, gateway, authorizing } = troubled();
    gateway.befall('authorize', { type: 'unreachable' });
    const wanted = { paymentId: 'mine', paymentMethodId: CARDS.needsAuthentication };
    await escrow.authorize(authorizing(wanted));
    const again = await escrow.authorize(authorizing({ paymentId: 'mine' }));
    expect(again._unsafeUnwrap().payment).toMatchObject({
      id: 'mine',
      status: 'AUTHORIZED',
      attempt: 1,
      paymentMethodId: CARDS.good,
    });
    expect(gateway.intents()).toMatchObject([{ holds: 1 }]);
  });

  it('is told to all who joined it', async () => {
    const { escrow, gateway, store, authorizing, later } = troubled();
    gateway.befall('authorize', { type: 'unreachable', afterMs: 1000 });
    const all = Array.from({ length: 20 }, () => escrow.authorize(authorizing()));
    const answers = (await Promise.all(all)).map((one) => one._unsafeUnwrapErr());
    expect(answers).toMatchObject(Array(20).fill(NOT_DONE));
    expect(await later()).toBe(0);
    expect([gateway.intents(), store.payments()]).toEqual([[], []]);
  });

  it('is told to a revert that came meanwhile: there is nothing to give back', async () => {
    const { escrow, gateway, store, clock, authorizing } = troubled();
    gateway.befall('authorize', { type: 'unreachable', afterMs: 1000 });
    const authorizes = escrow.authorize(authorizing());
    await clock.sleep(10);
    expect((await escrow.revert(revert))._unsafeUnwrapErr()).toMatchObject(NOT_DONE);
    expect((await authorizes)._unsafeUnwrapErr()).toMatchObject(NOT_DONE);
    expect(store.payments()).toEqual([]);
  });

  it('stays owed when an earlier try may have reached it', async () => {
    const { escrow, gateway, clock, authorizing, later } = troubled();
    gateway.befall('authorize', { type: 'answer_lost' }, { type: 'unreachable' });
    await escrow.authorize(authorizing());
    await clock.advance(30_000);
    expect((await escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('processing');
    expect(await later()).toBe(1);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
    expect(gateway.intents()).toMatchObject([{ holds: 1 }]);
  });

  it('ends FAILED, told to everybody, when Stripe refuses it only at a later try', async () => {
    const { escrow, gateway, store, authorizing, later } = troubled();
    gateway.befall('authorize', { type: 'unanswered' }, { type: 'refuse', detail: 'frozen' });
    await escrow.authorize(authorizing());
    await later();
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({
      status: 'FAILED',
      failure: { code: 'frozen' },
      paymentIntentId: null,
    });
    expect(store.outbox).toMatchObject([{ status: 'FAILED' }]);
  });

  it('is made later after all where it could not be taken back, once', async () => {
    const { escrow, gateway, authorizing, coming, later } = troubled();
    gateway.befall('authorize', { type: 'unreachable' });
    coming.set('withdraw', 'refused');
    expect((await escrow.authorize(authorizing())).isErr()).toBe(true);
    expect(await later()).toBe(1);
    expect((await escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('done');
    expect(gateway.intents()).toMatchObject([{ holds: 1 }]);
  });
});

describe('a release or a revert that never reached Stripe', () => {
  it.each([
    ['capture', 'AUTHORIZED'],
    ['void', 'AUTHORIZED'],
    ['refund', 'RELEASED'],
  ] as const)('leaves a withdrawn %s, never made later', async (call, status) => {
    const { escrow, gateway, store, authorizing, later } = troubled();
    await escrow.authorize(authorizing());
    if (call === 'refund') await escrow.release(release());
    const told = store.outbox.length;
    gateway.befall(call, { type: 'unreachable' });
    const answer = await (call === 'capture' ? escrow.release(release()) : escrow.revert(revert));
    expect(answer._unsafeUnwrapErr()).toMatchObject(NOT_DONE);
    expect(await later()).toBe(0);
    const payment = (await escrow.find(order))._unsafeUnwrap();
    expect(payment).toMatchObject({ status, operation: null });
    expect(store.journal(payment.id).at(-1)).toMatchObject({ outcome: 'withdrawn' });
    expect(store.outbox).toHaveLength(told);
    expect(gateway.calls.filter((one) => one === call)).toHaveLength(1);
  });

  it('bars no other runner, and no revert', async () => {
    const { escrow, gateway, authorizing } = troubled();
    await escrow.authorize(authorizing());
    gateway.befall('capture', { type: 'unreachable' });
    await escrow.release(release());
    const other = (await escrow.release(release('runner-2')))._unsafeUnwrap();
    expect(other.payment).toMatchObject({ status: 'RELEASED', runnerId: 'runner-2' });
    gateway.befall('refund', { type: 'unreachable' });
    await escrow.revert(revert);
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('done');
    expect(gateway.intents()).toMatchObject([{ captures: 1, refunds: 1 }]);
  });
});

describe('a database that answers too late', () => {
  it.each(['refused', 'answer_lost'] as const)(
    'with the answer of Stripe %s, the hold is written down in the end, and nothing else is told',
    async (type) => {
      const { escrow, gateway, authorizing, coming, later } = troubled();
      coming.set('save', type);
      const answer = (await escrow.authorize(authorizing()))._unsafeUnwrap();
      // Whose write was lost finds it when it lets go of the call.
      expect(answer.outcome).toBe(type === 'refused' ? 'processing' : 'done');
      expect(await later()).toBe(type === 'refused' ? 1 : 0);
      expect((await escrow.find(order))._unsafeUnwrap().status).toBe('AUTHORIZED');
      expect(gateway.intents()).toMatchObject([{ holds: 1 }]);
    },
  );

  it('with the claim committed but not confirmed, the hold is made all the same, once', async () => {
    const { escrow, gateway, authorizing, coming } = troubled();
    coming.set('claim', 'answer_lost');
    expect((await escrow.authorize(authorizing()))._unsafeUnwrap().outcome).toBe('done');
    expect(gateway.calls).toEqual(['authorize']);
  });

  it('with the claim never made, nothing is held, then or later', async () => {
    const { escrow, gateway, authorizing, coming, later } = troubled();
    coming.set('claim', 'refused');
    const answer = (await escrow.authorize(authorizing()))._unsafeUnwrapErr();
    expect(answer.type).toBe('DatabaseUnavailable');
    expect(await later()).toBe(0);
    expect(gateway.calls).toEqual([]);
  });

  it('with the claim of a release committed but not confirmed, it is made, once', async () => {
    const { escrow, gateway, authorizing, coming } = troubled();
    await escrow.authorize(authorizing());
    coming.set('save', 'answer_lost');
    expect((await escrow.release(release()))._unsafeUnwrap().outcome).toBe('done');
    expect(gateway.calls).toEqual(['authorize', 'capture']);
  });

  it('with the claim of a release never made, nothing is captured, then or later', async () => {
    const { escrow, gateway, authorizing, coming, later } = troubled();
    await escrow.authorize(authorizing());
    coming.set('save', 'refused');
    expect((await escrow.release(release())).isErr()).toBe(true);
    expect(await later()).toBe(0);
    expect(gateway.calls).toEqual(['authorize']);
  });
});
