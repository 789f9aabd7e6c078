import type { PaymentRepository } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { asked, closes, DECLINED, intentOf, learned } from '../samples.js';
import type { ContractPorts } from './ports.js';
import { claimed, saveAll, saveHold } from './steps.js';

/** Longer ago than any lease that others may have left on a shared database. */
const LONG_AGO = new Date('1985-10-26T01:21:00.000Z').getTime();

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
      expect(found.map((one) => one._unsafeUnwrap())).toEqual([payment, payment, payment]);
    });

    it('tells that there is none', async () => {
      const { repository } = await ports();
      const { id: paymentId, orderId } = asked();
      const refs = [{ paymentId }, { orderId }, { paymentIntentId: paymentId }];
      const found = await Promise.all(refs.map((ref) => repository.find(ref)));
      expect(found.map((one) => one._unsafeUnwrap())).toEqual([null, null, null]);
    });

    it('by its order means the latest one, and the others stay to be found', async () => {
      const { repository } = await ports();
      const { orderId } = asked();
      const first = await saveAll(repository, await claimed(repository, asked({ orderId })), [
        (it) => [closes(it), learned(it), { type: 'failed', failure: DECLINED }],
      ]);
      const second = await saveHold(repository, { orderId });
      expect((await repository.find({ orderId }))._unsafeUnwrap()).toEqual(second);
      const byId = await repository.find({ paymentId: first.id });
      expect(byId._unsafeUnwrap()).toEqual(first);
      const byIntent = await repository.find({ paymentIntentId: intentOf(first) });
      expect(byIntent._unsafeUnwrap()).toEqual(first);
    });
  });

  describeOwing(ports);
}

function describeOwing(ports: () => Promise<ContractPorts>): void {
  describe('the payments that owe a call', () => {
    it('are those whose lease ran out, the longest ago first', async () => {
      const { repository } = await ports();
      const late = await owesSince(repository, 2000);
      const early = await owesSince(repository, 1000);
      const leased = await owesSince(repository, 9000);
      const found = await owing(repository, 5000);
      const ours = found.filter(({ id }) => [late.id, early.id, leased.id].includes(id));
      expect(ours).toEqual([early, late]);
    });

    it('are told no more than wanted', async () => {
      const { repository } = await ports();
      await owesSince(repository, 1000);
      await owesSince(repository, 2000);
      expect(await owing(repository, 5000, 1)).toHaveLength(1);
    });

    it('are not those whose call is done, nor those whose lease was renewed', async () => {
      const { repository } = await ports();
      const done = await owesSince(repository, 1000);
      const renewed = await owesSince(repository, 1000);
      await saveAll(repository, done, [(it) => [closes(it), learned(it)]]);
      const leaseUntil = new Date(LONG_AGO + 9000);
      await saveAll(repository, renewed, [
        () => [{ type: 'operation_leased', leaseUntil, attempts: 2 }],
      ]);
      const found = await owing(repository, 5000);
      expect(found.filter(({ id }) => id === done.id || id === renewed.id)).toEqual([]);
    });
  });
}

async function owesSince(repository: PaymentRepository, leaseMs: number) {
  const wanted = asked({ createdAt: new Date(LONG_AGO), updatedAt: new Date(LONG_AGO) });
  if (wanted.operation === null) throw new Error('an asked payment owes a call');
  const leaseUntil = new Date(LONG_AGO + leaseMs);
  return claimed(repository, { ...wanted, operation: { ...wanted.operation, leaseUntil } });
}

async function owing(repository: PaymentRepository, beforeMs: number, limit = 10_000) {
  const before = new Date(LONG_AGO + beforeMs);
  return (await repository.owing({ before, limit }))._unsafeUnwrap();
}
