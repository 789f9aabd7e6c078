import {
  apply,
  type Claim,
  type Payment,
  type PaymentRepository,
  type Step,
} from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { asked, closes, DECLINED, opens } from '../samples.js';
import { got } from './outcome.js';
import type { ContractPorts } from './ports.js';
import { claimed, MANY, saveAll, saveHold } from './steps.js';

/** One order, one live payment; ids and attempts. */
export function describeClaims(ports: () => Promise<ContractPorts>): void {
  describe('claiming an order', () => {
    it('writes the payment down as it was asked for', async () => {
      const { repository } = await ports();
      const wanted = asked();
      expect(await claimed(repository, wanted)).toEqual(wanted);
      const found = await repository.find({ paymentId: wanted.id });
      expect(got(found)).toEqual(wanted);
    });

    it(`lets one of ${MANY} claims at once through and shows the others its payment`, async () => {
      const { repository } = await ports();
      const { orderId } = asked();
      const claims = await manyClaims(repository, () => ({ orderId }));
      const won = claims.filter((one) => one.type === 'claimed');
      const lost = claims.filter((one) => one.type === 'live');
      expect([won.length, lost.length]).toEqual([1, MANY - 1]);
      expect(new Set(lost.map((one) => one.payment.id))).toEqual(new Set([won[0]?.payment.id]));
    });

    it(`gives an id to one of ${MANY} orders that want it at once`, async () => {
      const { repository } = await ports();
      const { id } = asked();
      const claims = await manyClaims(repository, () => ({ id }));
      expect(claims.filter((one) => one.type === 'claimed')).toHaveLength(1);
      expect(claims.filter((one) => one.type === 'id_taken')).toHaveLength(MANY - 1);
    });

    it('shows the live payment to a repeat that names its id', async () => {
      const { repository } = await ports();
      const first = await claimed(repository, asked());
      const again = await repository.claim(asked({ id: first.id, orderId: first.orderId }));
      expect(got(again)).toEqual({ type: 'live', payment: first });
    });

    it('does not give the id of a payment that ended to a later one of the order', async () => {
      const { repository } = await ports();
      const first = await failedPayment(repository);
      const again = await repository.claim(asked({ id: first.id, orderId: first.orderId }));
      expect(got(again)).toEqual({ type: 'id_taken' });
    });

    it('writes nothing for a claim that lost', async () => {
      const { repository } = await ports();
      const { orderId } = await claimed(repository, asked());
      const loser = asked({ orderId });
      got(await repository.claim(loser));
      expect(got(await repository.find({ paymentId: loser.id }))).toBeNull();
    });
  });

  describeAttempts(ports);
  describeWithdrawals(ports);
}

function describeWithdrawals(ports: () => Promise<ContractPorts>): void {
  describe('withdrawing a claim', () => {
    it('leaves it as if it had never been asked for: the order, its id and its attempt are free', async () => {
      const { repository } = await ports();
      const first = await failedPayment(repository);
      const { orderId } = first;
      const payment = await claimed(repository, asked({ orderId }));
      expect(payment.attempt).toBe(2);
      expect(got(await repository.withdraw(payment))).toBe('withdrawn');
      const { id } = payment;
      expect(got(await repository.find({ paymentId: id }))).toBeNull();
      expect(got(await repository.find({ orderId }))).toEqual(first);
      const again = await claimed(repository, asked({ orderId, id }));
      expect(again).toMatchObject({ id, attempt: 2 });
    });

    it('is refused once anybody wrote since it was read', async () => {
      const { repository } = await ports();
      const payment = await claimed(repository, asked());
      const current = await saveAll(repository, payment, [
        () => [{ type: 'revert_requested', reason: null, correlationId: 'revert' }],
      ]);
      expect(got(await repository.withdraw(payment))).toBe('stale');
      const { id: paymentId } = payment;
      expect(got(await repository.find({ paymentId }))).toEqual(current);
      expect(got(await repository.withdraw(current))).toBe('withdrawn');
      expect(got(await repository.withdraw(current))).toBe('stale');
    });

    it('is refused once something has happened to the payment, which stays', async () => {
      const { repository } = await ports();
      const payment = await claimed(repository, asked());
      const flagged = await saveAll(repository, payment, [
        () => [{ type: 'review_needed', reason: 'look' }],
      ]);
      expect(got(await repository.withdraw(flagged))).toBe('stale');
      const { id: paymentId } = payment;
      expect(got(await repository.find({ paymentId }))).toEqual(flagged);
    });

    it('leaves no way in for whoever read it, should its id come back', async () => {
      const { repository } = await ports();
      const payment = await claimed(repository, asked());
      got(await repository.withdraw(payment));
      const { id, orderId } = payment;
      const again = await claimed(repository, asked({ id, orderId }));
      const asks = { type: 'revert_requested', reason: null, correlationId: 'revert' } as const;
      const late = await repository.save(apply(payment, [asks], payment.updatedAt));
      expect(got(late)).toBe('stale');
      expect(got(await repository.withdraw(payment))).toBe('stale');
      expect(got(await repository.find({ paymentId: id }))).toEqual(again);
    });

    it(`lets one of ${MANY} who withdraw at once do so`, async () => {
      const { repository } = await ports();
      const payment = await claimed(repository, asked());
      const many = Array.from({ length: MANY }, () => repository.withdraw(payment));
      const ends = (await Promise.all(many)).map((one) => got(one));
      expect(ends.filter((end) => end === 'withdrawn')).toHaveLength(1);
    });
  });
}

