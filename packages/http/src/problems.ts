import type { WebhookRefusal } from '@campusg-pay/adapters';
import type { Failure, Fault, OperationKind, Payment, Refusal, Status } from '@campusg-pay/core';
import type { Issue, Problem } from './errors.js';
import { renderTime } from './render.js';

/** Long enough for a lease to end or a short outage to pass, short enough for a waiting person. */
const RETRY_SECONDS = 2;
/** What Stripe refused outright rarely changes within seconds. */
const REFUSED_RETRY_SECONDS = 30;

/** What a refusal or a fault is to a caller. */
export function problemOf(error: Refusal | Fault): Problem {
  switch (error.type) {
    case 'PaymentNotFound':
      return { code: 'payment_not_found', description: 'There is no such order or payment.' };
    case 'WrongStatus':
      return {
        code: 'payment_state_conflict',
        description: `The payment is ${error.status}, which does not allow this.`,
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
      return {
        code: 'overtaken',
        description: `Another command was faster: the payment is now ${error.status}.`,
        facts: { currentStatus: error.status },
      };
    case 'Contradiction':
      return {
        code: 'contradicting_repeat',
        description: `The order's payment is ${error.status} with another ${error.field}.`,
        facts: { currentStatus: error.status, field: error.field },
      };
    case 'PaymentIdTaken':
      return {
        code: 'payment_id_taken',
        description: 'This custpaymentId belongs to another payment; choose another one.',
        facts: { field: 'custpaymentId' },
      };
    case 'HoldExpired':
      return holdExpired(error.status, error.captureBefore);
    case 'NoPaymentMethod':
      return noPaymentMethod();
    case 'StripeCustomerUnknown':
      return customerUnknown();
    case 'NotAuthorized':
      return notAuthorized(error.payment, error.failure);
    case 'GatewayRefused':
      return {
        code: 'gateway_error',
        description: `Stripe refused this (${error.detail}). The payment is still ${error.status}.`,
        facts: { currentStatus: error.status },
        retryAfterSeconds: REFUSED_RETRY_SECONDS,
      };
    case 'GatewayUnavailable':
      return {
        code: 'gateway_unavailable',
        description: 'Stripe cannot be reached just now. Ask again: nothing happens twice.',
        retryAfterSeconds: Math.max(
          1,
          Math.ceil((error.retryAfterMs ?? RETRY_SECONDS * 1000) / 1000),
        ),
        cause: error.reason,
      };
    case 'DatabaseUnavailable':
      return {
        code: 'database_unavailable',
        description: 'The database cannot be reached just now. Ask again: nothing happens twice.',
        retryAfterSeconds: RETRY_SECONDS,
        cause: error.reason,
      };
    default:
      return unreachable(error);
  }
}

/** What a refused webhook is answered. Only Stripe (or somebody who pretends) reads it. */
export function webhookProblem({ type }: WebhookRefusal): Problem {
  switch (type) {
    case 'BadSignature':
      return webhookRefused('The Stripe-Signature header does not match the body.');
    case 'TooOld':
      return webhookRefused('The webhook was signed too long ago.');
    case 'FromTheFuture':
      return webhookRefused('The webhook was signed in the future.');
    case 'NotAnEvent':
      return webhookRefused('The body is not a Stripe event.');
    case 'NoWebhookSecret':
      // Not the sender's fault: Stripe repeats a 503 for three days, so nothing is lost.
      return {
        code: 'webhook_not_configured',
        description: 'Webhooks cannot be verified until STRIPE_WEBHOOK_SECRET is set.',
        retryAfterSeconds: REFUSED_RETRY_SECONDS,
      };
    default:
      return unreachable(type);
  }
}

function webhookRefused(description: string): Problem {
  return { code: 'webhook_refused', description };
}

const PAYMENT_METHOD = 'customer.userStripeCard.payment_method_id';

const UNDER_WAY: Readonly<Record<OperationKind, string>> = {
  authorize: 'The authorization',
  capture: 'The release',
  void: 'The cancellation',
  refund: 'The refund',
};

function holdExpired(currentStatus: Status, captureBefore: Date): Problem {
  return {
    code: 'hold_expired',
    description: 'The hold has lapsed. Authorize the order again.',
    facts: { currentStatus, captureBefore: renderTime(captureBefore) },
  };
}

function noPaymentMethod(): Problem {
  return {
    code: 'payment_method_missing',
    description: 'Name a card: the customer has no default payment method.',
    facts: { issues: [{ field: PAYMENT_METHOD, rule: 'is required without a default card' }] },
  };
}

function customerUnknown(): Problem {
  return {
    code: 'stripe_customer_unknown',
    description: 'Stripe knows no such customer. Leave stripeCustomerId out to have one made.',
    facts: { issues: [{ field: 'customer.stripeCustomerId', rule: 'must exist at Stripe' }] },
  };
}

/** A declined card is for the customer to mend (402); a wrong parameter for the caller (400). */
function notAuthorized(payment: Payment, failure: Failure): Problem {
  const { code, declineCode, message } = failure;
  const facts = { paymentId: payment.id, currentStatus: payment.status, code };
  if (isDecline(failure)) {
    return {
      code: 'payment_declined',
      description: message,
      facts: { ...facts, declineCode, paymentIntentId: payment.paymentIntentId },
    };
  }
  // Stripe has one code for everything that does not exist, and names the thing only in words.
  if (message.startsWith('No such customer')) return customerUnknown();
  const field = FIELD_OF_CODE[code];
  const issues: Issue[] = [{ field: field ?? PAYMENT_METHOD, rule: `was refused: ${message}` }];
  return {
    code: field === undefined ? 'payment_method_invalid' : 'invalid_request',
    description: message,
    facts: { ...facts, issues },
  };
}

/** Parameter problems that are not about the payment method. */
const FIELD_OF_CODE: Readonly<Record<string, string>> = {
  amount_too_small: 'order.amount',
  amount_too_large: 'order.amount',
  url_invalid: 'return_url',
};

/**
 * Whether the bank or the customer said no, rather than Stripe to a parameter. With a decline code
 * it was the bank; else Stripe's code tells. Source: docs.stripe.com/error-codes.
 */
function isDecline({ code, declineCode }: Failure): boolean {
  return declineCode !== null || DECLINE_CODES.test(code);
}

const DECLINE_CODES = new RegExp(
  [
    '^card_',
    '^(expired_card|processing_error|authentication_required)$',
    '^incorrect_',
    '^invalid_(cvc|expiry_month|expiry_year|number)$',
    '^payment_intent_(authentication_failure|canceled|payment_attempt_)',
    '^payment_method_(customer_decline|not_available|provider_|required)',
  ].join('|'),
);

function unreachable(value: never): never {
  throw new Error(`bug: unhandled ${JSON.stringify(value)}`);
}
