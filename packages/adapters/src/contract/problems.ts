import type { ContradictedField, Fault, OperationKind, Refusal, Status } from '@campusg-pay/core';
import { unreachable } from '@campusg-pay/core';
import { problemWithAmount } from './amount-problems.js';
import { invalidRequest, type Problem } from './errors.js';
import {
  customerUnknown,
  defaultIsNoCard,
  holdRejected,
  noPaymentMethod,
  notAuthorized,
  REFUSED_RETRY_SECONDS,
} from './hold-problems.js';
import { notTheWhole } from './money-fields.js';
import { renderTime } from './time.js';

/** Long enough for a lease to end or a short outage to pass, short enough for a waiting person. */
const RETRY_SECONDS = 2;

/** What a refusal or a fault is to a caller, who asked `by` an order or by a payment's own id. */
export function problemOf(
  error: Refusal | Fault,
  by: 'order_id' | 'payment_id' = 'order_id',
): Problem {
  switch (error.type) {
    case 'PaymentNotFound':
      return {
        code: 'payment_not_found',
        description: `There is no payment ${by === 'order_id' ? 'for this order' : 'of this id'}.`,
      };
    case 'WrongStatus':
      return {
        code: 'payment_state_conflict',
        description: `The payment is ${error.status}${NOT_NOW[error.status]}`,
        facts: { currentStatus: error.status },
      };
    case 'OperationInProgress':
      return {
        code: 'operation_in_progress',
        description: `${UNDER_WAY[error.kind]} of this payment is under way; ask again in a moment.`,
        facts: { currentStatus: error.status, operation: error.kind },
        retryAfterSeconds: RETRY_SECONDS,
      };
    case 'OvertakenByAnother':
      return overtaken(error.status);
    case 'Contradiction':
      return {
        code: 'contradicting_repeat',
        description: contradiction(error),
        facts: { currentStatus: error.status, field: error.field },
      };
    case 'NotTheWhole':
      return invalidRequest([notTheWhole(error)]);
    case 'AmountExceedsHold':
    case 'AmountExceedsCaptured':
    case 'NothingCaptured':
    case 'RefundIdRequired':
    case 'FeeExceedsAmount':
    case 'NotAMultiple':
    case 'TooManyRefunds':
      return problemWithAmount(error, by);
    case 'PaymentIdTaken':
      return PAYMENT_ID_TAKEN;
    case 'HoldExpired':
      return holdExpired(error.status, error.captureBefore);
    case 'NoPaymentMethod':
      return noPaymentMethod();
    case 'DefaultIsNoCard':
      return defaultIsNoCard(error.kind);
    case 'StripeCustomerUnknown':
      return customerUnknown();
    case 'NotAuthorized':
      return notAuthorized(error);
    case 'HoldRejected':
      return holdRejected(error);
    case 'NeedsReview':
      return needsReview(error);
    case 'Disputed':
      return disputed(error);
    case 'GatewayRefused':
      return gatewayRefused(error);
    case 'GatewayUnavailable':
    case 'DatabaseUnavailable':
      return faultProblem(error);
    default:
      return unreachable(error);
  }
}

const PAYMENT_ID_TAKEN: Problem = {
  code: 'payment_id_taken',
  description:
    'This custpaymentId belongs to another payment, or to one that has ended; choose a new one.',
  facts: { field: 'custpaymentId' },
};

function needsReview({ status, reason }: Extract<Refusal, { type: 'NeedsReview' }>): Problem {
  return {
    code: 'needs_review',
    description: `A person must look at this payment first: ${reason}.`,
    facts: { currentStatus: status },
    cause: reason,
  };
}

function disputed({ status, dispute }: Extract<Refusal, { type: 'Disputed' }>): Problem {
  const { disputeId, reason, status: standing } = dispute;
  return {
    code: 'disputed',
    description:
      `The customer's bank disputes this payment (${reason}, ${standing}): Stripe gives nothing back ` +
      `meanwhile. Answer dispute ${disputeId} in Stripe's dashboard.`,
    facts: { currentStatus: status, dispute },
  };
}

