import type { TransferOperation } from '../operation/operation.js';
import { closed, opened } from '../operation/operation-steps.js';
import { type Clawback, clawbackMinor, shareMinor } from '../payment/clawback.js';
import type { DecisionContext } from '../payment/decision-context.js';
import {
  openReview,
  type Payment,
  type ReleasedPayment,
  type RevertedPayment,
} from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
import { clawedMinor, isUnsent, NOT_WAITING, type Transfer } from '../payment/transfer.js';
import { backoffMs } from '../time/backoff.js';
import { HOUR_MS, MINUTE_MS } from '../time/durations.js';
import type { ReversalOutcome, TransferOutcome, TransferSnapshot } from './transfer-report.js';

// What Stripe's word on transfers and reversals means for the runner's share.

type Taken = ReleasedPayment | RevertedPayment;

/** A payment of which something was taken, with its transfer. */
type WithTransfer = Taken & { readonly transfer: Transfer };

/** What a transfer that was sent, refused or found means. */
export function transferSteps(
  payment: Payment,
  told: { readonly operationKey: string | null; readonly outcome: TransferOutcome },
  now: Date,
): readonly Step[] {
  if (!hasTransfer(payment)) return [];
  const { outcome, operationKey } = told;
  const { operation, transfer } = payment;
  const sending = operation?.kind === 'transfer' ? operation : null;
  if (outcome.type === 'refused') {
    if (sending === null || sending.key !== operationKey) return [];
    return [closed(sending, 'refused', outcome.detail), ...obstacleSteps(transfer, outcome, now)];
  }
  return sentSteps(payment, outcome.transfer, { sending, operationKey });
}

function sentSteps(
  payment: WithTransfer,
  sent: TransferSnapshot,
  {
    sending,
    operationKey,
  }: { readonly sending: TransferOperation | null; readonly operationKey: string | null },
): readonly Step[] {
  const { transfer } = payment;
  if (sent.transferId !== transfer.transferId) return [];
  if (transfer.stripeTransferId === sent.stripeTransferId) return reversedElsewhere(payment, sent);
  // What its call is answered with tells, after a look at what was given back before.
  if (sending !== null && operationKey === null) return [];
  if (!isUnsent(transfer))
    return flag(payment, `a second transfer exists: ${sent.stripeTransferId}`);
  const done: Step[] = sending === null ? [] : [closed(sending, 'done')];
  const wanted = sending?.params.amountMinor ?? transfer.amountMinor;
  const differs = sent.amountMinor !== wanted;
  return [
    ...done,
    { type: 'transfer_sent', transfer: asSent(transfer, sent), nettings: [] },
    ...(openReview(payment)?.startsWith(REFUSED) === true ? [SENT_AFTER_ALL] : []),
    ...(differs
      ? flag(payment, `${sent.amountMinor} of ${wanted} minor units were sent to the runner`)
      : []),
  ];
}

/** The transfer as it is once it was sent. */
export function asSent(transfer: Transfer, sent: TransferSnapshot): Transfer {
  const { stripeTransferId, stripeAccount, amountMinor, reversedMinor } = sent;
  const isBack = reversedMinor > 0 && reversedMinor >= amountMinor;
  const chargeId = sent.chargeId ?? transfer.chargeId;
  const facts = { stripeTransferId, stripeAccount, amountMinor, reversedMinor, chargeId };
  return { ...transfer, ...facts, ...NOT_WAITING, status: isBack ? 'reversed' : 'sent' };
}

/** Somebody took some of it back past us. While we do so ourselves, our own call tells. */
function reversedElsewhere(payment: WithTransfer, sent: TransferSnapshot): readonly Step[] {
  const { transfer, operation } = payment;
  const amountMinor = sent.reversedMinor - transfer.reversedMinor;
  if (amountMinor <= 0 || operation?.kind === 'reversal') return [];
  return [
    { type: 'transfer_reversed', transfer: asSent(transfer, sent), amountMinor },
    ...flag(payment, `${amountMinor} minor units of the transfer were reversed outside`),
  ];
}

/** After what kept it from being made at all, such as a limit. */
const SOON = { firstMs: 5_000, longestMs: HOUR_MS } as const;

/** How the mark of a payment begins whose transfer was refused. */
const REFUSED = 'transfer refused: ';

const SENT_AFTER_ALL: Step = { type: 'reviewed', note: 'the transfer was sent after all' };

/** First after a minute, at last once an hour: Stripe itself never tries again. */
const RETRIES = { firstMs: MINUTE_MS, longestMs: HOUR_MS } as const;

/** What a refused transfer waits for. */
export function obstacleSteps(
  transfer: Transfer,
  { obstacle, detail }: Extract<TransferOutcome, { type: 'refused' }>,
  now: Date,
): readonly Step[] {
  const again = new Date(now.getTime() + backoffMs(RETRIES, transfer.tries, 0.5));
  const waits = { reason: detail, tries: transfer.tries + 1, nettedMinor: 0 };
  // What was kept back for debts is owed to the runner again until it is tried anew.
  const whole = { ...transfer, amountMinor: transfer.amountMinor + transfer.nettedMinor, ...waits };
  switch (obstacle) {
    case 'account_unable':
      return [waiting({ ...whole, status: 'waiting_account', nextTryAt: again }, transfer)];
    case 'not_now': {
      const nextTryAt = new Date(now.getTime() + backoffMs(SOON, transfer.tries, 0.5));
      const type = transfer.tries > 0 ? 'transfer_changed' : 'transfer_owed';
      return [{ type, transfer: { ...whole, status: 'owed', nextTryAt } }];
    }
    case 'no_funds':
      return [waiting({ ...whole, status: 'waiting_funds', nextTryAt: again }, transfer)];
    default:
      return [
        waiting({ ...whole, status: 'needs_review', nextTryAt: null }, transfer),
        { type: 'review_needed', reason: `${REFUSED}${detail}` },
      ];
  }
}

