import {
  apply,
  type HolderLocks,
  isLeased,
  type LeaseHolder,
  type Payment,
  type PaymentRepository,
} from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { asked, closes, learned } from '../samples.js';
import { got } from './outcome.js';
import { claimed, saveAll } from './steps.js';

/** A process as the suite sees it: what it writes, and the connection that holds its lock. */
export interface ContractProcess {
  /** Takes leases in the name of the process. */
  readonly repository: PaymentRepository;
  readonly locks: HolderLocks;
  /** Breaks the connection, as when the process is killed. Resolves when the lock is gone. */
  cut(): Promise<void>;
}

/** What the suite runs against. */
export interface HolderSetup {
  /** A number that names a process, another one each time. */
  newHolder(): LeaseHolder;
  /** The process of this name, or the same one with a new connection. */
  start(self: LeaseHolder): Promise<ContractProcess>;
}

const NOW = new Date('2026-01-05T12:00:00.000Z');
const LONG_LEASE = new Date('2400-01-01T00:00:00.000Z');

/**
 * What the locks of those who make calls must do, said as tests of the port alone.
 *
 * @param makeSetup called once per test, for a database that nobody else uses
 */
export function describeHolderContract(
  name: string,
  makeSetup: () => HolderSetup | Promise<HolderSetup>,
): void {
  describe(`${name} keeps the contract of lease holders`, () => {
    describeLooking(makeSetup);
    describeLettingGo(makeSetup);
    describeLeavingBehind(makeSetup);
  });
}

type MakeSetup = () => HolderSetup | Promise<HolderSetup>;

function describeLooking(makeSetup: MakeSetup): void {
  describe('looking who is there', () => {
    it('counts those that live, as they come and go', async () => {
      const { one, other, all } = await two(makeSetup);
      expect((await one.locks.look()).holders.live).toBe(2);
      await other.cut();
      expect((await one.locks.look()).holders.live).toBe(1);
      const third = await all.start(all.newHolder());
      expect((await one.locks.look()).holders.live).toBe(2);
      await endAll(one, third);
    });

    it('misses whoever holds the lease of a call and is gone', async () => {
      const { one, other, names } = await two(makeSetup);
      const payment = await owes(other.repository);
      expect(await missing(one)).toEqual([]);
      await other.cut();
      expect(await missing(one)).toEqual([names.other]);
      await saveAll(one.repository, payment, [(it) => [closes(it), learned(it)]]);
      expect(await missing(one)).toEqual([]);
      await endAll(one);
    });

    it('misses nobody who is back, however he went', async () => {
      const { one, other, names, all } = await two(makeSetup);
      await owes(other.repository);
      await other.cut();
      const back = await all.start(names.other);
      expect(await missing(one)).toEqual([]);
      expect((await one.locks.look()).holders.live).toBe(2);
      await back.locks.end();
      expect(await missing(one)).toEqual([names.other]);
      await endAll(one);
    });

    it('misses whoever took the lease last, and nobody of whom it rests', async () => {
      const { one, other } = await two(makeSetup);
      const rested = await owes(one.repository);
      const until = new Date('2399-01-01T00:00:00.000Z');
      await saveAll(one.repository, rested, [() => [{ type: 'operation_rests', until }]]);
      const taken = await owes(one.repository);
      await saveAll(other.repository, taken, [
        () => [{ type: 'operation_leased', leaseUntil: LONG_LEASE, attempts: 2 }],
      ]);
      const due = await owes(one.repository, { leaseUntil: NOW });
      const owing = { now: NOW, leaseUntil: LONG_LEASE, limit: 10 };
      const ids = got(await other.repository.takeOwing(owing)).map(({ id }) => id);
      expect(ids).toEqual([due.id]);
      await one.cut();
      expect(await missing(other)).toEqual([]);
      await endAll(other);
    });
  });
}