function gatewayRefused({
  status,
  detail,
  final,
}: Extract<Refusal, { type: 'GatewayRefused' }>): Problem {
  const facts = { currentStatus: status };
  const said = `Stripe refused this (${detail}). The payment is ${status}`;
  return final
    ? { code: 'gateway_refused', description: `${said}; asking again changes nothing.`, facts }
    : {
        code: 'gateway_error',
        description: `${said}.`,
        facts,
        retryAfterSeconds: REFUSED_RETRY_SECONDS,
      };
}

/** What of the database does not pass by itself: asking again soon would not help. */
const NO_OUTAGE: Readonly<Record<string, string>> = {
  rights:
    'The database user of the service lacks a right. Somebody has to grant it; nothing happens twice.',
  unreadable:
    'The database writes times in another form than ISO. Somebody has to set it right; nothing happens twice.',
  access:
    'The database does not let the service in. Somebody has to set it right; nothing happens twice.',
  'statement-pooling':
    'The pooler of the database gives a session for one statement only. Somebody has to set it right; nothing happens twice.',
};

function faultProblem(fault: Fault): Problem {
  const { type, reason: cause } = fault;
  if (type === 'DatabaseUnavailable') {
    const toSetRight = NO_OUTAGE[cause];
    if (toSetRight !== undefined) {
      return { code: 'database_unavailable', description: toSetRight, cause };
    }
    return {
      code: 'database_unavailable',
      description: 'The database cannot be reached just now. Ask again: nothing happens twice.',
      retryAfterSeconds: RETRY_SECONDS,
      cause,
    };
  }
  const seconds = fault.retryAfterMs === null ? RETRY_SECONDS : fault.retryAfterMs / 1000;
  return {
    code: 'gateway_unavailable',
    description: 'Stripe cannot be asked just now. Nothing was done; ask again.',
    retryAfterSeconds: Math.max(1, Math.ceil(seconds)),
    cause,
  };
}

const NOTHING_HELD = ': nothing is held. To hold the amount, authorize the order again.';

/** Why a status allows no such command, and what to do. */
const NOT_NOW: Readonly<Record<Status, string>> = {
  INITIATING:
    ' and not held yet: the customer must authenticate first, or the call is still under way; ' +
    'ask for its status.',
  AUTHORIZED: ', which does not allow this; ask for its status.',
  RELEASED: ', which does not allow this; ask for its status.',
  REVERTED: NOTHING_HELD,
  FAILED: NOTHING_HELD,
};

function contradiction({ status, field }: Extract<Refusal, { type: 'Contradiction' }>): string {
  if (field === 'refundId') {
    return (
      `The payment is ${status}, and a refund of this refundId was asked for with another amount. ` +
      'Send the same amount as before, or another refundId for another refund.'
    );
  }
  return (
    `The order's payment is ${status} with another ${field}. ` +
    `Send the same ${field} as before${OTHERWISE[field] ?? OR_ANEW}`
  );
}

const OR_ANEW = ', or revert the payment and authorize the order again.';

/** What can be done where the release was asked for on other terms. */
const OTHERWISE: Partial<Readonly<Record<ContradictedField, string>>> = {
  runnerId: '; a release can not be moved to another runner.',
  runnerStripeAccount: ', or tell of the new account: PUT /api/runners/{runnerId}.',
  amount: '; what was taken can only be given back, by a revert with an amount.',
  tip: '; a tip can not be changed once it was taken.',
  platformFee: '; it was decided by the first release.',
};

const UNDER_WAY: Readonly<Record<OperationKind, string>> = {
  authorize: 'The authorization',
  capture: 'The release',
  void: 'The cancellation',
  refund: 'The refund',
  transfer: 'The transfer to the runner',
  reversal: 'The way back of what the runner got',
};

function overtaken(currentStatus: Status): Problem {
  return {
    code: 'overtaken',
    description:
      currentStatus === 'INITIATING'
        ? 'The payment is being canceled by another command.'
        : `Another command was faster: the payment is now ${currentStatus}.`,
    facts: { currentStatus },
  };
}

function holdExpired(currentStatus: Status, captureBefore: Date): Problem {
  return {
    code: 'hold_expired',
    description: 'The hold has lapsed. Authorize the order again.',
    facts: { currentStatus, captureBefore: renderTime(captureBefore) },
  };
}
