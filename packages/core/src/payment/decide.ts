import { err, ok, type Result } from 'neverthrow';
import type { CardFace } from '../gateway/payment-gateway.js';
import { type Currency, type Money, sameMoney } from '../money/money.js';
import type { HoldFailure, Operation, OperationKind, VoidPurpose } from '../operation/operation.js';
import { opened } from '../operation/operation-steps.js';
import { unreachable } from '../unreachable.js';
import type { DecisionContext } from './decision-context.js';
import { openReview, type Payment, type ReleasedPayment, type Status } from './payment.js';
import type { Step } from './payment-events.js';
import { type NotTheWhole, partIn, type StatedMoney, wholeOf } from './stated-money.js';
import { barsRefund, type Dispute } from './taken.js';

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

/** What a repeated authorize is compared by. Null where the request left it open. */
export interface HoldTerms {
  readonly customerId: string;
  readonly amount: Money;
  readonly stripeCustomerId: string | null;
  readonly paymentMethodId: string | null;
  readonly paymentId: string | null;
}

/** Whether an authorize may join the order's live payment: only as a repeat of the same command. */
export function decideRepeatedAuthorize(live: Payment, terms: HoldTerms): Result<void, Refusal> {
  const { status, operation } = live;
  const differs = firstDifference(live, terms);
  if (differs !== null) return err({ type: 'Contradiction', status, field: differs });
  // The cancel after a decline is a part of the authorize that is repeated: its end is waited for.
  if (operation?.kind === 'void' && operation.params.purpose === 'revert') {
    return err({ type: 'OperationInProgress', status, kind: operation.kind });
  }
  return ok();
}

function firstDifference(live: Payment, terms: HoldTerms): ContradictedField | null {
  const { paymentId, stripeCustomerId, paymentMethodId } = terms;
  if (live.customerId !== terms.customerId) return 'customer.clerkUserId';
  if (live.amount.currency !== terms.amount.currency) return 'order.currency';
  if (!sameMoney(live.amount, terms.amount)) return 'order.amount';
  if (paymentId !== null && live.id !== paymentId) return 'custpaymentId';
  if (paymentMethodId !== null && live.paymentMethodId !== paymentMethodId) {
    return 'customer.userStripeCard.payment_method_id';
  }
  const knownCustomer = live.stripeCustomerId;
  if (stripeCustomerId !== null && knownCustomer !== null && knownCustomer !== stripeCustomerId) {
    return 'customer.stripeCustomerId';
  }
  return null;
}

/**
 * Takes the held amount for a runner.
 *
 * Refusals in a fixed order: missing, not the whole amount, wrong status, conflicting detail,
 * expired. No steps means that the same release was asked for before: it is done, or somebody is
 * doing it.
 */
export function decideRelease(
  payment: Payment | null,
  command: { readonly runnerId: string; readonly stated?: readonly StatedMoney[] },
  context: DecisionContext,
): Result<Step[], Refusal> {
  if (payment === null) return err({ type: 'PaymentNotFound' });
  const part = partIn(wholeOf(payment), command.stated);
  if (part !== null) return err(part);
  const { status } = payment;
  const { runnerId } = command;
  switch (status) {
    case 'INITIATING':
    case 'REVERTED':
    case 'FAILED':
      return err({ type: 'WrongStatus', status });
    case 'RELEASED':
      if (payment.operation !== null) return inProgress(payment, payment.operation);
      if (payment.runnerId === null) return nameRunner(payment, runnerId);
      return payment.runnerId === runnerId ? ok([]) : contradicts(status, 'runnerId');
    case 'AUTHORIZED': {
      const { operation, captureBefore } = payment;
      if (operation?.kind === 'void') return inProgress(payment, operation);
      if (operation?.kind === 'capture') {
        // Captured for nobody, because the hold is about to lapse: the runner is named after it.
        if (operation.params.runnerId === null) return ok([]);
        return operation.params.runnerId === runnerId ? ok([]) : contradicts(status, 'runnerId');
      }
      if (captureBefore !== null && context.now.getTime() >= captureBefore.getTime()) {
        return err({ type: 'HoldExpired', status, captureBefore });
      }
      return ok([opened({ kind: 'capture', params: { runnerId } }, context)]);
    }
    default:
      return unreachable(payment);
  }
}

/**
 * Captured for nobody yet: before the hold lapsed, which any runner may be named for, or outside of
 * us, which a person looks at first.
 */
function nameRunner(payment: ReleasedPayment, runnerId: string): Result<Step[], Refusal> {
  const { status, dispute, pendingRefund } = payment;
  if (dispute !== null && barsRefund(dispute)) return err({ type: 'Disputed', status, dispute });
  // Somebody gives it back past us: nobody is to be paid for what is on its way to the customer.
  if (pendingRefund !== null) return err({ type: 'OperationInProgress', status, kind: 'refund' });
  const reason = openReview(payment);
  return reason === null
    ? ok([{ type: 'runner_named', runnerId }])
    : err({ type: 'NeedsReview', status, reason });
}

/**
 * Gives the money back: cancels what is not held yet, voids a hold, refunds a release.
 *
 * A revert that comes while the authorize is under way is written down and carried out after it.
 */
export function decideRevert(
  payment: Payment | null,
  command: { readonly reason: string | null; readonly stated?: readonly StatedMoney[] },
  context: DecisionContext,
): Result<Step[], Refusal> {
  if (payment === null) return err({ type: 'PaymentNotFound' });
  const part = partIn(wholeOf(payment), command.stated);
  if (part !== null) return err(part);
  const { reason } = command;
  const { correlationId } = context;
  const voided = opened({ kind: 'void', params: { purpose: 'revert', reason } }, context);
  switch (payment.status) {
    case 'FAILED':
      return err({ type: 'WrongStatus', status: payment.status });
    case 'REVERTED': {
      const { status, revertMethod, review } = payment;
      // Saying "reverted successfully" again would hide that the customer still has no money.
      return revertMethod === 'refunded' && review !== null
        ? err({ type: 'NeedsReview', status, reason: review })
        : ok([]);
    }
    case 'INITIATING': {
      const { operation, revertRequested } = payment;
      if (operation === null) return ok([voided]);
      if (operation.kind === 'void') return joinRevert(payment, operation, operation.params);
      return ok(
        revertRequested === null ? [{ type: 'revert_requested', reason, correlationId }] : [],
      );
    }
    case 'AUTHORIZED': {
      const { operation } = payment;
      if (operation === null) return ok([voided]);
      return operation.kind === 'void'
        ? joinRevert(payment, operation, operation.params)
        : inProgress(payment, operation);
    }
    case 'RELEASED': {
      const { status, operation, dispute } = payment;
      if (operation !== null) return ok([]);
      if (dispute !== null && barsRefund(dispute))
        return err({ type: 'Disputed', status, dispute });
      return ok([opened({ kind: 'refund', params: { reason } }, context)]);
    }
    default:
      return unreachable(payment);
  }
}

/** A cancel after a decline will end as FAILED, so there is nothing to revert. */
function joinRevert(
  payment: Payment,
  operation: Operation,
  { purpose }: VoidPurpose,
): Result<Step[], Refusal> {
  return purpose === 'revert' ? ok([]) : inProgress(payment, operation);
}

function inProgress({ status }: Payment, { kind }: Operation): Result<Step[], Refusal> {
  return err({ type: 'OperationInProgress', status, kind });
}

function contradicts(status: Status, field: ContradictedField): Result<Step[], Refusal> {
  return err({ type: 'Contradiction', status, field });
}
