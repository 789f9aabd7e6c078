import type { ListedTransfer } from '../gateway/money-lists.js';
import { type Money, parseCurrency } from '../money/money.js';
import type { Payment, ReleasedPayment, RevertedPayment } from '../payment/payment.js';
import type {
  Discrepancy,
  DiscrepancyFact,
  OurEvidence,
  OurSide,
  RepairAct,
  RunnerMove,
  Severity,
  TheirEvidence,
  TheirSide,
} from './discrepancy.js';
import type { MoneyEvidence, TransferEvidence } from './money-facts.js';

/** A discrepancy before its evidence is gathered. */
export interface Judgement {
  readonly fact: DiscrepancyFact;
  readonly severity: Severity;
  readonly atRisk: Money | null;
  readonly act: RepairAct | null;
  readonly givesBack?: Money | null;
  readonly runner?: RunnerMove;
  /** The transfer at Stripe that it is about. */
  readonly transfer?: ListedTransfer;
}

/** The discrepancy with what both sides say, so that it can be judged without looking anything up. */
export function discrepancyOf(
  { ours, theirs }: { readonly ours: OurSide | null; readonly theirs: TheirSide | null },
  { fact, severity, atRisk, act, givesBack = null, runner, transfer }: Judgement,
): Discrepancy {
  const payment = ours?.payment ?? null;
  const paymentIntentId = theirs?.intent.paymentIntentId ?? payment?.paymentIntentId ?? null;
  return {
    ...fact,
    severity,
    atRisk,
    ours: payment === null ? null : ourEvidence(payment),
    theirs: theirs === null ? null : theirEvidence(theirs),
    ...(transfer === undefined ? {} : { transfer: transferEvidence(transfer) }),
    repair:
      act === null
        ? null
        : {
            ...act,
            paymentId: payment?.id ?? null,
            paymentIntentId,
            givesBack,
            ...(runner === undefined ? {} : { runner }),
          },
  };
}

function ourEvidence(payment: Payment): OurEvidence {
  const { id, orderId, attempt, status, amount, paymentIntentId, stripeCustomerId } = payment;
  const { review, version, createdAt, updatedAt, operation } = payment;
  return {
    id,
    orderId,
    attempt,
    status,
    amount,
    paymentIntentId,
    stripeCustomerId,
    review,
    version,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    receivedMinor: 'receivedMinor' in payment ? payment.receivedMinor : 0,
    captureBefore: 'captureBefore' in payment ? iso(payment.captureBefore) : null,
    owes: operation === null ? null : { kind: operation.kind, attempts: operation.attempts },
    ...(isTaken(payment) ? { money: moneyEvidence(payment) } : {}),
  };
}

function isTaken(payment: Payment): payment is ReleasedPayment | RevertedPayment {
  return 'receivedMinor' in payment && payment.receivedMinor > 0;
}

function moneyEvidence(payment: ReleasedPayment | RevertedPayment): MoneyEvidence {
  const { dueMinor, tipMinor, feeMinor, refundedMinor, transfer } = payment;
  const sums = { dueMinor, tipMinor, feeMinor, refundedMinor };
  if (transfer === null) return { ...sums, transfer };
  const { nextTryAt: _next, tries: _tries, ...told } = transfer;
  return { ...sums, transfer: told };
}

function transferEvidence({ transfer, createdAt, group }: ListedTransfer): TransferEvidence {
  return { ...transfer, createdAt: iso(createdAt), group };
}

function theirEvidence({ intent, createdAt }: TheirSide): TheirEvidence {
  const { failure: _, latestRefunds: _refunds, dispute: _dispute, ...shown } = intent;
  const { captureBefore, origin, ...rest } = shown;
  const times = { captureBefore: iso(captureBefore), createdAt: iso(createdAt) };
  return { ...rest, ...times, ...origin };
}

/** A time as evidence and facts tell it. */
export function iso(time: Date): string;
export function iso(time: Date | null): string | null;
export function iso(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}

/** So much of the intent's currency; null for a currency that we don't know. */
export function moneyOf({ intent }: TheirSide, amountMinor: number): Money | null {
  const currency = parseCurrency(intent.currency);
  return currency.isOk() && amountMinor > 0 ? { amountMinor, currency: currency.value } : null;
}

/** What a canceled PaymentIntent lets go of. */
export function heldIn(theirs: TheirSide): Money | null {
  const { status, amountMinor } = theirs.intent;
  return status === 'requires_capture' ? moneyOf(theirs, amountMinor) : null;
}

/** A mark for a person, unless the record has one: another would hide the first. */
export function markOnce({ review }: Payment, reason: string): RepairAct | null {
  return review === null ? { type: 'mark_for_review', reason } : null;
}