/** Told once: what goes on waiting for the same, as the last refusal said, is no news. */
function waiting(transfer: Transfer, before: Transfer): Step {
  const isKnown = before.tries > 0 && before.reason === transfer.reason;
  return { type: isKnown ? 'transfer_changed' : 'transfer_waiting', transfer };
}

/** What a reversal that was made, or could not be, means. */
export function reversalSteps(
  payment: Payment,
  told: { readonly operationKey: string; readonly outcome: ReversalOutcome },
  context: Omit<DecisionContext, 'correlationId'>,
): readonly Step[] {
  const { operation } = payment;
  if (!hasTransfer(payment) || operation?.kind !== 'reversal') return [];
  if (operation.key !== told.operationKey) return [];
  const { transfer } = payment;
  const { outcome } = told;
  const { amountMinor: wantedMinor } = operation.params;
  if (outcome.type === 'reversed') {
    const { amountMinor } = outcome;
    const back = reversed(transfer, amountMinor);
    return [closed(operation, 'done'), { type: 'transfer_reversed', transfer: back, amountMinor }];
  }
  const refused = closed(operation, 'refused', outcome.detail);
  if (outcome.type === 'refused') {
    // What somebody else took back is not owed as well.
    const elsewhereMinor = (outcome.reversedMinor ?? 0) - transfer.reversedMinor;
    const back = reversed(transfer, Math.max(0, elsewhereMinor));
    const owedMinor = wantedMinor - Math.max(0, elsewhereMinor);
    return [
      refused,
      ...(elsewhereMinor > 0
        ? [{ type: 'transfer_reversed', transfer: back, amountMinor: elsewhereMinor } as const]
        : []),
      ...(owedMinor > 0 ? [debtStep(back, owedMinor, context.operationKey)] : []),
      ...flag(payment, `reversal refused: ${outcome.detail}`),
    ];
  }
  const thereMinor = Math.min(Math.max(outcome.availableMinor ?? 0, 0), wantedMinor - 1);
  const debt = debtStep(transfer, wantedMinor - thereMinor, context.operationKey);
  if (thereMinor === 0) return [refused, debt];
  const { correlationId } = operation;
  return [refused, debt, reversalCall(debt.transfer, thereMinor, { ...context, correlationId })];
}

function reversed(transfer: Transfer, amountMinor: number): Transfer {
  const reversedMinor = transfer.reversedMinor + amountMinor;
  const status = reversedMinor >= transfer.amountMinor ? 'reversed' : 'sent';
  return { ...transfer, reversedMinor, status };
}

function debtStep(transfer: Transfer, amountMinor: number, key: string) {
  const debtMinor = transfer.debtMinor + amountMinor;
  // Of one write there may be two.
  const debtId = `${key}:debt:${debtMinor}`;
  return {
    type: 'runner_debt',
    transfer: { ...transfer, debtMinor },
    debtId,
    amountMinor,
  } as const;
}

function reversalCall(
  { transferId, stripeTransferId }: Transfer,
  amountMinor: number,
  context: DecisionContext,
): Step {
  if (stripeTransferId === null) throw new Error(`bug: transfer ${transferId} was never sent`);
  const params = { transferId, stripeTransferId, amountMinor };
  return opened({ kind: 'reversal', params }, context);
}

/**
 * What comes back from the runner after the customer got theirs: by a reversal as far as the transfer
 * goes, as a debt beyond that. Nothing while another call is owed.
 */
export function clawbackSteps(
  payment: Payment,
  policy: Clawback,
  context: Omit<DecisionContext, 'correlationId'>,
): readonly Step[] {
  if (!hasTransfer(payment) || payment.operation !== null) return [];
  const { transfer, refundedMinor, correlationId } = payment;
  if (transfer.status !== 'sent' && transfer.status !== 'reversed') return [];
  // What was given back before it was sent is not in it.
  const borneMinor = shareMinor(payment) - transfer.amountMinor - transfer.nettedMinor;
  const wantedMinor = clawbackMinor(payment, refundedMinor, policy);
  const missing = wantedMinor - Math.max(0, borneMinor) - clawedMinor(transfer);
  if (missing <= 0) return [];
  const fromAccount = Math.min(missing, transfer.amountMinor - transfer.reversedMinor);
  const debtMinor = missing - fromAccount;
  const debt = debtMinor > 0 ? [debtStep(transfer, debtMinor, context.operationKey)] : [];
  if (fromAccount === 0) return debt;
  const current = debt[0]?.transfer ?? transfer;
  return [...debt, reversalCall(current, fromAccount, { ...context, correlationId })];
}

function hasTransfer(payment: Payment): payment is WithTransfer {
  const isTaken = payment.status === 'RELEASED' || payment.status === 'REVERTED';
  return isTaken && payment.transfer !== null;
}

function flag({ review }: Payment, reason: string): Step[] {
  return review === reason ? [] : [{ type: 'review_needed', reason }];
}