function describeAttempts(ports: () => Promise<ContractPorts>): void {
  describe('claiming an order again', () => {
    it('numbers the attempts of an order, each after the last one failed', async () => {
      const { repository } = await ports();
      const { orderId } = await failedPayment(repository);
      await failedPayment(repository, orderId);
      expect(await claimed(repository, asked({ orderId }))).toMatchObject({ attempt: 3 });
    });

    it(`lets one of ${MANY} claims at once make the next attempt`, async () => {
      const { repository } = await ports();
      const { orderId } = await failedPayment(repository);
      const claims = await manyClaims(repository, () => ({ orderId }));
      const won = claims.filter((one) => one.type === 'claimed');
      expect(won.map((one) => one.payment.attempt)).toEqual([2]);
    });

    it('is possible once the payment was reverted', async () => {
      const { repository } = await ports();
      const payment = await saveHold(repository);
      const reason = null;
      await saveAll(repository, payment, [
        () => [opens({ kind: 'void', params: { purpose: 'revert', reason } })],
        (it) => [closes(it), { type: 'reverted', revertMethod: 'voided', reason }],
      ]);
      const again = await claimed(repository, asked({ orderId: payment.orderId }));
      expect(again).toMatchObject({ attempt: 2 });
    });

    it('is not possible while the payment is held, nor once it was released', async () => {
      const { repository } = await ports();
      const payment = await saveHold(repository);
      const { orderId } = payment;
      const whileHeld = await repository.claim(asked({ orderId }));
      expect(got(whileHeld)).toEqual({ type: 'live', payment });
      const released = await saveAll(repository, payment, [
        () => [opens({ kind: 'capture', params: { runnerId: 'runner' } })],
        (it) => [closes(it), { type: 'released', runnerId: 'runner', receivedMinor: 2098 }],
      ]);
      const afterwards = await repository.claim(asked({ orderId }));
      expect(got(afterwards)).toEqual({ type: 'live', payment: released });
    });
  });

  describe('claiming for a customer', () => {
    it('fills in the Stripe customer that is known, and only where none was given', async () => {
      const { repository, customers } = await ports();
      const { customerId } = asked();
      const stripeCustomerId = `cus-${customerId}`;
      const key = `key-${customerId}`;
      got(await customers.reserve({ customerId, key, now: new Date() }));
      got(await customers.remember({ customerId, stripeCustomerId }));
      expect(await claimed(repository, asked({ customerId }))).toMatchObject({ stripeCustomerId });
      const given = `cus-given-${customerId}`;
      const wanted = asked({ customerId, stripeCustomerId: given });
      expect(await claimed(repository, wanted)).toMatchObject({ stripeCustomerId: given });
    });
  });
}

async function manyClaims(
  repository: PaymentRepository,
  alike: () => Parameters<typeof asked>[0],
): Promise<Claim[]> {
  const wanted = Array.from({ length: MANY }, () => asked(alike()));
  const claims = await Promise.all(wanted.map((one) => repository.claim(one)));
  return claims.map((one) => got(one));
}

async function failedPayment(repository: PaymentRepository, orderId?: string): Promise<Payment> {
  const payment = await claimed(repository, asked(orderId === undefined ? {} : { orderId }));
  const failed: Step[] = [closes(payment, 'refused'), { type: 'failed', failure: DECLINED }];
  const change = apply(payment, failed, payment.updatedAt);
  expect(got(await repository.save(change))).toBe('saved');
  return change.payment;
}
