import { apply, type Payment, type PaymentRepository } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { asked, closes, DECLINED, intentOf, learned } from '../samples.js';
import { LONG_AGO, owesSince } from './long-ago.js';
import { got } from './outcome.js';
import type { ContractPorts } from './ports.js';
import { claimed, saveAll, saveHold } from './steps.js';
import { describeComparing, describeDue } from './sweeping.js';

/** Finding payments by what callers name them by, and by what they owe. */
export function describeLookups(ports: () => Promise<ContractPorts>): void {
  describe('finding a payment', () => {
    it('works by its id, its PaymentIntent and its order', async () => {
      const { repository } = await ports();
      await saveHold(repository);
      const payment = await saveHold(repository);
      const { id: paymentId, orderId } = payment;
      const refs = [{ paymentId }, { orderId }, { paymentIntentId: intentOf(payment) }];
      const found = await Promise.all(refs.map((ref) => repository.find(ref)));
      expect(found.map((one) => got(one))).toEqual([payment, payment, payment]);
    });

    it('tells that there is none', async () => {
      const { repository } = await ports();
      const { id: paymentId, orderId } = asked();
      const refs = [{ paymentId }, { orderId }, { paymentIntentId: paymentId }];
      const found = await Promise.all(refs.map((ref) => repository.find(ref)));
      expect(found.map((one) => got(one))).toEqual([null, null, null]);
    });

    it('by its order means the latest one, and the others stay to be found', async () => {
      const { repository } = await ports();
      const { orderId } = asked();
      const first = await saveAll(repository, await claimed(repository, asked({ orderId })), [
        (it) => [closes(it), learned(it), { type: 'failed', failure: DECLINED }],
      ]);
      const second = await saveHold(repository, { orderId });
      expect(got(await repository.find({ orderId }))).toEqual(second);
      const byId = await repository.find({ paymentId: first.id });
      expect(got(byId)).toEqual(first);
      const byIntent = await repository.find({ paymentIntentId: intentOf(first) });
      expect(got(byIntent)).toEqual(first);
    });
  });

  describeTakingOver(ports);
  describeResting(ports);
  describeDue(ports);
  describeComparing(ports);
}

function describeTakingOver(ports: () => Promise<ContractPorts>): void {
  describe('taking over the calls that are owed', () => {
    it('takes those whose lease ran out, and counts the attempt', async () => {
      const { repository } = await ports();
      const late = await owesSince(repository, 2000);
      const early = await owesSince(repository, 1000);
      const leased = await owesSince(repository, 9000);
      const taken = await takeOwing(repository, 5000);
      for (const payment of [early, late]) {
        const now = taken.find(({ id }) => id === payment.id);
        expect(now).toEqual(takenOver(payment));
        expect(got(await repository.find({ paymentId: payment.id }))).toEqual(now);
      }
      expect(taken.map(({ id }) => id)).not.toContain(leased.id);
    });

    it('takes no more than wanted, the one that waits longest', async () => {
      const { repository } = await ports();
      await takeOwing(repository, 5000);
      await owesSince(repository, 2000);
      const early = await owesSince(repository, 1000);
      const taken = await takeOwing(repository, 5000, { limit: 1 });
      expect(taken).toEqual([takenOver(early)]);
    });

    it('gives each call to one of many who take at once', async () => {
      const { repository } = await ports();
      const owed = await Promise.all(Array.from({ length: 12 }, () => owesSince(repository, 1000)));
      const takers = Array.from({ length: 4 }, () => takeOwing(repository, 5000, { limit: 6 }));
      const taken = [...(await Promise.all(takers)).flat(), ...(await takeOwing(repository, 5000))];
      const ours = taken.filter(({ id }) => owed.some((one) => one.id === id));
      expect(ours.map(({ id }) => id).sort()).toEqual(owed.map(({ id }) => id).sort());
      expect(ours.map(({ operation }) => operation?.attempts)).toEqual(Array(12).fill(2));
    });

    it('leaves whoever held the call before unable to write', async () => {
      const { repository } = await ports();
      const payment = await owesSince(repository, 1000);
      await takeOwing(repository, 5000);
      const change = apply(payment, [closes(payment), learned(payment)], payment.updatedAt);
      expect(got(await repository.save(change))).toBe('stale');
      expect(got(await repository.withdraw(payment))).toBe('stale');
    });

    it('finds nothing of what was withdrawn', async () => {
      const { repository } = await ports();
      const payment = await owesSince(repository, 1000);
      got(await repository.withdraw(payment));
      const taken = await takeOwing(repository, 5000);
      expect(taken.map(({ id }) => id)).not.toContain(payment.id);
    });

    it('leaves those whose call is done, and those whose lease was renewed', async () => {
      const { repository } = await ports();
      const done = await owesSince(repository, 1000);
      const renewed = await owesSince(repository, 1000);
      await saveAll(repository, done, [(it) => [closes(it), learned(it)]]);
      const leaseUntil = new Date(LONG_AGO + 9000);
      await saveAll(repository, renewed, [
        () => [{ type: 'operation_leased', leaseUntil, attempts: 2 }],
      ]);
      const taken = await takeOwing(repository, 5000);
      expect(taken.filter(({ id }) => id === done.id || id === renewed.id)).toEqual([]);
    });
  });
}

function describeResting(ports: () => Promise<ContractPorts>): void {
  describe('a call that was let go of', () => {
    it('is taken once its rest is over, and rests no longer', async () => {
      const { repository } = await ports();
      const over = await restsUntil(repository, await owesSince(repository, 9000), 1000);
      const resting = await restsUntil(repository, await owesSince(repository, 1000), 9000);
      const found = got(await repository.find({ paymentId: resting.id }));
      const leaseUntil = new Date(LONG_AGO + 9000);
      expect(found?.operation).toMatchObject({ resting: true, leaseUntil, attempts: 1 });
      const taken = await takeOwing(repository, 5000);
      expect(taken.find(({ id }) => id === over.id)).toEqual(takenOver(over));
      expect(takenOver(over).operation).toMatchObject({ resting: false });
      expect(taken.map(({ id }) => id)).not.toContain(resting.id);
    });

    it('rests no longer once somebody has taken a lease', async () => {
      const { repository } = await ports();
      const resting = await restsUntil(repository, await owesSince(repository, 1000), 9000);
      const leaseUntil = new Date(LONG_AGO + 8000);
      const leased = await saveAll(repository, resting, [
        () => [{ type: 'operation_leased', leaseUntil, attempts: 2 }],
      ]);
      expect(leased.operation).toMatchObject({ resting: false, leaseUntil });
      expect(got(await repository.find({ paymentId: leased.id }))).toEqual(leased);
    });
  });
}

function restsUntil(repository: PaymentRepository, payment: Payment, ms: number) {
  const until = new Date(LONG_AGO + ms);
  return saveAll(repository, payment, [() => [{ type: 'operation_rests', until }]]);
}

/** Leases end far from now, so that nobody else on the database takes what a test has left. */
const TAKEN_UNTIL = new Date('2400-01-01T00:00:00.000Z');

async function takeOwing(repository: PaymentRepository, nowMs: number, { limit = 10_000 } = {}) {
  const now = new Date(LONG_AGO + nowMs);
  return got(await repository.takeOwing({ now, leaseUntil: TAKEN_UNTIL, limit }));
}

function takenOver(payment: Payment): Payment {
  const leased = { type: 'operation_leased', leaseUntil: TAKEN_UNTIL, attempts: 2 } as const;
  return apply(payment, [leased], new Date(LONG_AGO + 5000)).payment;
}
