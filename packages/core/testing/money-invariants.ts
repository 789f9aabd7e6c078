import { type Clawback, moneyWayOf, type Payment, type Transfer } from '@campusg-pay/core';
import type { Evidence, Invariant, LedgerTransfer, MoneyEvidence } from './judged.js';

/** What must be true of money that goes on to runners and comes back. */
export const MONEY_INVARIANTS: readonly Invariant[] = [
  {
    name: 'a payment has at most one transfer, and tells once that it was sent',
    holds: 'always',
    broken: ({ payments, histories, money }) => {
      const sent = (money?.transfers ?? []).map(({ paymentId }) => paymentId);
      const twice = sent.filter((id, index) => id !== null && sent.indexOf(id) !== index);
      const told = payments.filter(({ id }) => eventsOf(histories, id, 'transfer_sent').length > 1);
      return [...twice, ...told.map(({ id }) => `${id} tells so more than once`)].map(String);
    },
  },
  {
    name: 'no more goes on to a runner than was taken, less the fee',
    holds: 'always',
    broken: ({ payments, intents, money }) =>
      (money?.transfers ?? []).flatMap(({ paymentId, amountMinor }) => {
        const payment = payments.find(({ id }) => id === paymentId);
        const intent = intents.find((it) => it.paymentId === paymentId);
        if (payment === undefined || intent === undefined) return [];
        const taken = takenOf(payment);
        const nettedMinor = taken?.transfer?.nettedMinor ?? 0;
        const mostMinor = intent.receivedMinor - (taken?.feeMinor ?? 0);
        return amountMinor + nettedMinor <= mostMinor
          ? []
          : [`${paymentId}: ${amountMinor} and ${nettedMinor} netted of ${mostMinor}`];
      }),
  },
  {
    name: 'the amounts of a record add up',
    holds: 'always',
    broken: ({ payments }) => payments.flatMap(amountsWrong),
  },
  {
    name: 'what a runner owes is what did not come back, less what transfers kept back of it',
    holds: 'always',
    broken: ({ payments, histories, money }) =>
      money === undefined ? [] : payments.flatMap((one) => debtsWrong(one, histories, money)),
  },
  {
    name: 'what went on to a runner and came back is on record',
    holds: 'quiet',
    broken: ({ payments, money }) =>
      money === undefined
        ? []
        : payments.flatMap((payment) => {
            const sent = money.transfers.find(({ paymentId }) => paymentId === payment.id);
            const done = sent === undefined ? NOT_SENT : toldOf(sent);
            const told = recordedOf(takenOf(payment)?.transfer ?? null);
            return told === done ? [] : [`${payment.id}: ${done}, by the record ${told}`];
          }),
  },
  {
    name: 'no money is lost or made: what the gateway has of a payment is what the record says',
    holds: 'quiet',
    broken: ({ payments, intents, money }) =>
      payments.flatMap((payment) => {
        const intent = intents.find(({ paymentId }) => paymentId === payment.id);
        const taken = takenOf(payment);
        if (money === undefined || intent === undefined || taken === null) return [];
        const sent = money.transfers.filter(({ paymentId }) => paymentId === payment.id);
        const wentMinor = sum(sent.map((one) => one.amountMinor - one.reversedMinor));
        const hereMinor = intent.receivedMinor - intent.refundedMinor - wentMinor;
        const { keptMinor, feeMinor } = moneyWayOf(payment);
        const isSent = taken.transfer !== null && taken.transfer.status !== 'canceled';
        const nettedMinor = isSent ? (taken.transfer?.nettedMinor ?? 0) : 0;
        const debtMinor = taken.transfer?.debtMinor ?? 0;
        const saidMinor = keptMinor + feeMinor + nettedMinor - debtMinor;
        return hereMinor === saidMinor
          ? []
          : [`${payment.id}: ${hereMinor} here, by the record ${saidMinor}`];
      }),
  },
  {
    name: 'nobody waits for ever for their money',
    holds: 'quiet',
    broken: ({ payments, money }) =>
      money === undefined ? [] : payments.flatMap((one) => stillOwed(one, money.clawback)),
  },
];

type TakenPayment = Extract<Payment, { readonly transfer: Transfer | null }>;

function takenOf(payment: Payment): TakenPayment | null {
  return payment.status === 'RELEASED' || payment.status === 'REVERTED' ? payment : null;
}

function eventsOf(histories: Evidence['histories'], paymentId: string, type: string) {
  return (histories.get(paymentId) ?? []).filter(({ event }) => event.type === type);
}

