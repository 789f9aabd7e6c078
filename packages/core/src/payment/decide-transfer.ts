import { opened } from '../operation/operation-steps.js';
import type { Runner } from '../runner/runner.js';
import { HOUR_MS, MINUTE_MS } from '../time/durations.js';
import { type Clawback, clawbackMinor, shareMinor } from './clawback.js';
import type { DecisionContext } from './decision-context.js';
import type { Payment, ReleasedPayment } from './payment.js';
import type { Step } from './payment-events.js';
import { underWayMinor } from './refund.js';
import { NO_ACCOUNT, ODD_CAPTURE } from './release-terms.js';
import { canceled, isSentByItself, isUnsent, type Netting, type Transfer } from './transfer.js';

/** A released payment whose transfer may be sent now. */
export type SendablePayment = ReleasedPayment & { readonly transfer: Transfer };

/** Whether a transfer may be sent by itself: not where a person has paused it, or must look. */
export function isSendable(payment: Payment, runner: Runner | null): payment is SendablePayment {
  if (payment.status !== 'RELEASED' || payment.operation !== null) return false;
  const { transfer } = payment;
  if (transfer === null || !isUnsent(transfer)) return false;
  // An account that Stripe does not know was replaced by another one.
  const isReplaced =
    transfer.status === 'needs_review' &&
    transfer.reason !== ODD_CAPTURE &&
    accountOf(transfer, runner) !== transfer.stripeAccount;
  return isSentByItself(transfer) || isReplaced;
}

/** The account that is known last counts. */
function accountOf({ stripeAccount }: Transfer, runner: Runner | null): string | null {
  return runner?.stripeAccount ?? stripeAccount;
}

/** What is to be sent now: the share, less what was given back meanwhile and by whom that is borne. */
export function sendableMinor(payment: ReleasedPayment, policy: Clawback): number {
  const { receivedMinor, refundedMinor, feeMinor, refunds } = payment;
  const givenMinor = Math.min(receivedMinor, refundedMinor + underWayMinor(refunds));
  const borneMinor = clawbackMinor(payment, givenMinor, policy);
  const leftMinor = Math.max(0, receivedMinor - givenMinor - feeMinor);
  return Math.min(Math.max(0, shareMinor(payment) - borneMinor), leftMinor);
}

/**
 * Sends a transfer that is due: what the runner owes is kept back of it. Where there is no account that
 * can take it, it waits for one.
 */
export function decideTransfer(
  payment: SendablePayment,
  ground: { readonly runner: Runner | null; readonly chargeId: string | null },
  context: DecisionContext & { readonly clawback: Clawback },
): Step[] {
  const { runner, chargeId } = ground;
  const { now } = context;
  const stripeAccount = accountOf(payment.transfer, runner);
  const amountMinor = sendableMinor(payment, context.clawback);
  const transfer = { ...payment.transfer, stripeAccount, chargeId, amountMinor };
  if (amountMinor === 0) {
    const nextTryAt = new Date(now.getTime() + ACCOUNT_LOOK_MS);
    // A bank may still say no to what is on its way back: then it is the runner's after all.
    return underWayMinor(payment.refunds) > 0
      ? [{ type: 'transfer_changed', transfer: { ...payment.transfer, amountMinor, nextTryAt } }]
      : [{ type: 'transfer_waiting', transfer: canceled(payment.transfer) }];
  }
  if (stripeAccount === null) return waitForAccount(payment.transfer, NO_ACCOUNT, now);
  const isKnownUnable =
    runner?.transfersEnabled === false && runner.stripeAccount === stripeAccount;
  if (isKnownUnable && payment.transfer.status === 'owed')
    return waitForAccount({ ...payment.transfer, stripeAccount }, UNABLE, now);
  const nettings = nettingsOf(runner, payment.amount.currency, amountMinor);
  const nettedMinor = nettings.reduce((sum, netting) => sum + netting.amountMinor, 0);
  const sentMinor = amountMinor - nettedMinor;
  const netted = { ...transfer, amountMinor: sentMinor, nettedMinor };
  if (sentMinor === 0) {
    const sent = { ...netted, status: 'sent', reason: null, nextTryAt: null } as const;
    return [{ type: 'transfer_sent', transfer: sent, nettings }];
  }
  const { transferId } = transfer;
  const params = { transferId, stripeAccount, amountMinor: sentMinor, chargeId };
  return [
    {
      type: 'transfer_changed',
      transfer: { ...netted, status: 'owed', nextTryAt: null },
      nettings,
    },
    opened({ kind: 'transfer', params }, context),
  ];
}

/** Why a transfer waits whose account was told to be unable before anybody tried. */
const UNABLE = "Stripe says that the runner's account can't take transfers yet";

/** How soon an account that can't take it is looked at once more, though nobody has told of it. */
const ACCOUNT_LOOK_MS = 30 * MINUTE_MS;

/** Told once: what goes on waiting for the same is no news. */
function waitForAccount(transfer: Transfer, reason: string, now: Date): Step[] {
  const restMs = transfer.stripeAccount === null ? HOUR_MS : ACCOUNT_LOOK_MS;
  const nextTryAt = new Date(now.getTime() + restMs);
  const waits = { ...transfer, status: 'waiting_account', reason, nextTryAt } as const;
  return transfer.status === 'waiting_account' && transfer.reason === reason
    ? [{ type: 'transfer_changed', transfer: waits }]
    : [{ type: 'transfer_waiting', transfer: waits }];
}

/** What is kept back for debts, the oldest first, as far as the transfer goes. */
function nettingsOf(runner: Runner | null, currency: string, amountMinor: number): Netting[] {
  const nettings: Netting[] = [];
  let leftMinor = amountMinor;
  for (const debt of runner?.debts ?? []) {
    if (debt.currency !== currency || leftMinor === 0) continue;
    const paidMinor = Math.min(debt.leftMinor, leftMinor);
    nettings.push({ debtId: debt.debtId, amountMinor: paidMinor });
    leftMinor -= paidMinor;
  }
  return nettings;
}
