import { err, ok, type Result } from 'neverthrow';
import { type FeePolicy, feeMinorOf, NO_FEE } from '../money/fees.js';
import { multipleMinorOf } from '../money/money.js';
import type { CaptureTerms, PlannedTransfer } from '../operation/operation.js';
import type { Runner } from '../runner/runner.js';
import { HOUR_MS } from '../time/durations.js';
import type { AuthorizedPayment, Payment, ReleasedPayment } from './payment.js';
import { runnerOf } from './payment.js';
import type { ReleasedTerms } from './payment-events.js';
import type { ContradictedField, Refusal } from './refusal.js';
import { isUnsent, NOT_WAITING, plannedKeyOf, type Transfer } from './transfer.js';

/** What a release asks for; amounts in minor units. What is left out is as usual. */
export interface ReleaseWish {
  readonly runnerId: string;
  readonly amountMinor?: number;
  readonly tipMinor?: number;
  readonly platformFeeMinor?: number;
  readonly stripeAccount?: string;
}

/** What a release goes by beside the payment. */
export interface ReleaseGround {
  /** The runner, where somebody has told of them. */
  readonly runner?: Runner | null;
  readonly fees?: FeePolicy;
}

/**
 * What a release is to take and whose it is; null where that is all of the hold, without fee or transfer,
 * as ever. More than is held is refused, and nothing is taken.
 */
export function termsOf(
  payment: AuthorizedPayment,
  wish: ReleaseWish & ReleaseGround,
  operationKey: string,
): Result<CaptureTerms | null, Refusal> {
  const { status, amount } = payment;
  const { currency, amountMinor: heldMinor } = amount;
  const { amountMinor = heldMinor, tipMinor = 0 } = wish;
  const odd = oddAmount(currency, { amount: amountMinor, tip: tipMinor });
  if (odd !== null) return err(odd);
  const dueMinor = amountMinor + tipMinor;
  const { maximumMinor = heldMinor, canRaise = false } = payment.headroom ?? {};
  const isRaised = dueMinor > maximumMinor;
  if (isRaised && !canRaise)
    return err({ type: 'AmountExceedsHold', status, maximumMinor, currency });
  const fee = feeOf(wish, { amountMinor, tipMinor, currency });
  if (fee.isErr()) return err(fee.error);
  const feeMinor = fee.value;
  const transfer = planOf(wish, { operationKey, currency, shareMinor: dueMinor - feeMinor });
  const isUsual = dueMinor === heldMinor && tipMinor === 0 && feeMinor === 0 && transfer === null;
  if (isUsual) return ok(null);
  const terms = { dueMinor, tipMinor, feeMinor, transfer };
  return ok(isRaised ? { ...terms, isRaised } : terms);
}

/** What a release that comes after the capture makes of what was taken. */
export function laterTerms(
  payment: ReleasedPayment,
  wish: ReleaseWish & ReleaseGround,
  context: { readonly operationKey: string; readonly now: Date },
): Result<ReleasedTerms, Refusal> {
  const { status, receivedMinor, amount } = payment;
  const { currency } = amount;
  const { tipMinor = 0 } = wish;
  const { amountMinor = receivedMinor - tipMinor } = wish;
  const odd = oddAmount(currency, { amount: amountMinor, tip: tipMinor });
  if (odd !== null) return err(odd);
  if (amountMinor < 0 || amountMinor + tipMinor !== receivedMinor)
    return err({ type: 'AmountExceedsHold', status, maximumMinor: receivedMinor, currency });
  const fee = feeOf(wish, { amountMinor, tipMinor, currency });
  if (fee.isErr()) return err(fee.error);
  const feeMinor = fee.value;
  const { operationKey, now } = context;
  const shareMinor = receivedMinor - feeMinor;
  const planned = planOf(wish, { operationKey, currency, shareMinor });
  const { runnerId } = wish;
  const transfer = planned === null ? null : owedTransfer(planned, { runnerId, now });
  return ok({ dueMinor: receivedMinor, tipMinor, feeMinor, transfer });
}

function feeOf(
  { platformFeeMinor, fees = NO_FEE }: ReleaseWish & ReleaseGround,
  of: Parameters<typeof feeMinorOf>[1],
): Result<number, Refusal> {
  const takenMinor = of.amountMinor + of.tipMinor;
  const feeMinor = platformFeeMinor ?? feeMinorOf(fees, of);
  const { currency } = of;
  return feeMinor > takenMinor
    ? err({ type: 'FeeExceedsAmount', takenMinor, currency })
    : ok(feeMinor);
}

