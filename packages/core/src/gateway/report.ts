import type { HoldFailure } from '../operation/operation.js';
import type { PaymentRef } from '../payment/payment.js';
import type { Dispute } from '../payment/taken.js';
import type { AccountSnapshot } from '../runner/runner.js';
import type { IntentSnapshot, RefundSnapshot } from './intent.js';
import type { ReversalOutcome, TransferOutcome } from './transfer-report.js';

/** A call that the gateway definitely refused. */
export interface RefusedCall {
  readonly operationKey: string;
  /** The gateway's code and sentence. */
  readonly detail: string;
  /** Asking again changes nothing: a dispute, for one. Otherwise it may be done later. */
  readonly final: boolean;
}

/**
 * What the gateway said. A reply to our call, a webhook and a retrieve all enter here.
 *
 * `authoritative` is false for webhooks: they come late, twice and in any order, so where one
 * contradicts the record, the PaymentIntent itself is asked.
 */
export type Report =
  | {
      readonly type: 'intent';
      readonly intent: IntentSnapshot;
      readonly authoritative: boolean;
      /** The operation this answers, when the call was refused and the intent is as it was. */
      readonly refused: RefusedCall | null;
      /** What became of the transfer that goes with the capture, where that was asked for as well. */
      readonly transfer?: TransferOutcome;
      /** The refund that the answered call has made. */
      readonly made?: RefundSnapshot;
    }
  /** An authorize was definitely refused, and no PaymentIntent was made. */
  | {
      readonly type: 'not_created';
      readonly operationKey: string;
      readonly failure: HoldFailure;
      /** The parameter that Stripe names as the cause, e.g. `payment_method`. */
      readonly param: string | null;
    }
  /** Stripe does not know the PaymentIntent: wrong account, or wrong mode of key. */
  | { readonly type: 'intent_missing'; readonly operationKey: string }
  /** Something happened to the PaymentIntent; only asking tells what it is now. */
  | { readonly type: 'hint'; readonly paymentIntentId: string; readonly because: string }
  /** Something happened to a refund. */
  | { readonly type: 'refund'; readonly paymentIntentId: string; readonly refund: RefundSnapshot }
  /** A transfer was sent or refused; `operationKey`: by the call that is answered, null for none. */
  | {
      readonly type: 'transfer';
      readonly operationKey: string | null;
      readonly outcome: TransferOutcome;
    }
  | {
      readonly type: 'reversal';
      readonly operationKey: string;
      readonly outcome: ReversalOutcome;
    }
  /** A bank disputes the payment, or something about that has changed. */
  | { readonly type: 'dispute'; readonly paymentIntentId: string; readonly dispute: Dispute };

/** A webhook, verified and understood. */
export interface WebhookReport {
  /** Stripe's id and type of the event. */
  readonly event: { readonly id: string; readonly type: string };
  /** What it is about, by the PaymentIntent. */
  readonly payment: PaymentRef;
  readonly report: Report;
}

/** What a webhook tells of a connected account, verified and understood. */
export interface AccountNews {
  /** Stripe's id and type of the event. */
  readonly event: { readonly id: string; readonly type: string };
  readonly account: AccountSnapshot;
}

/** Why a webhook was not taken in. Nothing was changed. */
export type WebhookRefusal =
  | { readonly type: 'NoWebhookSecret' }
  | { readonly type: 'BadSignature' }
  | { readonly type: 'TooOld' }
  | { readonly type: 'FromTheFuture' }
  | { readonly type: 'NotAnEvent' };
