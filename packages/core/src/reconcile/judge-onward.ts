import type { Money } from '../money/money.js';
import { moneyWayOf } from '../payment/money-way.js';
import type { Payment } from '../payment/payment.js';
import { underWayMinor } from '../payment/refund.js';
import { isLost } from '../payment/taken.js';
import { isUnsent, type Transfer } from '../payment/transfer.js';
import type { DiscrepancyPolicy, JudgeContext, OurSide, Severity } from './discrepancy.js';
import { iso, type Judgement, markOnce } from './evidence.js';

// What is not as it should be with a runner's share by the record alone, whatever Stripe says.

/** What waits for too long, what the runner owes, and what is kept though nobody has decided so. */
export function judgeOnward(ours: OurSide, context: JudgeContext): readonly Judgement[] {
  const { payment } = ours;
  const found = [judgeWaiting(ours, context), judgeFee(payment), judgeDebts(ours, context)];
  return found.filter((one) => one !== null);
}

/** So much of the payment's currency; null for nothing. */
export function ofPayment({ amount }: Payment, amountMinor: number): Money | null {
  return amountMinor > 0 ? { amountMinor, currency: amount.currency } : null;
}

function judgeWaiting(
  { payment, transferAt }: OurSide,
  { now, policy }: JudgeContext,
): Judgement | null {
  if (payment.status !== 'RELEASED' || payment.operation !== null) return null;
  const { transfer } = payment;
  if (transfer === null || !isUnsent(transfer)) return null;
  const since = transferAt ?? payment.updatedAt;
  if (now.getTime() - since.getTime() < patienceMs(transfer, policy)) return null;
  const { status, reason } = transfer;
  const atRisk = ofPayment(payment, transfer.amountMinor);
  const fact = { type: 'transfer_waiting', status, since: iso(since), reason } as const;
  // Without an account there is nowhere to send it, and what a person has stopped a person lets go on.
  const isTried = SENT_BY_ITSELF.includes(status) && transfer.stripeAccount !== null;
  const judgement = { fact, severity: WEIGHTS[status] ?? 'serious', atRisk };
  if (!isTried || atRisk === null) return { ...judgement, act: null };
  const runner = { way: 'sends', money: atRisk } as const;
  return { ...judgement, act: { type: 'send_transfer' }, runner };
}

const SENT_BY_ITSELF: readonly Transfer['status'][] = ['owed', 'waiting_account', 'waiting_funds'];

/** Whose turn it is tells how bad it is. */
const WEIGHTS: Partial<Record<Transfer['status'], Severity>> = {
  waiting_account: 'minor',
  paused: 'minor',
};

function patienceMs({ status }: Transfer, policy: DiscrepancyPolicy): number {
  if (status === 'needs_review') return 0;
  return status === 'owed' ? policy.stuckAfterMs : policy.waitsAfterMs;
}

/** Once all is sent and given back, no more is left with us than our fee. */
function judgeFee(payment: Payment): Judgement | null {
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED') return null;
  const { transfer, operation, refunds, feeMinor, dispute } = payment;
  const isSent = transfer?.status === 'sent' || transfer?.status === 'reversed';
  const isPending = 'pendingRefund' in payment && payment.pendingRefund !== null;
  if (!isSent || operation !== null || isPending || underWayMinor(refunds) > 0) return null;
  const lostMinor = dispute !== null && isLost(dispute) ? dispute.amountMinor : 0;
  const overMinor = moneyWayOf(payment).keptMinor - lostMinor;
  if (overMinor <= 0) return null;
  const keptMinor = feeMinor + overMinor;
  return {
    fact: { type: 'fee_differs', feeMinor, keptMinor },
    severity: 'serious',
    atRisk: ofPayment(payment, overMinor),
    act: markOnce(payment, `${keptMinor} minor units are kept, and the fee is ${feeMinor}`),
  };
}

/** It is paid by the runner's next transfers; somebody should know, and after long enough act. */
function judgeDebts({ payment, debts }: OurSide, { now, policy }: JudgeContext): Judgement | null {
  const leftMinor = debts.reduce((sum, debt) => sum + debt.leftMinor, 0);
  const [first] = debts.toSorted((one, other) => one.since.getTime() - other.since.getTime());
  if (leftMinor === 0 || first === undefined) return null;
  const isOld = now.getTime() - first.since.getTime() >= policy.debtAfterMs;
  return {
    fact: { type: 'debt_open', leftMinor, since: iso(first.since) },
    severity: isOld ? 'minor' : 'notice',
    atRisk: ofPayment(payment, leftMinor),
    act: null,
  };
}
