import { apply, type DueQuery, type Payment, type PaymentRepository } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { intentOf } from '../samples.js';
import { LONG_AGO, owesSince } from './long-ago.js';
import { got } from './outcome.js';
import type { ContractPorts } from './ports.js';
import { saveAll, saveHold } from './steps.js';

const NOTHING_LAPSES = { tellBefore: new Date(LONG_AGO), actBefore: null };

/** Payments that time moves on. */
export function describeDue(ports: () => Promise<ContractPorts>): void {
  describeLapsing(ports);

  it('tells the payments that wait for news, in order of id and in parts', async () => {
    const { repository } = await ports();
    const waiting = [];
    for (let count = 0; count < 3; count += 1) waiting.push(await duePayment(repository));
    const ids = waiting.map(({ id }) => id);
    const part = async (after: string | null, limit: number) => {
      const now = new Date(LONG_AGO);
      const initiatingBefore = new Date(LONG_AGO + 1);
      const wanted = { ...NOTHING_LAPSES, initiatingBefore, now, after, limit };
      return got(await repository.due(wanted));
    };
    const all = await part(null, 10_000);
    const found = all.map(({ id }) => id).filter((id) => ids.includes(id));
    expect([...found].sort()).toEqual([...ids].sort());
    expect(all).toEqual(expect.arrayContaining(waiting));
    const afterFirst = await part(found[0] ?? '', 10_000);
    expect(afterFirst.map(({ id }) => id).filter((id) => ids.includes(id))).toEqual(found.slice(1));
    expect(await part(null, 1)).toHaveLength(1);
  });

  it('tells none that owe a call, or that have just moved', async () => {
    const { repository } = await ports();
    const owing = await owesSince(repository, 1000);
    const waiting = await duePayment(repository);
    const wanted = { ...NOTHING_LAPSES, after: null, limit: 10_000, now: new Date(LONG_AGO) };
    const initiatingBefore = new Date(LONG_AGO);
    const found = got(await repository.due({ ...wanted, initiatingBefore }));
    expect(found.map(({ id }) => id)).not.toContain(owing.id);
    expect(found.map(({ id }) => id)).not.toContain(waiting.id);
  });
}

/** The customer was asked to authenticate long ago. */
async function duePayment(repository: PaymentRepository): Promise<Payment> {
  const payment = await owesSince(repository, 1000);
  const key = payment.operation?.key ?? '';
  const paymentIntentId = `pi_of_${payment.id}`;
  const steps = [
    { type: 'operation_closed', key, outcome: 'done', detail: null },
    { type: 'intent_learned', paymentIntentId, stripeCustomerId: 'cus_1' },
    { type: 'requires_action', paymentIntentId },
  ] as const;
  const change = apply(payment, steps, new Date(LONG_AGO));
  expect(got(await repository.save(change))).toBe('saved');
  return change.payment;
}

const DAY_MS = 86_400_000;

/** A hold of long ago that lapses a day after it was made. */
async function holdOfLongAgo(repository: PaymentRepository): Promise<Payment> {
  const payment = await owesSince(repository, 1000);
  const key = payment.operation?.key ?? '';
  const paymentIntentId = `pi_of_${payment.id}`;
  return saveAll(repository, payment, [
    () => [
      { type: 'operation_closed', key, outcome: 'done', detail: null },
      { type: 'intent_learned', paymentIntentId, stripeCustomerId: 'cus_1' },
      { type: 'authorized', paymentIntentId, captureBefore: new Date(LONG_AGO + DAY_MS) },
    ],
  ]);
}

