import {
  apply,
  type Payment,
  type PaymentRepository,
  parseCharge,
  parseCurrency,
  type Transfer,
} from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { owedTransfer } from '../samples.js';
import { describeDebts } from './debts.js';
import { LONG_AGO } from './long-ago.js';
import { got } from './outcome.js';
import type { ContractPorts } from './ports.js';
import { saveRelease } from './steps.js';

const NOW = new Date('2026-01-05T09:00:00.000Z');

/** Who the runners are, and what they owe. */
export function describeRunners(ports: () => Promise<ContractPorts>): void {
  describe('the runner directory', () => {
    it('knows nothing of a runner at first', async () => {
      const { runners } = await ports();
      expect(got(await runners.find(named('runner')))).toBeNull();
    });

    it('keeps where the money goes, and what Stripe told of the account', async () => {
      const { runners } = await ports();
      const [runnerId, account, another] = [named('runner'), named('acct'), named('acct')];
      const set = async (stripeAccount: string | null) =>
        got(await runners.setAccount({ runnerId, stripeAccount, now: NOW }));
      const runner = { runnerId, stripeAccount: account, transfersEnabled: null, debts: [] };
      expect(await set(account)).toEqual(runner);
      expect(got(await runners.find(runnerId))).toEqual(runner);
      for (const transfersEnabled of [false, true]) {
        const reason = transfersEnabled ? null : 'requirements.past_due';
        const told = { stripeAccount: account, transfersEnabled, reason, now: NOW };
        expect(got(await runners.noteAccount(told))).toBe(1);
        expect(got(await runners.find(runnerId))).toEqual({ ...runner, transfersEnabled });
      }
      // The same one again is as it was; of another one nothing is known.
      expect(await set(account)).toEqual({ ...runner, transfersEnabled: true });
      expect(await set(another)).toEqual({ ...runner, stripeAccount: another });
      expect(await set(null)).toEqual({ ...runner, stripeAccount: null });
      expect(got(await runners.find(runnerId))).toEqual({ ...runner, stripeAccount: null });
    });

    it('tells of how many runners an account is', async () => {
      const { runners } = await ports();
      const stripeAccount = named('acct');
      const note = async () => {
        const told = { stripeAccount, transfersEnabled: true, reason: null, now: NOW };
        return got(await runners.noteAccount(told));
      };
      expect(await note()).toBe(0);
      const ids = [named('runner'), named('runner')];
      for (const runnerId of ids)
        got(await runners.setAccount({ runnerId, stripeAccount, now: NOW }));
      expect(await note()).toBe(2);
      for (const runnerId of ids)
        expect(got(await runners.find(runnerId))).toMatchObject({ transfersEnabled: true });
    });
  });

  describeTransferred(ports);
  describeWaking(ports);
  describeDebts(ports);
}

function named(what: string): string {
  return `${what}_${crypto.randomUUID()}`;
}

function describeTransferred(ports: () => Promise<ContractPorts>): void {
  describe('what a runner has got', () => {
    it('is what was sent, kept back for debts or taken back, for each currency in its order', async () => {
      const { repository, runners } = await ports();
      const runnerId = named('runner');
      const sent = (facts: Partial<Transfer>) => {
        const stripeTransferId = named('tr');
        return owedTransfer({ runnerId, status: 'sent', stripeTransferId, ...facts });
      };
      const inEuros = { amount: got(parseCharge(2098, got(parseCurrency('EUR')))) };
      const told = async () => got(await runners.transferred(runnerId));
      await saveRelease(repository, owedTransfer({ runnerId }));
      expect(await told()).toEqual([]);
      await saveRelease(repository, sent({ amountMinor: 700, nettedMinor: 300 }));
      await saveRelease(repository, sent({ amountMinor: 900, reversedMinor: 100, debtMinor: 50 }));
      const back = { amountMinor: 5, reversedMinor: 5, status: 'reversed' } as const;
      await saveRelease(repository, sent(back));
      await saveRelease(repository, sent({ amountMinor: 40 }), inEuros);
      expect(await told()).toEqual([
        { currency: 'EUR', amountMinor: 40 },
        { currency: 'USD', amountMinor: 1750 },
      ]);
      expect(got(await runners.transferred(named('runner')))).toEqual([]);
    });
  });
}

function describeWaking(ports: () => Promise<ContractPorts>): void {
  const WAITING = ['waiting_account', 'needs_review'] as const;
  const OTHERS = ['owed', 'waiting_funds', 'paused'] as const;

  /** Payments whose transfers wait for one runner, in the ways they can. */
  const waitFor = async (repository: PaymentRepository, facts: Partial<Transfer>) => {
    const save = (status: Transfer['status']) =>
      saveRelease(repository, owedTransfer({ ...facts, status }));
    const [woken, left] = [[] as Payment[], [] as Payment[]];
    for (const status of WAITING) woken.push(await save(status));
    for (const status of OTHERS) left.push(await save(status));
    return { woken, left };
  };
  const expectWoken = async (repository: PaymentRepository, payments: readonly Payment[]) => {
    const now = new Date(LONG_AGO);
    const due = got(await repository.dueTransfers({ now, limit: 10_000 }));
    for (const payment of payments) {
      if (!('transfer' in payment) || payment.transfer === null) throw new Error('no transfer');
      const transfer = { ...payment.transfer, nextTryAt: now };
      const revision = payment.revision + 1;
      const woken = { ...payment, transfer, revision, updatedAt: now };
      expect(got(await repository.find({ paymentId: payment.id }))).toEqual(woken);
      expect(due.find(({ id }) => id === payment.id)).toEqual(woken);
      // Who has read it before must not write the old time over the new one.
      expect(got(await repository.save(apply(payment, [], NOW)))).toBe('stale');
    }
  };
  const expectLeft = async (repository: PaymentRepository, payments: readonly Payment[]) => {
    for (const payment of payments)
      expect(got(await repository.find({ paymentId: payment.id }))).toEqual(payment);
  };
  const now = new Date(LONG_AGO);

  describe('what waits for a runner', () => {
    it('is due at once when an account is set, and nothing else is', async () => {
      const { repository, runners } = await ports();
      const runnerId = named('runner');
      const { woken, left } = await waitFor(repository, { runnerId, stripeAccount: null });
      const others = await waitFor(repository, {});
      got(await runners.setAccount({ runnerId, stripeAccount: named('acct'), now }));
      await expectWoken(repository, woken);
      await expectLeft(repository, [...left, ...others.woken, ...others.left]);
    });

    it('is due at once when its account can take transfers, and not when it can not', async () => {
      const { repository, runners } = await ports();
      const [runnerId, stripeAccount] = [named('runner'), named('acct')];
      got(await runners.setAccount({ runnerId, stripeAccount, now }));
      const byRunner = await waitFor(repository, { runnerId, stripeAccount: null });
      const byAccount = await waitFor(repository, { stripeAccount });
      const told = { stripeAccount, now } as const;
      got(await runners.noteAccount({ ...told, transfersEnabled: false, reason: 'past due' }));
      await expectLeft(repository, [...byRunner.woken, ...byAccount.woken]);
      got(await runners.noteAccount({ ...told, transfersEnabled: true, reason: null }));
      // A person must look at one that has this account already, whatever it can take.
      const [waiting, review] = byAccount.woken;
      if (waiting === undefined || review === undefined) throw new Error('not saved');
      await expectWoken(repository, [...byRunner.woken, waiting]);
      await expectLeft(repository, [...byRunner.left, ...byAccount.left, review]);
    });
  });
}
