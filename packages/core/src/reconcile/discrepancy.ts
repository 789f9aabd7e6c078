import type { Installation } from '../gateway/identity.js';
import type { IntentSnapshot } from '../gateway/intent.js';
import type { Money } from '../money/money.js';
import type { OperationKind } from '../operation/operation.js';
import type { Clawback } from '../payment/clawback.js';
import type { Recorded, RecordInvariant } from '../payment/invariants.js';
import type { Payment, Status } from '../payment/payment.js';
import type { Dispute } from '../payment/taken.js';
import type { MoneyEvidence, MoneyFact, TransferEvidence } from './money-facts.js';

/** Every kind of discrepancy that reconciling can find. */
export const DISCREPANCY_TYPES = [
  'duplicate_hold',
  'intent_stray',
  'intent_unknown',
  'intent_missing',
  'amount_differs',
  'currency_differs',
  'customer_differs',
  'status_differs',
  'refund_differs',
  'refund_waiting',
  'transfer_second',
  'transfer_unknown',
  'transfer_missing',
  'transfer_differs',
  'transfer_waiting',
  'clawback_missing',
  'fee_differs',
  'debt_open',
  'disputed',
  'hold_expired',
  'hold_expiring',
  'operation_stuck',
  'unpublished_event',
  'invariant_broken',
] as const;

export type DiscrepancyType = (typeof DISCREPANCY_TYPES)[number];

/**
 * The most urgent first. `critical`: money is where it must not be, or nobody can tell. `serious`:
 * a wrong move could follow. `minor`: it costs trust or time. `notice`: both sides agree, but
 * somebody should know.
 */
