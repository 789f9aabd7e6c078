import type { Money } from '../money/money.js';
import type {
  AuthorizeOperation,
  CaptureOperation,
  HoldFailure,
  RefundOperation,
  ReversalOperation,
  TransferOperation,
  VoidOperation,
} from '../operation/operation.js';
import type { PendingRefund, Taken } from './taken.js';

export const STATUSES = ['INITIATING', 'AUTHORIZED', 'RELEASED', 'REVERTED', 'FAILED'] as const;

/** The public status of a payment. */
export type Status = (typeof STATUSES)[number];

/** What every payment has, whatever became of it. */
interface PaymentBase {
  /** A UUID, or the caller's own `custpaymentId`. */
  readonly id: string;
  readonly orderId: string;
  /** 1 for the order's first payment; a new one may follow once the last FAILED or was REVERTED. */
  readonly attempt: number;
  /** The platform's user who pays (`clerkUserId`). */
  readonly customerId: string;
  /** Null until the first call to Stripe has told it. */
  readonly stripeCustomerId: string | null;
  readonly paymentMethodId: string;
  readonly amount: Money;
  readonly description: string | null;
  /** Of the command that asked for the hold. */
  readonly correlationId: string;
  /** Why a person should look at this payment, or null. */
  readonly review: string | null;
  /** Somebody has looked at what `review` says. */
  readonly reviewed: boolean;
  /** How many events the payment has had: the version of the last one, 0 before the first. */
  readonly version: number;
  /** Raised by every write; a writer must name the revision it read. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Nothing is held yet: the call is under way, or the customer must act, or it is being canceled. */
export interface InitiatingPayment extends PaymentBase {
  readonly status: 'INITIATING';
  readonly paymentIntentId: string | null;
  /** The customer must authenticate before there can be a hold. */
  readonly requiresAction: boolean;
  /** A revert that came while the authorize was under way, to be carried out after it. */
  readonly revertRequested: {
    readonly reason: string | null;
    readonly correlationId: string;
  } | null;
  readonly operation: AuthorizeOperation | VoidOperation | null;
}

/** What Stripe and the card allow beyond the amount that is held. */
export interface Headroom {
  /** The most that a capture may take of the hold as it is, in minor units. */
  readonly maximumMinor: number;
  /** Whether the hold may be raised; the bank may still say no. */
  readonly canRaise: boolean;
}

/** The amount is held on the customer's card and not yet taken. */
export interface AuthorizedPayment extends PaymentBase {
  readonly status: 'AUTHORIZED';
  readonly paymentIntentId: string;
  /** When the hold lapses by itself; null where the gateway did not say. */
  readonly captureBefore: Date | null;
  /** How much more may be taken, where that was asked for and the card allows it; else null. */
  readonly headroom: Headroom | null;
  /** The platform has been told that the hold is about to lapse. */
  readonly expiring: boolean;
  readonly operation: CaptureOperation | VoidOperation | null;
}

/** The amount was taken, for the runner. */
export interface ReleasedPayment extends PaymentBase, Taken {
  readonly status: 'RELEASED';
  readonly paymentIntentId: string;
  readonly captureBefore: Date | null;
  /** Null when it was captured before the hold lapsed (a release names it then), or outside. */
  readonly runnerId: string | null;
  /** What is on its way back, once a bank says yes. */
  readonly pendingRefund: PendingRefund | null;
  readonly operation: RefundOperation | TransferOperation | ReversalOperation | null;
}

/** How a payment went back: hold let go, money refunded, never held, or hold lapsed. */
export type RevertMethod = 'voided' | 'refunded' | 'canceled' | 'expired';

/** Nothing is held or kept any more: the customer has, or gets, the money back. Final. */
export interface RevertedPayment extends PaymentBase, Taken {
  readonly status: 'REVERTED';
  readonly paymentIntentId: string;
  readonly captureBefore: Date | null;
  /** Set when the money had been released before it was given back. */
  readonly runnerId: string | null;
  readonly revertMethod: RevertMethod;
  readonly reason: string | null;
  /** Of a hold that had any; left out else. */
  readonly headroom?: Headroom;
  /** What the runner got of it is taken back after the customer has theirs. */
  readonly operation: ReversalOperation | null;
}

/** There never was a hold, and there can't be one any more. Final. */
export interface FailedPayment extends PaymentBase {
  readonly status: 'FAILED';
  /** Null when the gateway refused to make a PaymentIntent at all. */
  readonly paymentIntentId: string | null;
  readonly failure: HoldFailure;
  readonly operation: null;
}

export type Payment =
  | InitiatingPayment
  | AuthorizedPayment
  | ReleasedPayment
  | RevertedPayment
  | FailedPayment;

/** A payment that has just been asked for: nothing held, the authorize call owed. */
export function initiated(
  facts: Omit<
    InitiatingPayment,
    | 'status'
    | 'paymentIntentId'
    | 'requiresAction'
    | 'revertRequested'
    | 'operation'
    | 'review'
    | 'reviewed'
    | 'version'
    | 'revision'
  > & { operation: AuthorizeOperation },
): InitiatingPayment {
  const begun = {
    status: 'INITIATING' as const,
    paymentIntentId: null,
    requiresAction: false,
    revertRequested: null,
    review: null,
    reviewed: false,
    version: 0,
    revision: 1,
  };
  return Object.assign(begun, facts);
}

/** The payment's runner, if it has (or had) one. */
export function runnerOf(payment: Payment): string | null {
  if (payment.status === 'RELEASED' || payment.status === 'REVERTED') return payment.runnerId;
  return payment.operation?.kind === 'capture' ? payment.operation.params.runnerId : null;
}

/** Why a person should look at it, or null: nothing is wrong, or somebody has looked. */
export function openReview({ review, reviewed }: Payment): string | null {
  return reviewed ? null : review;
}

/** A live payment bars another one for the same order. */
export function isLive(payment: Payment): boolean {
  return payment.status !== 'FAILED' && payment.status !== 'REVERTED';
}

/**
 * Its refund is made, and a bank has still to say yes to it: there is nothing to do but to wait. Of
 * one that owes a refund: all that was left is on its way.
 */
export function waitsForBank(payment: Payment): boolean {
  if (payment.status !== 'RELEASED' || payment.pendingRefund === null) return false;
  return payment.operation === null || restCallOf(payment) !== null;
}

/** The call that gives back all that is left, where that is what is owed. */
export function restCallOf({ operation }: Payment): RefundOperation | null {
  return operation?.kind === 'refund' && operation.params.amountMinor === undefined
    ? operation
    : null;
}

/** The hold should have lapsed by then; only Stripe knows whether it has. */
export function isLapsed(payment: Payment, now: Date): boolean {
  if (payment.status !== 'AUTHORIZED' || payment.captureBefore === null) return false;
  return payment.captureBefore.getTime() <= now.getTime();
}

/** Under which id calls are made that nobody has asked for: the hold was about to lapse. */
export function lapseIdOf({ id }: Payment): string {
  return `lapse:${id}`;
}

/** How callers name a payment. An order stands for its latest payment. */
export type PaymentRef =
  | { readonly orderId: string }
  | { readonly paymentId: string }
  | { readonly paymentIntentId: string };
