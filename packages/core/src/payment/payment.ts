import type { Money } from '../money/money.js';
import type {
  AuthorizeOperation,
  CaptureOperation,
  HoldFailure,
  Operation,
  OperationOutcome,
  RefundOperation,
  VoidOperation,
} from '../operation/operation.js';
import type { Dispute, PendingRefund, Taken } from './taken.js';

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

/** The amount is held on the customer's card and not yet taken. */
export interface AuthorizedPayment extends PaymentBase {
  readonly status: 'AUTHORIZED';
  readonly paymentIntentId: string;
  /** When the hold lapses by itself; null where the gateway did not say. */
  readonly captureBefore: Date | null;
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
  readonly operation: RefundOperation | null;
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
  readonly operation: null;
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
  return {
    ...facts,
    status: 'INITIATING',
    paymentIntentId: null,
    requiresAction: false,
    revertRequested: null,
    review: null,
    reviewed: false,
    version: 0,
    revision: 1,
  };
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

/** Its refund is made, and a bank has still to say yes to it: there is nothing to do but to wait. */
export function waitsForBank(payment: Payment): boolean {
  return payment.status === 'RELEASED' && payment.pendingRefund !== null;
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

/** What happened to a payment: its history, and what the platform is told. Numbered by version. */
export type PaymentEvent =
  | { readonly type: 'requires_action'; readonly paymentIntentId: string }
  | {
      readonly type: 'authorized';
      readonly paymentIntentId: string;
      readonly captureBefore: Date | null;
    }
  /** The hold lapses soon, and the amount is neither released nor reverted yet. Told once. */
  | { readonly type: 'expiring'; readonly captureBefore: Date }
  | { readonly type: 'released'; readonly runnerId: string | null; readonly receivedMinor: number }
  /** Who gets what was taken before anybody was named. */
  | { readonly type: 'runner_named'; readonly runnerId: string }
  | {
      readonly type: 'reverted';
      readonly revertMethod: RevertMethod;
      readonly reason: string | null;
    }
  | { readonly type: 'failed'; readonly failure: HoldFailure }
  /** A refund was made that a bank has still to say yes to. */
  | { readonly type: 'refund_pending'; readonly refundId: string; readonly amountMinor: number }
  /** A part was given back outside of us: so much just now, and so much in all. */
  | { readonly type: 'refunded'; readonly amountMinor: number; readonly refundedMinor: number }
  /** A refund came to nothing after all. In all, so much is given back then. */
  | {
      readonly type: 'refund_failed';
      /** Null where only the sum at Stripe tells it. */
      readonly refundId: string | null;
      readonly amountMinor: number;
      readonly refundedMinor: number;
      readonly reason: string;
    }
  /** A bank wants the money back, or something about that has changed. */
  | { readonly type: 'disputed'; readonly dispute: Dispute }
  | { readonly type: 'dispute_closed'; readonly dispute: Dispute }
  | { readonly type: 'review_needed'; readonly reason: string }
  /** A person has looked, and says what came of it. */
  | { readonly type: 'reviewed'; readonly note: string };

export const PAYMENT_EVENT_TYPES = [
  'requires_action',
  'authorized',
  'expiring',
  'released',
  'runner_named',
  'reverted',
  'failed',
  'refund_pending',
  'refunded',
  'refund_failed',
  'disputed',
  'dispute_closed',
  'review_needed',
  'reviewed',
] as const satisfies readonly PaymentEvent['type'][];

export type PaymentEventType = (typeof PAYMENT_EVENT_TYPES)[number];

/** What happened to the calls we owe. Kept in the journal of operations, not told to anybody. */
export type OperationEvent =
  | { readonly type: 'operation_opened'; readonly operation: Operation }
  | { readonly type: 'operation_leased'; readonly leaseUntil: Date; readonly attempts: number }
  | { readonly type: 'operation_rests'; readonly until: Date }
  | {
      readonly type: 'operation_closed';
      readonly key: string;
      readonly outcome: OperationOutcome;
      readonly detail: string | null;
    }
  | {
      readonly type: 'intent_learned';
      readonly paymentIntentId: string;
      readonly stripeCustomerId: string | null;
    }
  | {
      readonly type: 'revert_requested';
      readonly reason: string | null;
      readonly correlationId: string;
    };

/** One step of a decision. */
export type Step = PaymentEvent | OperationEvent;

/** Whether a step belongs to the payment's history, rather than to the journal of calls. */
export function isPaymentEvent(step: Step): step is PaymentEvent {
  return (PAYMENT_EVENT_TYPES as readonly string[]).includes(step.type);
}
