import { apply, type Change, type Payment, type Transfer } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { owedRefund, owedTransfer } from '../samples.js';
import { got } from './outcome.js';
import type { ContractPorts } from './ports.js';
import { saveAll, saveOnto, saveRelease } from './steps.js';

/** What runners owe, and what transfers keep back of it. */
export function describeDebts(ports: () => Promise<ContractPorts>): void {
  describe('the debts of a runner', () => {
    it('are known with their currency, the oldest first, also of a runner without an account', async () => {
      const all = await ports();
      const { runnerId, debts } = await indebted(all, [300, 200]);
      expect(got(await all.runners.find(runnerId))).toEqual({
        runnerId,
        stripeAccount: null,
        transfersEnabled: null,
        debts: debts.map(({ debtId, amountMinor: leftMinor }) => {
          return { debtId, currency: 'USD', leftMinor };
        }),
      });
      const wanted = { runnerId, stripeAccount: `acct_${runnerId}`, now: new Date() };
      expect(got(await all.runners.setAccount(wanted)).debts).toHaveLength(2);
    });

    it('are less by what a transfer keeps back, and are gone when nothing is left', async () => {
      const all = await ports();
      const { runnerId, one, other, debts } = await indebted(all, [300, 200]);
      const [{ debtId } = { debtId: '' }] = debts;
      const first = netting(one, debtId, 100);
      expect(got(await all.repository.save(first))).toBe('saved');
      expect(await left(all, runnerId)).toEqual([200, 200]);
      expect(got(await all.repository.find({ paymentId: one.id }))).toEqual(first.payment);
      expect(got(await all.repository.save(netting(other, debtId, 200)))).toBe('saved');
      expect(await left(all, runnerId)).toEqual([200]);
    });

    it('are neither kept back, nor more, nor owed again, by a change that is stale', async () => {
      const all = await ports();
      const { runnerId, one, other, debts } = await indebted(all, [300]);
      const [{ debtId } = { debtId: '' }] = debts;
      const [early, late] = [netting(one, debtId, 100), netting(one, debtId, 50)];
      const money = late.money && {
        ...late.money,
        refunds: [owedRefund()],
        isNettingUndone: true,
        debts: [{ debtId: `late-${debtId}`, amountMinor: 7 }],
      };
      expect(got(await all.repository.save(early))).toBe('saved');
      expect(got(await all.repository.save({ ...late, money }))).toBe('stale');
      expect(await left(all, runnerId)).toEqual([200]);
      expect(got(await all.repository.find({ paymentId: one.id }))).toEqual(early.payment);
      expect(got(await all.repository.save(netting(other, debtId, 200)))).toBe('saved');
    });

    it('are kept back by one of two transfers at once, and nothing of the other is written', async () => {
      const all = await ports();
      const { runnerId, one, other, debts } = await indebted(all, [300]);
      const [{ debtId } = { debtId: '' }] = debts;
      const saves = [one, other].map((it) => all.repository.save(netting(it, debtId, 200)));
      const ends = (await Promise.all(saves)).map((saved) => got(saved));
      expect([...ends].sort()).toEqual(['saved', 'stale']);
      expect(await left(all, runnerId)).toEqual([100]);
      const late = ends[0] === 'stale' ? one : other;
      expect(got(await all.repository.find({ paymentId: late.id }))).toEqual(late);
      expect(got(await all.repository.save(netting(late, debtId, 100)))).toBe('saved');
    });
  });

  describeUndone(ports);
}

function describeUndone(ports: () => Promise<ContractPorts>): void {
  describe('the debts of a runner', () => {
    it('are owed again where what kept them back is not sent after all', async () => {
      const all = await ports();
      const { runnerId, one, other, debts } = await indebted(all, [300, 200]);
      const [first, second] = debts.map(({ debtId }) => debtId);
      const both = netting(one, first ?? '', 300);
      const more = { debtId: second ?? '', amountMinor: 150 };
      const money = both.money && { ...both.money, nettings: [...both.money.nettings, more] };
      expect(got(await all.repository.save({ ...both, money }))).toBe('saved');
      expect(got(await all.repository.save(netting(other, second ?? '', 10)))).toBe('saved');
      expect(await left(all, runnerId)).toEqual([40]);
      const undo = () =>
        saveOnto(all.repository, one, (it) => [
          { type: 'transfer_changed', transfer: { ...owing(it, 0), nettedMinor: 0 } },
        ]);
      expect(got(await undo())).toBe('saved');
      expect(await left(all, runnerId)).toEqual([300, 190]);
      const again = got(await all.repository.find({ paymentId: one.id }));
      if (again === null) throw new Error('gone');
      expect(got(await all.repository.save(netting(again, first ?? '', 250)))).toBe('saved');
      expect(await left(all, runnerId)).toEqual([50, 190]);
    });
  });
}

/** Payments of one runner: of the first one, amounts came to be debts. */
async function indebted({ repository }: ContractPorts, amounts: readonly number[]) {
  const runnerId = `runner_${crypto.randomUUID()}`;
  const [first, one, other] = [
    await saveRelease(repository, owedTransfer({ runnerId })),
    await saveRelease(repository, owedTransfer({ runnerId })),
    await saveRelease(repository, owedTransfer({ runnerId })),
  ];
  // Their ids come in the order that their times do not.
  const debts = amounts.map((amountMinor, place) => ({
    debtId: `debt-${9 - place}-${runnerId}`,
    amountMinor,
  }));
  await saveAll(
    repository,
    first,
    debts.map(({ debtId, amountMinor }) => (it) => [
      { type: 'runner_debt', transfer: owing(it, amountMinor), debtId, amountMinor },
    ]),
  );
  return { runnerId, one, other, debts };
}

function owing(payment: Payment, debtMinor: number): Transfer {
  if (!('transfer' in payment) || payment.transfer === null) throw new Error('no transfer');
  return { ...payment.transfer, debtMinor: payment.transfer.debtMinor + debtMinor };
}

/** The payment's transfer keeps something back for a debt. */
function netting(payment: Payment, debtId: string, amountMinor: number): Change {
  if (!('transfer' in payment) || payment.transfer === null) throw new Error('no transfer');
  const transfer = { ...payment.transfer, nettedMinor: amountMinor };
  const nettings = [{ debtId, amountMinor }];
  return apply(payment, [{ type: 'transfer_changed', transfer, nettings }], payment.updatedAt);
}

/** What is left of each debt, the oldest first. */
async function left({ runners }: ContractPorts, runnerId: string): Promise<readonly number[]> {
  return (got(await runners.find(runnerId))?.debts ?? []).map(({ leftMinor }) => leftMinor);
}
