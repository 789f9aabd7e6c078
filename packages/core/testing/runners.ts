import type {
  AccountSnapshot,
  Change,
  Payment,
  Runner,
  RunnerDebt,
  RunnerDirectory,
  Transfer,
} from '@campusg-pay/core';

/** What is on record of a runner, but for their debts. */
type RunnerRow = Omit<Runner, 'debts'>;

/** What a runner came to owe, with what is left of it. */
export interface DebtRow extends RunnerDebt {
  readonly runnerId: string;
  readonly createdAt: Date;
}

/** Part of a debt that the transfer of a payment keeps back. */
export interface NettingRow {
  readonly debtId: string;
  readonly paymentId: string;
  readonly amountMinor: number;
}

/** The runners' part of a database in memory. */
export function emptyRunnerTables() {
  return {
    runners: new Map<string, RunnerRow>(),
    /** Paid ones as well, by their ids. */
    debts: new Map<string, DebtRow>(),
    nettings: [] as NettingRow[],
  };
}

type RunnerTables = ReturnType<typeof emptyRunnerTables>;

interface WithPayments extends RunnerTables {
  readonly payments: Map<string, Payment>;
}

export function findRunner({ runners, debts }: RunnerTables, runnerId: string): Runner | null {
  const known = runners.get(runnerId);
  const open = [...debts.values()]
    .filter((one) => one.runnerId === runnerId && one.leftMinor > 0)
    .sort((one, other) => {
      const olderMs = one.createdAt.getTime() - other.createdAt.getTime();
      return olderMs || (one.debtId < other.debtId ? -1 : 1);
    })
    .map(({ debtId, currency, leftMinor }) => ({ debtId, currency, leftMinor }));
  if (known === undefined && open.length === 0) return null;
  const unknown = { runnerId, stripeAccount: null, transfersEnabled: null };
  return { ...(known ?? unknown), debts: open };
}

export function setAccount(
  tables: WithPayments,
  wanted: Parameters<RunnerDirectory['setAccount']>[0],
): Runner {
  const { runnerId, stripeAccount, now } = wanted;
  const known = tables.runners.get(runnerId);
  const isSame = stripeAccount !== null && known?.stripeAccount === stripeAccount;
  const transfersEnabled = wanted.transfersEnabled ?? (isSame ? known.transfersEnabled : null);
  tables.runners.set(runnerId, { runnerId, stripeAccount, transfersEnabled });
  const isOther = (transfer: Transfer) => transfer.stripeAccount !== stripeAccount;
  wake(tables, { stripeAccount, now }, (one) => one.runnerId === runnerId && isOther(one));
  const { debts } = findRunner(tables, runnerId) ?? { debts: [] };
  return { runnerId, stripeAccount, transfersEnabled, debts };
}

export function noteAccount(
  tables: WithPayments,
  { stripeAccount, transfersEnabled, now }: AccountSnapshot & { readonly now: Date },
): number {
  const told = [...tables.runners.values()].filter((one) => one.stripeAccount === stripeAccount);
  for (const runner of told) tables.runners.set(runner.runnerId, { ...runner, transfersEnabled });
  const isTheirs = ({ runnerId }: Transfer) => told.some((one) => one.runnerId === runnerId);
  if (transfersEnabled)
    wake(tables, { stripeAccount, now }, (transfer) => {
      return transfer.stripeAccount === stripeAccount || isTheirs(transfer);
    });
  return told.length;
}

/**
 * Makes due what waits for the account, or for a person who has given another one by now, and moves its
 * payment on.
 */
function wake(
  { payments }: WithPayments,
  { stripeAccount, now }: { readonly stripeAccount: string | null; readonly now: Date },
  isMeant: (transfer: Transfer) => boolean,
) {
  for (const payment of payments.values()) {
    if (!('transfer' in payment) || payment.transfer === null) continue;
    const { status, stripeAccount: known } = payment.transfer;
    const isReplaced = status === 'needs_review' && known !== stripeAccount;
    if (status !== 'waiting_account' && !isReplaced) continue;
    if (!isMeant(payment.transfer)) continue;
    const transfer = { ...payment.transfer, nextTryAt: now };
    const revision = payment.revision + 1;
    payments.set(payment.id, { ...payment, transfer, revision, updatedAt: now });
  }
}