/** There is one where an account is named, or the runner is known; not where nothing is theirs. */
function planOf(
  { stripeAccount: named, runner = null }: ReleaseWish & ReleaseGround,
  of: {
    readonly operationKey: string;
    readonly currency: string;
    readonly shareMinor: number;
  },
): PlannedTransfer | null {
  if ((named === undefined && runner === null) || of.shareMinor === 0) return null;
  const stripeAccount = named ?? runner?.stripeAccount ?? null;
  const isKnownUnable =
    runner?.transfersEnabled === false && runner.stripeAccount === stripeAccount;
  const owes = runner?.debts.some(({ currency }) => currency === of.currency) ?? false;
  return {
    transferId: of.operationKey,
    key: plannedKeyOf(of.operationKey),
    stripeAccount,
    amountMinor: of.shareMinor,
    waits: stripeAccount === null || isKnownUnable || owes,
  };
}

/** A transfer that is to be sent by itself, or waits for an account. */
export function owedTransfer(
  { transferId, stripeAccount, amountMinor }: PlannedTransfer,
  of: { readonly runnerId: string; readonly now: Date; readonly chargeId?: string | null },
): Transfer {
  const owed = {
    transferId,
    runnerId: of.runnerId,
    stripeAccount,
    amountMinor,
    nettedMinor: 0,
    reversedMinor: 0,
    debtMinor: 0,
    stripeTransferId: null,
    chargeId: of.chargeId ?? null,
    ...NOT_WAITING,
  };
  return stripeAccount === null
    ? // An account may be set while this is under way, and nothing waits for it yet.
      { ...owed, status: 'waiting_account', reason: NO_ACCOUNT, nextTryAt: later(of.now) }
    : { ...owed, status: 'owed', nextTryAt: of.now };
}

function later(now: Date): Date {
  return new Date(now.getTime() + HOUR_MS);
}

/** Why a transfer waits whose runner has no account. */
export const NO_ACCOUNT = 'the runner has no Stripe account yet';

/** Why a person must look before a transfer is sent: another account mends nothing. */
export const ODD_CAPTURE = 'not what was asked for was captured';

function oddAmount(
  currency: Payment['amount']['currency'],
  amounts: { readonly amount: number; readonly tip: number },
): Refusal | null {
  const multipleMinor = multipleMinorOf(currency);
  for (const field of ['amount', 'tip'] as const) {
    if (amounts[field] % multipleMinor !== 0)
      return { type: 'NotAMultiple', field, multipleMinor, currency };
  }
  return null;
}

/** What a repeated release says otherwise than the first; what it leaves out is not compared. */
export function contradictedTerm(
  payment: ReleasedPayment | AuthorizedPayment,
  wish: ReleaseWish,
): ContradictedField | null {
  const known = termsOnRecord(payment);
  const { tipMinor, feeMinor, dueMinor, stripeAccount } = known;
  if (runnerOf(payment) !== wish.runnerId) return 'runnerId';
  if (wish.tipMinor !== undefined && wish.tipMinor !== tipMinor) return 'tip';
  if (wish.amountMinor !== undefined && wish.amountMinor !== dueMinor - tipMinor) return 'amount';
  if (wish.platformFeeMinor !== undefined && wish.platformFeeMinor !== feeMinor)
    return 'platformFee';
  if (wish.stripeAccount === undefined || wish.stripeAccount === stripeAccount) return null;
  // Where all of it is the fee nothing goes to any account, whichever was named.
  if (dueMinor === feeMinor) return null;
  // One that waits for an account is sent to the one that is named now.
  return known.awaitsAccount ? null : 'runnerStripeAccount';
}

function termsOnRecord(payment: ReleasedPayment | AuthorizedPayment) {
  if (payment.status === 'RELEASED') {
    const { receivedMinor, dueMinor, tipMinor, feeMinor, transfer } = payment;
    const account = transfer?.stripeAccount ?? null;
    const awaitsAccount = account === null && transfer !== null && isUnsent(transfer);
    const due = dueMinor ?? receivedMinor;
    return { dueMinor: due, tipMinor, feeMinor, stripeAccount: account, awaitsAccount };
  }
  const { operation, amount } = payment;
  const terms = operation?.kind === 'capture' ? operation.params.terms : undefined;
  return {
    dueMinor: terms?.dueMinor ?? amount.amountMinor,
    tipMinor: terms?.tipMinor ?? 0,
    feeMinor: terms?.feeMinor ?? 0,
    stripeAccount: terms?.transfer?.stripeAccount ?? null,
    awaitsAccount: terms?.transfer?.stripeAccount === null,
  };
}
