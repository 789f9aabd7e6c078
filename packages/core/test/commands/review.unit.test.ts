import { memorySystem } from '@campusg-pay/core/testing';
import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const review = { payment: order, note: 'paid the runner by hand' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release-1' };

/** A hold that somebody captured in the dashboard. */
async function marked() {
  const system = memorySystem();
  const from = system.clock.now();
  await system.escrow.authorize(system.authorizing());
  system.gateway.dashboard.capture('pi_1');
  const to = new Date(system.clock.now().getTime() + 1000);
  const compare = () => system.escrow.compare({ from, to });
  await compare();
  const payment = async () => (await system.escrow.find(order))._unsafeUnwrap();
  expect(await payment()).toMatchObject({
    review: 'captured outside this service',
    reviewed: false,
  });
  return { ...system, compare, payment };
}

describe('a payment that a person has looked at', () => {
  it('keeps the reason and the note, and is not marked for the same again', async () => {
    const { escrow, compare, payment } = await marked();
    const done = (await escrow.reviewed(review))._unsafeUnwrap();
    expect(done).toMatchObject({ review: 'captured outside this service', reviewed: true });
    expect(await payment()).toEqual(done);
    const history = (await escrow.history(done.id))._unsafeUnwrap();
    expect(history.at(-1)?.event).toEqual({ type: 'reviewed', note: review.note });
    await compare();
    expect(await payment()).toEqual(done);
  });

  it('is marked for another reason', async () => {
    const { escrow, gateway, compare, payment } = await marked();
    await escrow.reviewed(review);
    gateway.dashboard.refund('pi_1', 1000);
    await compare();
    expect(await payment()).toMatchObject({
      review: expect.stringContaining('1000 of 2098'),
      reviewed: false,
    });
  });

  it('may be released to whom the money is meant for, which was refused before', async () => {
    const { escrow, payment } = await marked();
    expect((await escrow.release(release)).isErr()).toBe(true);
    await escrow.reviewed(review);
    expect((await escrow.release(release))._unsafeUnwrap().outcome).toBe('done');
    expect(await payment()).toMatchObject({ status: 'RELEASED', runnerId: 'runner-1' });
  });
});

describe('looking at a payment', () => {
  it('that nothing is wrong with, or that somebody has looked at, is refused', async () => {
    const { escrow } = await marked();
    await escrow.reviewed(review);
    expect((await escrow.reviewed(review))._unsafeUnwrapErr().type).toBe('NothingToReview');
    const system = memorySystem();
    await system.escrow.authorize(system.authorizing());
    const refused = await system.escrow.reviewed(review);
    expect(refused._unsafeUnwrapErr().type).toBe('NothingToReview');
  });

  it('that nobody knows is refused', async () => {
    const { escrow } = memorySystem();
    expect((await escrow.reviewed(review))._unsafeUnwrapErr().type).toBe('PaymentNotFound');
  });

  it('that others write meanwhile is written after them', async () => {
    const { escrow, ports, payment } = await marked();
    const { save } = ports.repository;
    let first = true;
    const overtaken: typeof save = async (change, webhook) => {
      const before = first;
      first = false;
      if (before) await escrow.revert({ payment: order, reason: null, correlationId: 'revert-1' });
      return save(change, webhook);
    };
    Object.assign(ports.repository, { save: overtaken });
    expect((await escrow.reviewed(review))._unsafeUnwrap()).toMatchObject({ status: 'REVERTED' });
    expect(await payment()).toMatchObject({ reviewed: true });
  });

  it('that others write over and over ends as trouble', async () => {
    const { escrow, ports } = await marked();
    Object.assign(ports.repository, { save: async () => ok('stale') });
    expect((await escrow.reviewed(review))._unsafeUnwrapErr().type).toBe('DatabaseUnavailable');
  });

  it.each(['find', 'save'] as const)('fails while the database is away (%s)', async (call) => {
    const { escrow, ports } = await marked();
    const away = { type: 'DatabaseUnavailable', reason: 'away' } as const;
    Object.assign(ports.repository, { [call]: async () => err(away) });
    expect((await escrow.reviewed(review))._unsafeUnwrapErr()).toEqual(away);
  });
});