export const SEVERITIES = ['critical', 'serious', 'minor', 'notice'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** What differs, as a fact. Sentences are made at the door. Plain data: times are ISO 8601 in UTC. */
export type DiscrepancyFact =
  /** Two PaymentIntents of one order hold or have the money, or may yet. */
  | { readonly type: 'duplicate_hold' }
  /** Alive at Stripe although its payment is over. */
  | { readonly type: 'intent_stray' }
  /**
   * Stripe has it, and no record does. `metadata`: it says that it is ours; `customer`: it says
   * nothing, but was made like ours for a customer of ours.
   */
  | { readonly type: 'intent_unknown'; readonly by: 'metadata' | 'customer' }
  /** Stripe does not know the record's PaymentIntent. */
  | { readonly type: 'intent_missing' }
  | { readonly type: 'amount_differs'; readonly which: 'charged' | 'received' }
  | { readonly type: 'currency_differs' }
  | { readonly type: 'customer_differs' }
  /** The record has not heard; it would become this. Itself: the two contradict each other. */
  | { readonly type: 'status_differs'; readonly becomes: Status }
  | { readonly type: 'refund_differs'; readonly refundedMinor: number }
  | MoneyFact
  /** A bank wants the money back, or has it. Null: the record does not know, and the list does not tell. */
  | { readonly type: 'disputed'; readonly dispute: Dispute | null }
  /** The hold is past its end; `ended` when Stripe says so too. */
  | {
      readonly type: 'hold_expired';
      readonly ended: boolean;
      readonly captureBefore: string | null;
    }
  | { readonly type: 'hold_expiring'; readonly captureBefore: string }
  | { readonly type: 'operation_stuck'; readonly kind: OperationKind; readonly openedAt: string }
  /** Nobody has published it; `since` is that of the oldest one that waits. */
  | { readonly type: 'unpublished_event'; readonly since: string }
  | {
      readonly type: 'invariant_broken';
      readonly invariant: RecordInvariant | 'unreadable' | 'overdrawn';
      readonly detail: string;
    };

/** One difference, with all that a person needs to judge it. */
export type Discrepancy = DiscrepancyFact & {
  readonly severity: Severity;
  /** Null where no money depends on it. */
  readonly atRisk: Money | null;
  readonly ours: OurEvidence | null;
  readonly theirs: TheirEvidence | null;
  /** The transfer at Stripe that it is about; not there where it is about none, or Stripe has none. */
  readonly transfer?: TransferEvidence;
  /** Null: a person must see to it, or time does. */
  readonly repair: Repair | null;
  /** Not there where nobody has looked at these very facts and let them be. */
  readonly accepted?: { readonly by: string; readonly at: string; readonly note: string };
};

/** The record, as far as it is evidence. */
export type OurEvidence = Pick<
  Payment,
  | 'id'
  | 'orderId'
  | 'attempt'
  | 'status'
  | 'amount'
  | 'paymentIntentId'
  | 'stripeCustomerId'
  | 'review'
  | 'version'
> & {
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly receivedMinor: number;
  readonly captureBefore: string | null;
  readonly owes: { readonly kind: OperationKind; readonly attempts: number } | null;
  /** What became of what was taken; not there where nothing was. */
  readonly money?: MoneyEvidence;
};

/** The PaymentIntent, as far as it is evidence; `createdAt` is null when it was asked for by id. */
export type TheirEvidence = Omit<
  IntentSnapshot,
  'failure' | 'captureBefore' | 'origin' | 'latestRefunds' | 'dispute'
> & {
  readonly captureBefore: string | null;
  /** What its metadata names; not there in what was found before installations had ids. */
  readonly installation?: string | null;
  readonly paymentId: string | null;
  readonly orderId: string | null;
  readonly createdAt: string | null;
};

/** What can be done about a discrepancy. Data: it is carried out by the ordinary use cases. */
export type RepairAct =
  /** The record is told what Stripe says, as by a webhook. */
  | { readonly type: 'report' }
  /** The record takes the PaymentIntent for its own, as if its lost answer had come. */
  | { readonly type: 'adopt' }
  /** Nothing moves; the record says that a person must look, and why. */
  | { readonly type: 'mark_for_review'; readonly reason: string }
  /** The PaymentIntent is canceled: whatever it holds goes back to the customer. */
  | { readonly type: 'cancel_stray' }
  /** The call that is owed is finished, Stripe being asked first. */
  | { readonly type: 'resume_operation'; readonly kind: OperationKind }
  /** The transfer that waits is tried now, as the record has it. */
  | { readonly type: 'send_transfer' };

export type RepairType = RepairAct['type'];

/**
 * A repair, and what money goes back to the customer by it. There is none that takes money of a customer:
 * that is never proposed.
 */
export type Repair = RepairAct & {
  readonly paymentId: string | null;
  readonly paymentIntentId: string | null;
  readonly givesBack: Money | null;
  /** What moves between us and the runner by it, as the record has decided; left out: nothing does. */
  readonly runner?: RunnerMove;
};

/** Money that a repair sends to the runner, or takes back after the customer got theirs. */
export interface RunnerMove {
  readonly way: 'sends' | 'takes_back';
  readonly money: Money;
}

/** A record, with what its journal, history and outbox say. */
export interface OurSide extends Recorded {
  /** When the oldest of its events that is not published was written. */
  readonly waitingSince: Date | null;
  /** When the runner's share was decided; null where there is none. */
  readonly transferAt: Date | null;
  /** What the runner owes because of it, and nothing has paid yet. */
  readonly debts: readonly OpenDebt[];
}

/** What is left of a debt, in minor units of the payment's currency. */
export interface OpenDebt {
  readonly leftMinor: number;
  readonly since: Date;
}

/** A PaymentIntent, with what the list tells beside it. */
export interface TheirSide {
  readonly intent: IntentSnapshot;
  readonly createdAt: Date | null;
}

/** What tells one discrepancy from another, in this run and in the next. */
export function discrepancyKey(
  discrepancy: Pick<Discrepancy, 'ours' | 'theirs' | 'transfer'> & DiscrepancyFact,
): string {
  const { type, ours, theirs, transfer } = discrepancy;
  // Of a record that can't be read there is no evidence but the detail.
  const detail = type === 'invariant_broken' && ours === null ? discrepancy.detail : '';
  const id = theirs?.paymentIntentId ?? transfer?.stripeTransferId;
  return [type, ours?.id, id, partOf(discrepancy), detail].join('|');
}

/** With the key of another account all would be missing: nothing is said of it before that is looked at. */
export function isUnknownAtStripe({ type }: Pick<DiscrepancyFact, 'type'>): boolean {
  return type === 'intent_missing' || type === 'transfer_missing';
}

/** Which of several things of one type it is. */
function partOf(fact: DiscrepancyFact): string {
  if (fact.type === 'invariant_broken') return fact.invariant;
  if (fact.type === 'transfer_differs') return fact.which;
  return fact.type === 'refund_waiting' ? fact.refundId : '';
}

/** When what stays open is open for too long. Times in milliseconds. */
export interface DiscrepancyPolicy {
  /** A hold that ends within this is told. */
  readonly warnMs: number;
  /** A call to Stripe that is open for longer is told. */
  readonly stuckAfterMs: number;
  /** An event that waits for longer to be published is told. */
  readonly unpublishedAfterMs: number;
  /** A transfer that waits for an account, funds or a person for longer is told. */
  readonly waitsAfterMs: number;
  /** A debt that is open for longer is a difference; before it is a notice. */
  readonly debtAfterMs: number;
}

export interface JudgeContext {
  readonly now: Date;
  /** Whose PaymentIntents are ours. */
  readonly installation: Installation;
  readonly policy: DiscrepancyPolicy;
  /**
   * What is to come back from runners who were paid.
   *
   * @default 'proportional'
   */
  readonly clawback?: Clawback;
}