function debtsWrong(
  payment: Payment,
  histories: Evidence['histories'],
  { debts, nettings }: MoneyEvidence,
): readonly string[] {
  const own = (histories.get(payment.id) ?? []).flatMap(({ event }) =>
    event.type === 'runner_debt' ? [event] : [],
  );
  const wrong = own.flatMap(({ debtId, amountMinor }) => {
    const debt = debts.find((one) => one.debtId === debtId);
    const paid = sum(nettings.flatMap((one) => (one.debtId === debtId ? [one.amountMinor] : [])));
    const isRight =
      debt !== undefined && debt.leftMinor >= 0 && debt.leftMinor + paid === amountMinor;
    return isRight ? [] : [`${debtId}: ${debt?.leftMinor} left, ${paid} paid of ${amountMinor}`];
  });
  const taken = takenOf(payment);
  const { nettedMinor = 0, debtMinor = 0 } = taken?.transfer ?? {};
  const kept = sum(
    nettings.flatMap((one) => (one.paymentId === payment.id ? [one.amountMinor] : [])),
  );
  const owed = sum(own.map(({ amountMinor }) => amountMinor));
  const isSame = kept === nettedMinor && owed === debtMinor;
  return isSame
    ? wrong
    : [
        ...wrong,
        `${payment.id}: ${kept} kept back, ${nettedMinor} on record; ${owed} and ${debtMinor} owed`,
      ];
}

const NOT_SENT = 'nothing sent';

function toldOf({ stripeTransferId, stripeAccount, amountMinor, reversedMinor }: LedgerTransfer) {
  return `${stripeTransferId} to ${stripeAccount}: ${amountMinor}, ${reversedMinor} back`;
}

function recordedOf(transfer: Transfer | null): string {
  if (transfer === null || transfer.stripeTransferId === null) return NOT_SENT;
  const { stripeTransferId, stripeAccount, amountMinor, reversedMinor } = transfer;
  if (stripeAccount === null) return `${stripeTransferId} to nobody`;
  const facts = { stripeTransferId, stripeAccount, amountMinor, reversedMinor };
  return toldOf({ ...facts, paymentId: null, currency: '' });
}

/** What is asked for or due, and nobody keeps it back. */
function stillOwed(payment: Payment, policy: Clawback): readonly string[] {
  const taken = takenOf(payment);
  if (taken === null) return [];
  const { transfer, refunds } = taken;
  const undone = refunds.filter(({ status }) => status === 'owed' || status === 'pending');
  const wrong = undone.map(({ refundId, status }) => `${payment.id}: ${refundId} is ${status}`);
  if (transfer === null) return wrong;
  const { status } = transfer;
  if (status === 'owed' || status === 'waiting_funds' || status === 'waiting_account') {
    const isForAccount = status === 'waiting_account' && transfer.stripeAccount === null;
    return isForAccount ? wrong : [...wrong, `${payment.id}: its transfer is ${status}`];
  }
  if (status === 'needs_review' && payment.review === null)
    return [...wrong, `${payment.id}: its transfer is to be looked at, and nobody is told`];
  if (status !== 'sent' && status !== 'reversed') return wrong;
  const sentMinor = transfer.amountMinor + transfer.nettedMinor;
  // What was given back before it was sent was kept back of it then.
  const keptBackMinor = Math.max(0, taken.receivedMinor - taken.feeMinor - sentMinor);
  const dueMinor = borneMinor(taken, policy) - keptBackMinor;
  const clawed = transfer.reversedMinor + transfer.debtMinor;
  return clawed >= Math.min(dueMinor, sentMinor)
    ? wrong
    : [...wrong, `${payment.id}: ${clawed} of ${dueMinor} came back from the runner`];
}

/** What the runner bears of what was given back, reckoned otherwise than the service does. */
export function borneMinor(
  {
    receivedMinor,
    feeMinor,
    refundedMinor,
  }: Pick<TakenPayment, 'receivedMinor' | 'feeMinor' | 'refundedMinor'>,
  policy: Clawback,
): number {
  const share = receivedMinor - feeMinor;
  if (policy === 'none') return 0;
  if (policy === 'full') return Math.min(share, refundedMinor);
  // Small enough here to be exact; halves go up.
  return receivedMinor === 0 ? 0 : Math.floor((share * refundedMinor) / receivedMinor + 0.5);
}

function amountsWrong(payment: Payment): readonly string[] {
  const taken = takenOf(payment);
  if (taken === null) return [];
  const { receivedMinor, refundedMinor, feeMinor, tipMinor, transfer, refunds } = taken;
  const { transferredMinor, reversedMinor } = moneyWayOf(payment);
  const named = sum(
    refunds.flatMap((one) => (one.status === 'succeeded' && !one.isRest ? [one.amountMinor] : [])),
  );
  const isRight =
    refundedMinor >= 0 &&
    refundedMinor <= receivedMinor &&
    named <= refundedMinor &&
    feeMinor + transferredMinor <= receivedMinor &&
    tipMinor <= receivedMinor &&
    reversedMinor <= transferredMinor &&
    (transfer?.reversedMinor ?? 0) <= (transfer?.amountMinor ?? 0);
  const told = { receivedMinor, refundedMinor, named, feeMinor, tipMinor, transferredMinor };
  return isRight ? [] : [`${payment.id}: ${JSON.stringify({ ...told, reversedMinor })}`];
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, one) => all + one, 0);
}
