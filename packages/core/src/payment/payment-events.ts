import type { HoldFailure, Operation, OperationOutcome } from '../operation/operation.js';
import type { Headroom, RevertMethod } from './payment.js';
import type { Refund } from './refund.js';
import type { Dispute } from './taken.js';
import type { Netting, Transfer } from './transfer.js';

/** What a release has decided of what was taken. Amounts in minor units. */
export interface ReleasedTerms {
  readonly dueMinor: number | null;
  readonly tipMinor: number;
  readonly feeMinor: number;
  readonly transfer: Transfer | null;
}

/** What happened to a payment: its history, and what the platform is told. Numbered by version. */
export type PaymentEvent =
  | { readonly type: 'requires_action'; readonly paymentIntentId: string }
  | {
      readonly type: 'authorized';
      readonly paymentIntentId: string;
      readonly captureBefore: Date | null;
      /** Left out where no more may be taken than is held. */
      readonly headroom?: Headroom;
    }
  /** The hold lapses soon, and the amount is neither released nor reverted yet. Told once. */
  | { readonly type: 'expiring'; readonly captureBefore: Date }
  | {
      readonly type: 'released';
      readonly runnerId: string | null;
      readonly receivedMinor: number;
      /** Left out of what was released before there were parts, fees and transfers. */
      readonly terms?: ReleasedTerms;
    }
  /** Who gets what was taken before anybody was named. */
  | { readonly type: 'runner_named'; readonly runnerId: string; readonly terms?: ReleasedTerms }
  | {
      readonly type: 'reverted';
      readonly revertMethod: RevertMethod;
      readonly reason: string | null;
    }
  | { readonly type: 'failed'; readonly failure: HoldFailure }
  /** A refund was made that a bank has still to say yes to. */
  | {
      readonly type: 'refund_pending';
      /** Stripe's. */
      readonly refundId: string;
      readonly amountMinor: number;
      /** Which of the payment's refunds it is; left out of one that nobody asked us for. */
      readonly name?: string;
    }
  /** A part was given back: so much just now, and so much in all. */
  | {
      readonly type: 'refunded';
      readonly amountMinor: number;
      readonly refundedMinor: number;
      /** Which of the payment's refunds it is; left out of one that was made outside of us. */
      readonly name?: string;
      readonly stripeRefundId?: string;
    }
  /** A refund came to nothing after all. In all, so much is given back then. */
  | {
      readonly type: 'refund_failed';
      /** Null where only the sum at Stripe tells it. */
      readonly refundId: string | null;
      readonly amountMinor: number;
      readonly refundedMinor: number;
      readonly reason: string;
      readonly name?: string;
      /** What it has ended as, where it is one of ours; `failed` where that is left out. */
      readonly ended?: 'failed' | 'canceled';
    }
  /** A bank wants the money back, or something about that has changed. */
  | { readonly type: 'disputed'; readonly dispute: Dispute }
  | { readonly type: 'dispute_closed'; readonly dispute: Dispute }
  /** The runner's share is owed: it will be sent by itself. */
  | { readonly type: 'transfer_owed'; readonly transfer: Transfer }
  | {
      readonly type: 'transfer_sent';
      readonly transfer: Transfer;
      readonly nettings: readonly Netting[];
    }
  /** It can't be sent now, is paused, or a person must look; or nothing of it is to be sent any more. */
  | { readonly type: 'transfer_waiting'; readonly transfer: Transfer }
  /** So much of it came back just now. */
  | {
      readonly type: 'transfer_reversed';
      readonly transfer: Transfer;
      readonly amountMinor: number;
    }
  /** What was to come back of it, and could not: the runner owes it from now on. */
  | {
      readonly type: 'runner_debt';
      readonly transfer: Transfer;
      readonly debtId: string;
      readonly amountMinor: number;
    }
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
  'transfer_owed',
  'transfer_sent',
  'transfer_waiting',
  'transfer_reversed',
  'runner_debt',
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
  /** Somebody wants a part back, or all that is left; it is given back as soon as it can be. */
  | { readonly type: 'refund_requested'; readonly refund: Refund }
  /** Which one at Stripe gives back all that was left. */
  | {
      readonly type: 'refund_learned';
      readonly refundId: string;
      readonly stripeRefundId: string;
    }
  /** A transfer that waits goes on waiting, or is tried with other facts. */
  | {
      readonly type: 'transfer_changed';
      readonly transfer: Transfer;
      /** Of debts that its open call keeps back; given back should it not be sent. */
      readonly nettings?: readonly Netting[];
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
