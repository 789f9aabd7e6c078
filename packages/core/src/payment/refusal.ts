import { err, type Result } from 'neverthrow';
import type { CardFace } from '../gateway/saved-card.js';
import type { Currency } from '../money/money.js';
import type { HoldFailure, Operation, OperationKind } from '../operation/operation.js';
import type { Payment, Status } from './payment.js';
import type { NotTheWhole } from './stated-money.js';
import type { Dispute } from './taken.js';

/** Why the rules say no. Nothing was changed; asking again changes nothing either. */
export type Refusal =
  | { readonly type: 'PaymentNotFound' }
  /** The payment's status allows no such command. */
  | { readonly type: 'WrongStatus'; readonly status: Status }
  /** Another call for this payment is under way; it will settle by itself. */
  | { readonly type: 'OperationInProgress'; readonly status: Status; readonly kind: OperationKind }
  /** Somebody else moved the payment on while this command was on its way. */
  | { readonly type: 'OvertakenByAnother'; readonly status: Status }
  /** A repeat that contradicts what was asked for first. */
  | { readonly type: 'Contradiction'; readonly status: Status; readonly field: ContradictedField }
  | NotTheWhole
  /** More is to be taken than is held. `maximumMinor` is what can be. */
  | {
      readonly type: 'AmountExceedsHold';
      readonly status: Status;
      readonly maximumMinor: number;
      readonly currency: Currency;
    }
  /** More is to be given back than is left of what was taken. */
  | {
      readonly type: 'AmountExceedsCaptured';
      readonly status: Status;
      readonly leftMinor: number;
      readonly currency: Currency;
    }
  /** A part is to be given back of what was not taken yet: release less instead. */
  | { readonly type: 'NothingCaptured'; readonly status: Status }
  /** A part is to be given back without a name, so that a repeat of it could not be told from another. */
  | { readonly type: 'RefundIdRequired'; readonly leftMinor: number; readonly currency: Currency }
  /** The platform is to keep more than is taken. */
  | { readonly type: 'FeeExceedsAmount'; readonly takenMinor: number; readonly currency: Currency }
  /** The card networks settle the currency in multiples only (KWD and its kin, ISK, UGX). */
  | {
      readonly type: 'NotAMultiple';
      readonly field: 'amount' | 'tip';
      readonly multipleMinor: number;
      readonly currency: Currency;
    }
  /** No payment has more refunds than that. */
  | { readonly type: 'TooManyRefunds'; readonly status: Status; readonly maximum: number }
  /** The wanted payment id already belongs to another payment. */
  | { readonly type: 'PaymentIdTaken'; readonly paymentId: string }
  /** The hold has lapsed; there is nothing left to capture. */
  | { readonly type: 'HoldExpired'; readonly status: Status; readonly captureBefore: Date }
  /** No card was named, and the customer has no default one. */
  | { readonly type: 'NoPaymentMethod' }
  /** No card was named, and what the customer pays with by default is none. */
  | { readonly type: 'DefaultIsNoCard'; readonly kind: string }
  /** Stripe knows no customer of the given id. */
  | { readonly type: 'StripeCustomerUnknown'; readonly stripeCustomerId: string }
  /** The bank, the customer or Stripe said no to the hold. */
  | (OnCard & {
      readonly type: 'NotAuthorized';
      readonly payment: Payment;
      readonly failure: HoldFailure;
    })
  /** Stripe would not even make a PaymentIntent; nothing was written down. */
  | (OnCard & {
      readonly type: 'HoldRejected';
      readonly failure: HoldFailure;
      readonly param: string | null;
    })
  /** A person must look first, such as after a refund that failed at the bank. */
  | { readonly type: 'NeedsReview'; readonly status: Status; readonly reason: string }
  /** A bank disputes the payment: it has the money, or may get it, so nothing of it is moved. */
  | { readonly type: 'Disputed'; readonly status: Status; readonly dispute: Dispute }
  /** Stripe definitely said no to a capture, void or refund. */
  | {
      readonly type: 'GatewayRefused';
      readonly status: Status;
      readonly detail: string;
      /** Asking again changes nothing. */
      readonly final: boolean;
    };

/** Which card the hold was to be made on. */
interface OnCard {
  /** The customer's default one, null where it is not told which; left out where one was named. */
  readonly defaultCard?: CardFace | null;
}

export type ContradictedField =
  | 'customer.clerkUserId'
  | 'customer.stripeCustomerId'
  | 'customer.userStripeCard.payment_method_id'
  | 'order.amount'
  | 'order.currency'
  | 'custpaymentId'
  | 'runnerId'
  | 'runnerStripeAccount'
  | 'amount'
  | 'tip'
  | 'platformFee'
  | 'refundId';

/** Another call is under way. */
export function inProgress({ status }: Payment, { kind }: Operation): Result<never, Refusal> {
  return err({ type: 'OperationInProgress', status, kind });
}

/** A repeat says something else than what was asked for first. */
export function contradicts(status: Status, field: ContradictedField): Result<never, Refusal> {
  return err({ type: 'Contradiction', status, field });
}