function describeLettingGo(makeSetup: MakeSetup): void {
  describe('letting go for who is gone', () => {
    it('leaves its calls to anybody, at once, and touches nothing else', async () => {
      const { one, other, names } = await two(makeSetup);
      const lost = await owes(other.repository);
      const own = await owes(one.repository);
      await other.cut();
      expect(await one.locks.letGoOf([names.other], NOW)).toBe(1);
      const found = got(await one.repository.find({ paymentId: lost.id }));
      expect(found?.operation).toEqual({ ...lost.operation, resting: true, leaseUntil: NOW });
      expect(found?.revision).toBe(lost.revision);
      expect(found?.operation && isLeased(found.operation, NOW)).toBe(false);
      expect(got(await one.repository.find({ paymentId: own.id }))).toEqual(own);
      const owing = { now: NOW, leaseUntil: LONG_LEASE, limit: 10 };
      expect(got(await one.repository.takeOwing(owing)).map(({ id }) => id)).toEqual([lost.id]);
      await endAll(one);
    });

    it('does it once, whoever else does it at the same moment', async () => {
      const { one, other, names, all } = await two(makeSetup);
      const third = await all.start(all.newHolder());
      await Promise.all(Array.from({ length: 5 }, () => owes(other.repository)));
      await other.cut();
      const looked = [one, third].map(({ locks }) => locks.letGoOf([names.other], NOW));
      const [mine = 0, theirs = 0] = await Promise.all(looked);
      const rest = await one.locks.letGoOf([names.other], NOW);
      expect(mine + theirs + rest).toBe(5);
      expect(await missing(third)).toEqual([]);
      await endAll(one, third);
    });

    it('robs nobody who is there', async () => {
      const { one, other, names } = await two(makeSetup);
      const payment = await owes(other.repository);
      expect(await one.locks.letGoOf([names.other], NOW)).toBe(0);
      expect(got(await one.repository.find({ paymentId: payment.id }))).toEqual(payment);
      await endAll(one, other);
    });

    it('lets whoever was taken to be gone finish, unless another took over', async () => {
      const { one, other, names } = await two(makeSetup);
      const finished = await owes(other.repository);
      const taken = await owes(other.repository);
      await other.cut();
      await one.locks.letGoOf([names.other], NOW);
      const endOf = (payment: Payment) => apply(payment, [closes(payment), learned(payment)], NOW);
      expect(got(await other.repository.save(endOf(finished)))).toBe('saved');
      const owing = { now: NOW, leaseUntil: LONG_LEASE, limit: 10 };
      expect(got(await one.repository.takeOwing(owing)).map(({ id }) => id)).toEqual([taken.id]);
      expect(got(await other.repository.save(endOf(taken)))).toBe('stale');
      expect(got(await other.repository.withdraw(taken))).toBe('stale');
      await endAll(one);
    });
  });
}

function describeLeavingBehind(makeSetup: MakeSetup): void {
  describe('letting go of what was left behind', () => {
    it('leaves to anybody what is ours and not under way, and touches nothing else', async () => {
      const { one, other, names } = await two(makeSetup);
      const left = await owes(one.repository);
      const underWay = await owes(one.repository);
      const theirs = await owes(other.repository);
      const wanted = { self: names.one, underWay: [underWay.id], now: NOW };
      const before = new Date(NOW.getTime() - 1);
      expect(await one.locks.letGoOfOwn({ ...wanted, openedBefore: before })).toBe(0);
      expect(await one.locks.letGoOfOwn({ ...wanted, openedBefore: NOW })).toBe(1);
      const found = got(await one.repository.find({ paymentId: left.id }));
      expect(found?.operation).toEqual({ ...left.operation, resting: true, leaseUntil: NOW });
      expect(found?.revision).toBe(left.revision);
      for (const payment of [underWay, theirs]) {
        expect(got(await one.repository.find({ paymentId: payment.id }))).toEqual(payment);
      }
      const owing = { now: NOW, leaseUntil: LONG_LEASE, limit: 10 };
      expect(got(await other.repository.takeOwing(owing)).map(({ id }) => id)).toEqual([left.id]);
      await endAll(one, other);
    });
  });
}

async function two(makeSetup: MakeSetup) {
  const all = await makeSetup();
  const names = { one: all.newHolder(), other: all.newHolder() };
  return { all, names, one: await all.start(names.one), other: await all.start(names.other) };
}

/** A payment that owes a call, whose lease lasts long after NOW unless it is said. */
function owes(repository: PaymentRepository, { leaseUntil = LONG_LEASE } = {}): Promise<Payment> {
  const wanted = asked({ createdAt: NOW, updatedAt: NOW });
  if (wanted.operation === null) throw new Error('an asked payment owes a call');
  return claimed(repository, { ...wanted, operation: { ...wanted.operation, leaseUntil } });
}

async function missing({ locks }: ContractProcess): Promise<readonly LeaseHolder[]> {
  return (await locks.look()).holders.missing;
}

async function endAll(...processes: readonly ContractProcess[]): Promise<void> {
  for (const { locks } of processes) await locks.end();
}
