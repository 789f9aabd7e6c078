import type { DefaultMethod, HoldFailure, Issue, Refusal } from '@campusg-pay/core';
import { invalidRequest, type Problem } from './errors.js';

/** What Stripe refuses outright rarely changes within seconds. */
export const REFUSED_RETRY_SECONDS = 30;

const PAYMENT_METHOD = 'customer.userStripeCard.payment_method_id';

/** No card was named, and there is none to fall back on. */
export function noPaymentMethod(): Problem {
  return {
    code: 'payment_method_missing',
    description:
      'Name a card: the customer has no default payment method and not exactly one saved card.',
    facts: { issues: [{ field: PAYMENT_METHOD, rule: 'is required without a default card' }] },
  };
}

/** No card was named, and the customer has chosen to pay with something else. */
export function defaultIsNoCard(kind: string): Problem {
  return {
    code: 'payment_method_invalid',
    description: `The customer's default payment method is no card but ${kind}, which can't hold money. ${OTHERWISE}`,
  };
}

/** Stripe knows no such customer. */
export function customerUnknown(): Problem {
  return {
    code: 'stripe_customer_unknown',
    description: 'Stripe knows no such customer. Leave stripeCustomerId out to have one made.',
    facts: { issues: [{ field: 'customer.stripeCustomerId', rule: 'must exist at Stripe' }] },
  };
}

/** What the customer can do about a default that does not do. */
const OTHERWISE = 'Name a card, or make another one the default at Stripe.';

/** A hold that was tried and did not come about, and which payment that was. */
export function notAuthorized(refusal: Extract<Refusal, { type: 'NotAuthorized' }>): Problem {
  const { payment, failure } = refusal;
  const { id: paymentId, status: currentStatus, paymentIntentId } = payment;
  const about = { paymentId, currentStatus, code: failure.code };
  const { defaultCard } = refusal;
  const problem = failedHold({ failure, defaultCard }, paymentIntentId);
  const intent = problem.code === 'payment_declined' ? { paymentIntentId } : {};
  return { ...problem, facts: { ...about, ...problem.facts, ...intent } };
}

/**
 * Why there is no hold. Where there is a PaymentIntent, the bank or the customer said no (402);
 * without one Stripe refused the request, as in {@link holdRejected}.
 */
export function failedHold(
  { failure, defaultCard }: Failed,
  paymentIntentId: string | null,
): Problem {
  return paymentIntentId === null || isAboutMethod(failure)
    ? holdRejected({ failure, defaultCard, param: paramOf(failure) })
    : declined({ failure, defaultCard });
}

/** Why there is no hold, and on which default card, where none was named. */
interface Failed {
  readonly failure: HoldFailure;
  readonly defaultCard?: Face | undefined;
}

/** What is told of a default card; null where it is not known. */
type Face = Extract<DefaultMethod, { type: 'card' }>['card'];

/**
 * Stripe would not make a PaymentIntent: a decline is for the customer to mend (402), a wrong
 * parameter for the caller (400), anything else for whoever runs the service (502).
 */
export function holdRejected(rejected: Failed & { readonly param: string | null }): Problem {
  const { failure, param, defaultCard } = rejected;
  if (isDecline(failure)) return declined(rejected);
  const name = param?.split('[')[0] ?? '';
  if (name === 'customer') return customerUnknown();
  const field = FIELD_OF_CODE[failure.code] ?? FIELD_OF_PARAM[name];
  if (field !== undefined) return { ...refusedField(field, failure), code: 'invalid_request' };
  if (name === 'payment_method' || isAboutMethod(failure)) {
    const problem =
      defaultCard === undefined
        ? refusedField(PAYMENT_METHOD, failure)
        : onDefaultCard(failure, { card: defaultCard, was: "can't be used" });
    return { ...problem, code: 'payment_method_invalid' };
  }
  return {
    code: 'gateway_error',
    description: `The hold could not be made: ${failure.message}`,
    facts: { code: failure.code },
    retryAfterSeconds: REFUSED_RETRY_SECONDS,
    cause: param === null ? failure.code : `${failure.code}: ${param}`,
  };
}

function declined({ failure, defaultCard }: Failed): Problem {
  const { code, declineCode, message } = failure;
  const told =
    defaultCard === undefined
      ? { description: message, facts: { code } }
      : onDefaultCard(failure, { card: defaultCard, was: 'was declined' });
  return { ...told, code: 'payment_declined', facts: { ...told.facts, declineCode } };
}

/** Names the card, and no field: the caller has sent none. */
function onDefaultCard(
  { code, message }: HoldFailure,
  { card, was }: { readonly card: Face; readonly was: string },
) {
  const which = card === null ? '' : ` (${nameOf(card)})`;
  const description = `The customer's default card${which} ${was}: ${message} ${OTHERWISE}`;
  return { description, facts: card === null ? { code } : { code, card } };
}

function nameOf({ brand, last4, expMonth, expYear }: NonNullable<Face>): string {
  const expiry = `${String(expMonth).padStart(2, '0')}/${expYear}`;
  return `${BRANDS[brand.toLowerCase()] ?? brand} ending in ${last4}, expires ${expiry}`;
}

const BRANDS: Readonly<Record<string, string>> = {
  amex: 'American Express',
  diners: 'Diners Club',
  discover: 'Discover',
  jcb: 'JCB',
  mastercard: 'Mastercard',
  unionpay: 'UnionPay',
  visa: 'Visa',
};

function refusedField(field: string, { code, message }: HoldFailure): Problem {
  const issues: Issue[] = [{ field, rule: `was refused: ${message}` }];
  return { ...invalidRequest(issues), description: message, facts: { code, issues } };
}

/** A failure that was written down has lost the parameter; Stripe's words still name the thing. */
function paramOf({ message }: HoldFailure): string | null {
  if (message.startsWith('No such customer')) return 'customer';
  return /^No such payment_?method/i.test(message) ? 'payment_method' : null;
}

function isAboutMethod(failure: HoldFailure): boolean {
  return failure.code.startsWith('payment_method_') && !isDecline(failure);
}

const FIELD_OF_CODE: Readonly<Record<string, string>> = {
  amount_too_small: 'order.amount',
  amount_too_large: 'order.amount',
  url_invalid: 'return_url',
};

/** Our names for what we send to Stripe; `customer` and `payment_method` have codes of their own. */
const FIELD_OF_PARAM: Readonly<Record<string, string>> = {
  amount: 'order.amount',
  currency: 'order.currency',
  description: 'order.description',
  return_url: 'return_url',
};

/**
 * Whether the bank or the customer said no, rather than Stripe to a parameter. With a decline code
 * it was the bank; else Stripe's code tells. Source: docs.stripe.com/error-codes.
 */
function isDecline({ code, declineCode }: HoldFailure): boolean {
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