function describeLapsing(ports: () => Promise<ContractPorts>): void {
  const isFound = async (
    { repository }: ContractPorts,
    payment: Payment,
    wanted: Partial<DueQuery>,
  ) => {
    const never = new Date(0);
    const query = { initiatingBefore: never, now: never, tellBefore: never, actBefore: null };
    const found = await repository.due({ ...query, after: null, limit: 10_000, ...wanted });
    return got(found).some(({ id }) => id === payment.id);
  };
  const end = new Date(LONG_AGO + DAY_MS);
  const before = new Date(LONG_AGO + DAY_MS - 1);

  it('tells a hold that lapses soon, until somebody was told', async () => {
    const all = await ports();
    const { repository } = all;
    const payment = await holdOfLongAgo(repository);
    expect(await isFound(all, payment, { tellBefore: before })).toBe(false);
    expect(await isFound(all, payment, { tellBefore: end })).toBe(true);
    const told = await saveAll(repository, payment, [
      () => [{ type: 'expiring', captureBefore: end }],
    ]);
    expect(await isFound(all, payment, { tellBefore: end })).toBe(false);
    expect(got(await repository.find({ paymentId: payment.id }))).toEqual(told);
    expect(told).toMatchObject({ expiring: true });
    const history = got(await repository.history(payment.id));
    expect(history.at(-1)?.event).toEqual({ type: 'expiring', captureBefore: end });
  });

  it('tells a hold about which something is done before it lapses, and one that has', async () => {
    const all = await ports();
    const { repository } = all;
    const payment = await holdOfLongAgo(repository);
    expect(await isFound(all, payment, { actBefore: before })).toBe(false);
    expect(await isFound(all, payment, { actBefore: end })).toBe(true);
    expect(await isFound(all, payment, { now: before })).toBe(false);
    expect(await isFound(all, payment, { now: end })).toBe(true);
  });
}

/** Payments as a comparison with the gateway's list needs them. */
export function describeComparing(ports: () => Promise<ContractPorts>): void {
  describe('finding payments for a list', () => {
    it('finds each once, by its id or its PaymentIntent or both', async () => {
      const { repository } = await ports();
      const [one, two, three] = [
        await saveHold(repository),
        await saveHold(repository),
        await saveHold(repository),
      ];
      const found = await repository.findAll({
        paymentIds: [one.id, two.id, 'payment-that-nobody-has'],
        paymentIntentIds: [intentOf(two), intentOf(three)],
      });
      const byId = (list: readonly Payment[]) => [...list].sort((a, b) => (a.id < b.id ? -1 : 1));
      expect(byId(got(found))).toEqual(byId([one, two, three]));
    });

    it('goes through those of a period in the order of creation, in parts', async () => {
      const { repository } = await ports();
      const held = [];
      for (let count = 0; count < 3; count += 1) held.push(await holdOfLongAgo(repository));
      const asking = await owesSince(repository, 1000);
      const period = { from: new Date(LONG_AGO), to: new Date(LONG_AGO + 1) };
      const ids: string[] = [];
      for (let after: Payment | null = null; ; ) {
        const part = await repository.createdWithin({ ...period, after, limit: 2 });
        const payments: readonly Payment[] = got(part);
        ids.push(...payments.map(({ id }) => id));
        after = payments.at(-1) ?? null;
        if (payments.length < 2) break;
      }
      expect(ids).toEqual([...new Set(ids)]);
      expect(ids).toEqual([...ids].sort());
      expect(ids).toEqual(expect.arrayContaining(held.map(({ id }) => id)));
      // Nothing is known at the gateway of one that is still being asked for.
      expect(ids).not.toContain(asking.id);
      const latest = got(await repository.latest(100));
      const times = latest.map(({ createdAt }) => createdAt.getTime());
      expect(times).toEqual(times.toSorted((one, other) => other - one));
      expect(latest.some(({ id }) => id === asking.id)).toBe(false);
      expect(got(await repository.latest(1))).toEqual(latest.slice(0, 1));
      const earlier = { from: new Date(LONG_AGO - 1), to: period.from };
      const none = await repository.createdWithin({ ...earlier, after: null, limit: 2 });
      expect(got(none)).toEqual([]);
    });
  });
}
