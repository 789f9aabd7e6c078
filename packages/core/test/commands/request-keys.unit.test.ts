import type { AuthorizeCommand } from '@campusg-pay/core';
import { CARDS, memorySystem, until, usd } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { interrupted } from '../interrupted.js';

const same = { paymentId: 'request-1', onceOnly: true };

/** A request whose card is declined, and whose PaymentIntent takes its time to be canceled. */
async function beingCanceled(wanted: Partial<AuthorizeCommand> = same) {
  const system = memorySystem();
  const { escrow, gateway, authorizing } = system;
  gateway.befall('void', { type: 'late', afterMs: 1000 });
  const command = { ...wanted, paymentMethodId: CARDS.declined };
  const first = escrow.authorize(authorizing(command));
  await until(() => gateway.calls.includes('void'));
  const ask = (other: Partial<AuthorizeCommand> = {}) =>
    escrow.authorize(authorizing({ ...command, ...other }));
  return { ...system, first, ask };
}

describe('the very same request, asked again while its decline is canceled', () => {
  it('waits, and hears how it ended', async () => {
    const { first, ask } = await beingCanceled();
    const again = (await ask())._unsafeUnwrapErr();
    expect(again).toMatchObject({ type: 'NotAuthorized', payment: { status: 'FAILED' } });
    expect(await first).toEqual(await ask());
  });

  it.each([
    ['another request', same, { paymentId: 'request-2' }],
    ['one that does not stand for itself', same, { onceOnly: false }],
    ['one that wishes for an id only', { paymentId: 'request-1' }, {}],
  ])('may be %s, which waits as well', async (_, wanted, other) => {
    const { first, ask } = await beingCanceled(wanted);
    expect((await ask(other))._unsafeUnwrapErr()).toMatchObject({
      type: 'NotAuthorized',
      payment: { status: 'FAILED' },
    });
    await first;
  });

  it('is refused when it contradicts itself', async () => {
    const { first, ask } = await beingCanceled();
    expect((await ask({ amount: usd(1) }))._unsafeUnwrapErr()).toMatchObject({
      type: 'Contradiction',
      field: 'order.amount',
    });
    await first;
  });
});

describe('two callers with one key, while the hold is given back', () => {
  it('hear the same, and another request that it is under way', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing(same));
    gateway.befall('void', { type: 'late', afterMs: 1000 });
    const reverted = escrow.revert({
      payment: { orderId: 'order-1' },
      reason: null,
      correlationId: 'revert',
    });
    await until(() => gateway.calls.includes('void'));
    const [one, other, another] = await Promise.all(
      [same, same, { paymentId: 'request-2', onceOnly: true }].map((id) =>
        escrow.authorize(authorizing(id)),
      ),
    );
    expect(one?._unsafeUnwrapErr()).toEqual({ type: 'OvertakenByAnother', status: 'REVERTED' });
    expect(other).toEqual(one);
    expect(another?._unsafeUnwrapErr().type).toBe('OperationInProgress');
    await reverted;
  });
});

describe('a request with an id of its own', () => {
  it('joins the live payment of its order, whose id it never asked for', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    const first = await escrow.authorize(authorizing());
    expect(await escrow.authorize(authorizing(same))).toEqual(first);
    expect(gateway.calls).toEqual(['authorize']);
  });

  it('is told of a database that can not say what became of it', async () => {
    const { escrow, authorizing, before } = interrupted();
    const declined = authorizing({ ...same, paymentMethodId: CARDS.declined });
    await escrow.authorize(declined);
    before.set('find', async () => 'refused');
    expect((await escrow.authorize(declined))._unsafeUnwrapErr().type).toBe('DatabaseUnavailable');
  });

  it('clashes with the id of another order, even if that is withdrawn right then', async () => {
    const { escrow, gateway, clock, store, authorizing, before } = interrupted({
      autoAdvance: false,
    });
    gateway.befall('authorize', { type: 'unreachable', afterMs: 1000 });
    const first = escrow.authorize(authorizing({ paymentId: 'request-1' }));
    await until(() => gateway.calls.includes('authorize'));
    before.set('find', async () => {
      await clock.advance(1000);
      return null;
    });
    const clash = await escrow.authorize(authorizing({ ...same, orderId: 'order-2' }));
    expect(clash._unsafeUnwrapErr()).toEqual({ type: 'PaymentIdTaken', paymentId: 'request-1' });
    expect((await first).isErr()).toBe(true);
    expect(store.payments()).toEqual([]);
  });
});

describe('a repeat that waits for a payment which is withdrawn, and made anew under its id', () => {
  const wished = { paymentId: 'wished' };

  /** The repeat of a first one that fails, while somebody else asks for this amount. */
  async function overtaken(amountMinor: number) {
    const { escrow, gateway, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'unreachable', afterMs: 1000 });
    const first = escrow.authorize(authorizing({ ...wished, correlationId: 'first' }));
    await until(() => gateway.calls.includes('authorize'));
    const repeat = escrow.authorize(authorizing({ ...wished, correlationId: 'repeat' }));
    expect((await first)._unsafeUnwrapErr()).toMatchObject({ executed: 'no' });
    const other = { ...wished, amount: usd(amountMinor), correlationId: 'other' };
    expect((await escrow.authorize(authorizing(other)))._unsafeUnwrap().outcome).toBe('done');
    return repeat;
  }

  it('is refused where the new one holds another amount', async () => {
    expect((await overtaken(3000))._unsafeUnwrapErr()).toEqual({
      type: 'Contradiction',
      status: 'AUTHORIZED',
      field: 'order.amount',
    });
  });

  it('gets the new one where it is what was asked for', async () => {
    expect((await overtaken(2098))._unsafeUnwrap()).toMatchObject({
      outcome: 'done',
      payment: { id: 'wished', correlationId: 'other' },
    });
  });
});
