// What is known of runners, and what they owe: beside store.ts, on the same payments.
import type {
  Change,
  Netting,
  Payment,
  Runner,
  RunnerDirectory,
  Transfer,
} from '@campusg-pay/core';
import { ok } from 'neverthrow';

interface Debt {
  readonly debtId: string;
  readonly runnerId: string;
  readonly currency: string;
  readonly leftMinor: number;
}

const transferOf = (payment: Payment | undefined) =>
  payment !== undefined && 'transfer' in payment ? payment.transfer : null;

/** More than the share of the runner, or what the contract allows once only. */
function isUnsound(before: Payment | undefined, { payment, opened }: Change): boolean {
  if (!('transfer' in payment)) return false;
  const { transfer, refunds, receivedMinor, refundedMinor, feeMinor } = payment;
  const known = transferOf(before);
  if (known !== null && known.transferId !== transfer?.transferId) return true;
  if (refunds.length > 100) return true;
  if (opened?.kind !== 'transfer') return false;
  const isSent = transfer !== null && transfer.stripeTransferId !== null;
  const sent = isSent ? transfer.amountMinor - transfer.reversedMinor : 0;
  const all = opened.params.amountMinor + sent;
  const share = receivedMinor - feeMinor;
  return all > share - refundedMinor || all + (transfer?.nettedMinor ?? 0) > share;
}

/** The directory, and the part of each write that is about debts. */
export function ownRunners(payments: Map<string, Payment>) {
  const runners = new Map<string, Omit<Runner, 'debts'>>();
  const debts = new Map<string, Debt>();
  /** What each payment's transfer keeps back. */
  const nettings = new Map<string, readonly Netting[]>();

  const debtsOf = (runnerId: string) =>
    [...debts.values()]
      .filter((debt) => debt.runnerId === runnerId && debt.leftMinor > 0)
      .map(({ debtId, currency, leftMinor }) => ({ debtId, currency, leftMinor }));

  const wake = (account: string | null, isMeant: (transfer: Transfer) => boolean, now: Date) => {
    for (const payment of payments.values()) {
      if (!('transfer' in payment) || payment.transfer === null) continue;
      const { status, stripeAccount } = payment.transfer;
      const isReplaced = status === 'needs_review' && stripeAccount !== account;
      const waits = status === 'waiting_account' || isReplaced;
      if (!waits || !isMeant(payment.transfer)) continue;
      const transfer = { ...payment.transfer, nextTryAt: now };
      const revision = payment.revision + 1;
      payments.set(payment.id, { ...payment, transfer, revision, updatedAt: now });
    }
  };

  const owe = ({ debtId, amountMinor }: Netting, sign: 1 | -1) => {
    const debt = debts.get(debtId);
    if (debt === undefined) throw new Error(`bug: nobody owes ${debtId}`);
    debts.set(debtId, { ...debt, leftMinor: debt.leftMinor + sign * amountMinor });
  };

  const directory: RunnerDirectory = {
    find: async (runnerId) => {
      const open = debtsOf(runnerId);
      const unknown = { runnerId, stripeAccount: null, transfersEnabled: null };
      const known = runners.get(runnerId);
      if (known === undefined && open.length === 0) return ok(null);
      return ok({ ...(known ?? unknown), debts: open });
    },
    setAccount: async ({ runnerId, stripeAccount, now }) => {
      const known = runners.get(runnerId);
      const isSame = stripeAccount !== null && known?.stripeAccount === stripeAccount;
      const transfersEnabled = isSame ? known.transfersEnabled : null;
      const runner = { runnerId, stripeAccount, transfersEnabled };
      runners.set(runnerId, runner);
      wake(stripeAccount, (transfer) => transfer.runnerId === runnerId, now);
      return ok({ ...runner, debts: debtsOf(runnerId) });
    },
    transferred: async (runnerId) => {
      const sums = new Map<string, number>();
      for (const payment of payments.values()) {
        const transfer = transferOf(payment);
        if (transfer?.runnerId !== runnerId) continue;
        if (transfer.status !== 'sent' && transfer.status !== 'reversed') continue;
        const { amountMinor, nettedMinor, reversedMinor, debtMinor } = transfer;
        const { currency } = payment.amount;
        const more = amountMinor + nettedMinor - reversedMinor - debtMinor;
        sums.set(currency, (sums.get(currency) ?? 0) + more);
      }
      const told = [...sums].map(([currency, amountMinor]) => ({ currency, amountMinor }));
      const byCurrency = told.sort((one, other) => (one.currency < other.currency ? -1 : 1));
      return ok(byCurrency.filter(({ amountMinor }) => amountMinor !== 0));
    },
    noteAccount: async ({ stripeAccount, transfersEnabled, now }) => {
      const told = [...runners.values()].filter((one) => one.stripeAccount === stripeAccount);
      for (const runner of told) runners.set(runner.runnerId, { ...runner, transfersEnabled });
      const ids = told.map(({ runnerId }) => runnerId);
      const isMeant = (one: Transfer) =>
        one.stripeAccount === stripeAccount || ids.includes(one.runnerId);
      if (transfersEnabled) wake(stripeAccount, isMeant, now);
      return ok(told.length);
    },
  };

  return {
    directory,
    /** False: another transfer was faster, and the write is stale. Throws where there is a bug. */
    write: (change: Change): boolean => {
      const { money, payment } = change;
      if (isUnsound(payments.get(payment.id), change)) throw new Error('bug: unsound');
      if (money === null) return true;
      const isLeft = ({ debtId, amountMinor }: Netting) =>
        (debts.get(debtId)?.leftMinor ?? 0) >= amountMinor;
      if (!money.nettings.every(isLeft)) return false;
      if (money.isNettingUndone) {
        for (const one of nettings.get(payment.id) ?? []) owe(one, 1);
        nettings.delete(payment.id);
      }
      for (const one of money.nettings) owe(one, -1);
      nettings.set(payment.id, [...(nettings.get(payment.id) ?? []), ...money.nettings]);
      for (const { debtId, amountMinor: leftMinor } of money.debts) {
        const runnerId = transferOf(payment)?.runnerId ?? '';
        debts.set(debtId, { debtId, runnerId, currency: payment.amount.currency, leftMinor });
      }
      return true;
    },
  };
}
