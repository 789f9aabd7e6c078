import {
  type Currency,
  formatMajor,
  type OperationKind,
  type Refusal,
  type Status,
  type TransferRefusal,
} from '@campusg-pay/core';

const CALLS: Readonly<Record<OperationKind, string>> = {
  authorize: 'the authorize',
  capture: 'a capture',
  void: 'a void',
  refund: 'a refund',
  transfer: 'a transfer to the runner',
  reversal: 'the way back of a transfer',
};

const NOT_FROM: Readonly<Record<Status, string>> = {
  INITIATING: 'nothing is held yet',
  AUTHORIZED: 'the amount is held',
  RELEASED: 'the amount is captured',
  REVERTED: 'nothing is held or kept any more',
  FAILED: 'nothing was ever held',
};

/** Why the rules say no to something about a payment, in a sentence for an operator. */
export function explainRefusal(refusal: Refusal): string {
  switch (refusal.type) {
    case 'PaymentNotFound':
      return 'There is no such payment.';
    case 'WrongStatus':
      return `The payment is ${refusal.status}: ${NOT_FROM[refusal.status]}.`;
    case 'OperationInProgress':
      return `The payment is ${refusal.status}, and ${CALLS[refusal.kind]} is under way.`;
    case 'OvertakenByAnother':
      return `Another command was faster: the payment is now ${refusal.status}.`;
    case 'Contradiction':
      return `The payment is ${refusal.status} with another ${refusal.field}.`;
    case 'HoldExpired':
      return `The hold has lapsed (${refusal.captureBefore.toISOString()}): there is nothing to capture.`;
    case 'NeedsReview':
      return refusal.status === 'RELEASED'
        ? `It was captured without a runner, and a person must look first: ${refusal.reason}. campusg-pay payments reviewed says that somebody has.`
        : `A person must see to it first: ${refusal.reason}.`;
    case 'Disputed': {
      const { disputeId, reason, status } = refusal.dispute;
      return `The customer's bank disputes it (${reason}, ${status}): answer ${disputeId} in Stripe's dashboard.`;
    }
    case 'GatewayRefused':
      return `Stripe refused it (${refusal.detail}). The payment is ${refusal.status}.`;
    case 'AmountExceedsHold':
      return `At most ${money(refusal.maximumMinor, refusal)} can be taken of it, the tip included.`;
    case 'AmountExceedsCaptured':
      return `Only ${money(refusal.leftMinor, refusal)} is left to give back.`;
    case 'NothingCaptured':
      return `The payment is ${refusal.status}: nothing was taken yet that a part of could be given back.`;
    case 'RefundIdRequired':
      return 'A part of it is given back under a name only (--refund-id), so that it is given back once.';
    case 'FeeExceedsAmount':
      return `The platform would keep more than the ${money(refusal.takenMinor, refusal)} that is taken.`;
    case 'NotAMultiple':
      return `The ${refusal.field} must be a multiple of ${refusal.multipleMinor} minor units of ${refusal.currency}.`;
    case 'TooManyRefunds':
      return `It has ${refusal.maximum} refunds, which is the most; what is left can be given back in Stripe's dashboard.`;
    case 'NotTheWhole':
    case 'PaymentIdTaken':
    case 'NoPaymentMethod':
    case 'DefaultIsNoCard':
    case 'StripeCustomerUnknown':
    case 'NotAuthorized':
    case 'HoldRejected':
      // Answers to what operators don't ask for: an authorize, or money named beside.
      return `It was refused: ${refusal.type}.`;
  }
}

/** Why nothing can be done about a transfer. */
export function explainTransferRefusal(refusal: TransferRefusal): string {
  switch (refusal.type) {
    case 'NoTransfer':
      return 'Nothing of this payment is to be sent: it has no transfer.';
    case 'WrongTransferStatus':
      return `The transfer is ${refusal.status}, which does not allow this.`;
    default:
      return explainRefusal(refusal);
  }
}

function money(amountMinor: number, { currency }: { readonly currency: Currency }): string {
  return `${formatMajor({ amountMinor, currency })} ${currency}`;
}
