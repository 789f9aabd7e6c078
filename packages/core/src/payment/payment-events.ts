import type { HoldFailure, Operation, OperationOutcome } from '../operation/operation.js';
import type { RevertMethod } from './payment.js';
import type { Dispute } from './taken.js';

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
