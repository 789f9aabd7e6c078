import type { Issue } from '@campusg-pay/core';

/**
 * Every error that callers can get: its stable code, its HTTP status and when it comes. The OpenAPI
 * document is made from this table; a code, once published, keeps its meaning.
 */
export const ERRORS = {
  invalid_request: {
    status: 400,
    meaning: 'The request is malformed or has invalid fields; `issues` names every one of them.',
  },
  payment_method_missing: {
    status: 400,
    meaning: 'No card was named, and the customer has neither a default one nor just one.',
  },
  payment_method_invalid: {
    status: 400,
    meaning:
      'Stripe knows no such payment method, or it cannot be used for this customer. Where none was ' +
      "named, `card` tells which the customer's default one is.",
  },
  stripe_customer_unknown: { status: 400, meaning: 'Stripe knows no customer of the given id.' },
  webhook_refused: {
    status: 400,
    meaning: 'The webhook is not signed with our secret, not recent, or not a Stripe event.',
  },
  unauthorized: { status: 401, meaning: 'The API key is missing, malformed or unknown.' },
  foreign_host: {
    status: 403,
    meaning:
      'No API keys are set, so that only this machine may call, and the request comes from another, or its `Host` header names one.',
  },
  foreign_origin: {
    status: 403,
    meaning: 'No API keys are set, and a web page of another origin sent this.',
  },
  payment_declined: {
    status: 402,
    meaning: 'The bank or the customer said no; `code` and `declineCode` are those of Stripe.',
  },
  runner_not_found: { status: 404, meaning: 'Nobody has told of such a runner yet.' },
  payment_not_found: { status: 404, meaning: 'No such order or payment.' },
  unknown_route: { status: 404, meaning: 'There is no such endpoint.' },
  method_not_allowed: { status: 405, meaning: 'The endpoint has other methods; see `Allow`.' },
  payment_state_conflict: {
    status: 409,
    meaning: 'The status of the payment (`currentStatus`) does not allow this.',
  },
  operation_in_progress: {
    status: 409,
    meaning: 'Another command for this payment is under way; it settles by itself.',
  },
  overtaken: {
    status: 409,
    meaning: 'Another command moved the payment on while this one was under way.',
  },
  contradicting_repeat: {
    status: 409,
    meaning: 'This was asked for before with another value of `field`.',
  },
  payment_id_taken: {
    status: 409,
    meaning: 'The `custpaymentId` belongs to another payment, or to one that has ended.',
  },
  needs_review: {
    status: 409,
    meaning:
      'A person must look first, see `review`: the refund has failed at the bank, or the amount was ' +
      'taken outside of this service for no runner.',
  },
  disputed: {
    status: 409,
    meaning:
      "The customer's bank disputes the payment, see `dispute`; what was taken can't be given back " +
      'or named for a runner while it is so.',
  },
  amount_exceeds_hold: {
    status: 409,
    meaning:
      'More is to be taken (`amount` and `tip`) than can be of this hold, see `maximumMinor`; nothing was taken.',
  },
  amount_exceeds_captured: {
    status: 409,
    meaning:
      'More is to be given back than is left of what was taken, see `leftMinor`; nothing was given back.',
  },
  nothing_captured: {
    status: 409,
    meaning:
      'A part is to be given back of an amount that is only held. Release less, or revert all of it.',
  },
  too_many_refunds: { status: 409, meaning: 'The payment has as many refunds as it may have.' },
  hold_expired: { status: 409, meaning: 'The hold has lapsed; there is nothing left to take.' },
  body_too_large: { status: 413, meaning: 'The body is larger than the endpoint accepts.' },
  unsupported_media_type: { status: 415, meaning: 'The body is not JSON in UTF-8.' },
  idempotency_key_reused: {
    status: 422,
    meaning: 'The `Idempotency-Key` was used for another request before.',
  },
  rate_limited: { status: 429, meaning: 'Too many requests; see `Retry-After`.' },
  body_already_read: {
    status: 500,
    meaning:
      'The app that this one is mounted in has read the body before, and kept none of its bytes.',
  },
  internal_error: {
    status: 500,
    meaning: 'A mistake of this service, noted in its log under `requestId`.',
  },
  gateway_refused: {
    status: 409,
    meaning:
      'Stripe refused for good, such as to refund a disputed charge; the payment is marked for a person, see `review`.',
  },
  gateway_error: {
    status: 502,
    meaning:
      'Stripe refused, and not because of the request; the payment, where there is one, is as it was.',
  },
  gateway_unavailable: {
    status: 503,
    meaning: 'Stripe cannot be reached or is overloaded. Nothing was done, and nothing will be.',
  },
  overloaded: {
    status: 503,
    meaning:
      'More is being asked than the service can do at once. Nothing was done, and nothing will be.',
  },
  database_unavailable: { status: 503, meaning: 'The database cannot be reached.' },
  webhook_not_configured: {
    status: 503,
    meaning: 'STRIPE_WEBHOOK_SECRET is not set, so no webhook can be verified yet.',
  },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** What a refusal tells besides its sentence. */
export interface Facts {
  readonly issues?: readonly Issue[];
  readonly [name: string]: unknown;
}

/** An answer that says no. */
export interface Problem {
  readonly code: ErrorCode;
  /** A sentence that a person can act on. */
  readonly description: string;
  /** Further facts for the caller. */
  readonly facts?: Facts;
  /** Set where the same request may succeed later. */
  readonly retryAfterSeconds?: number;
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log only. */
  readonly cause?: string;
}

/** The problem of a request with invalid fields. */
export function invalidRequest(issues: readonly Issue[]): Problem {
  const sentences = issues.map(({ field, rule }) => `${field} ${rule}`);
  return {
    code: 'invalid_request',
    description: `The request is invalid: ${sentences.join('; ')}.`,
    facts: { issues },
  };
}
