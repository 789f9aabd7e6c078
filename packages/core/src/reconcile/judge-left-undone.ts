import type { RefundOperation, ReversalOperation } from '../operation/operation.js';
import type { Payment } from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
import { iso, type Judgement } from './evidence.js';
import { ofPayment } from './judge-onward.js';

/**
 * What a record has decided and nobody has begun: a refund that waits for its turn, and what the runner
 * is to give back of what the customer got. Null where there is news as well, which goes first.
 */
export function judgeLeftUndone(payment: Payment, steps: readonly Step[]): Judgement | null {
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED') return null;
  const opened = steps.find((step) => step.type === 'operation_opened')?.operation ?? null;
  const debtMinor = steps.reduce(
    (sum, step) => (step.type === 'runner_debt' ? sum + step.amountMinor : sum),
    0,
  );
  const isNews = steps.some(({ type }) => type !== 'operation_opened' && type !== 'runner_debt');
  if (isNews) return null;
  if (opened?.kind === 'refund') return refundWaiting(payment, opened);
  if (opened?.kind === 'reversal' || debtMinor > 0)
    return clawbackMissing(payment, opened?.kind === 'reversal' ? opened : null, debtMinor);
  return null;
}

function refundWaiting(payment: Payment, { params }: RefundOperation): Judgement | null {
  const refunds = 'refunds' in payment ? payment.refunds : [];
  const refund =
    refunds.find(({ refundId }) => refundId === params.refundId) ??
    refunds.find(({ status }) => status === 'owed');
  if (refund === undefined) return null;
  const { refundId, createdAt, amountMinor } = refund;
  const atRisk = ofPayment(payment, amountMinor);
  return {
    fact: { type: 'refund_waiting', refundId, since: iso(createdAt) },
    severity: 'serious',
    atRisk,
    act: { type: 'report' },
    givesBack: atRisk,
  };
}

function clawbackMissing(
  payment: Payment,
  reversal: ReversalOperation | null,
  debtMinor: number,
): Judgement {
  const backMinor = reversal?.params.amountMinor ?? 0;
  const missingMinor = backMinor + debtMinor;
  const money = ofPayment(payment, backMinor);
  const judgement = {
    fact: { type: 'clawback_missing', missingMinor },
    severity: 'serious',
    atRisk: ofPayment(payment, missingMinor),
    act: { type: 'report' },
  } as const;
  return money === null ? judgement : { ...judgement, runner: { way: 'takes_back', money } };
}