/** The transfer of a payment, where there can be one. */
function transferOf(payment: Payment): Transfer | null {
  return 'transfer' in payment ? payment.transfer : null;
}

/** Whether each debt has as much left as the change would keep back of it. */
export function hasLeft({ debts }: RunnerTables, { money }: Change): boolean {
  return (money?.nettings ?? []).every(({ debtId, amountMinor }) => {
    const debt = debts.get(debtId);
    if (debt === undefined) throw new Error(`bug: nobody owes ${debtId}`);
    return debt.leftMinor >= amountMinor;
  });
}

/** Refuses what the database's own rules refuse. */
export function requireSoundMoney(before: Payment, { payment, opened, money }: Change): void {
  const transfer = transferOf(payment);
  const known = transferOf(before);
  if (known !== null && known.transferId !== (transfer?.transferId ?? known.transferId))
    throw new Error(`bug: a second transfer of ${payment.id}`);
  if (money !== null && 'refunds' in payment && payment.refunds.length > 100)
    throw new Error(`bug: more than 100 refunds of ${payment.id}`);
  if (opened?.kind !== 'transfer') return;
  if (!('receivedMinor' in payment)) throw new Error('bug: nothing was taken');
  const { receivedMinor, refundedMinor, feeMinor } = payment;
  const isSent = transfer !== null && transfer.stripeTransferId !== null;
  const sentMinor = isSent ? transfer.amountMinor - transfer.reversedMinor : 0;
  const allMinor = opened.params.amountMinor + sentMinor;
  const shareMinor = receivedMinor - feeMinor;
  if (allMinor > shareMinor - refundedMinor || allMinor + (transfer?.nettedMinor ?? 0) > shareMinor)
    throw new Error(`bug: ${payment.id} has less for its runner`);
}

/** Keeps back for debts, gives back what was kept back, and adds to what is owed. */
export function changeDebts(tables: RunnerTables, { money, payment }: Change): void {
  if (money === null) return;
  const { debts, nettings } = tables;
  const add = (debtId: string, moreMinor: number) => {
    const debt = debts.get(debtId);
    if (debt !== undefined) debts.set(debtId, { ...debt, leftMinor: debt.leftMinor + moreMinor });
  };
  if (money.isNettingUndone) {
    for (const { debtId, paymentId, amountMinor } of [...nettings]) {
      if (paymentId === payment.id) add(debtId, amountMinor);
    }
    tables.nettings.splice(0, Infinity, ...nettings.filter((one) => one.paymentId !== payment.id));
  }
  for (const { debtId, amountMinor } of money.nettings) {
    const isTwice = nettings.some((one) => one.debtId === debtId && one.paymentId === payment.id);
    if (isTwice) throw new Error(`bug: ${payment.id} has kept back for ${debtId} before`);
    nettings.push({ debtId, paymentId: payment.id, amountMinor });
    add(debtId, -amountMinor);
  }
  for (const { debtId, amountMinor } of money.debts) {
    if (debts.has(debtId)) throw new Error(`bug: the debt ${debtId} is there already`);
    const runnerId = transferOf(payment)?.runnerId;
    if (runnerId === undefined) throw new Error('bug: a debt without a transfer');
    const { currency } = payment.amount;
    const createdAt = payment.updatedAt;
    debts.set(debtId, { debtId, runnerId, currency, leftMinor: amountMinor, createdAt });
  }
}

export function transferredTo({ payments }: WithPayments, runnerId: string) {
  const sums = new Map<string, number>();
  for (const payment of payments.values()) {
    if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED') continue;
    const { transfer, amount } = payment;
    if (transfer?.runnerId !== runnerId) continue;
    if (transfer.status !== 'sent' && transfer.status !== 'reversed') continue;
    const { amountMinor, nettedMinor, reversedMinor, debtMinor } = transfer;
    const more = amountMinor + nettedMinor - reversedMinor - debtMinor;
    sums.set(amount.currency, (sums.get(amount.currency) ?? 0) + more);
  }
  return [...sums]
    .filter(([, amountMinor]) => amountMinor !== 0)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([currency, amountMinor]) => ({ currency, amountMinor }));
}
