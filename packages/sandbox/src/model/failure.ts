/** The `error` object of a Stripe error body. */
export interface ErrorBody {
  readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  readonly message: string;
  readonly code?: string;
  readonly decline_code?: string;
  readonly param?: string;
  readonly charge?: string;
  readonly doc_url?: string;
  readonly payment_intent?: object;
  readonly payment_method?: object;
  readonly request_log_url?: string;
}

/** An answer that is not 2xx. */
export interface Failure {
  readonly status: number;
  readonly error: ErrorBody;
  /** `Stripe-Should-Retry`, when Stripe gives that advice. */
  readonly shouldRetry?: boolean;
  /** `Stripe-Rate-Limited-Reason`. */
  readonly limitedBy?: string;
}

interface Details {
  readonly code?: string;
  readonly param?: string;
  readonly payment_intent?: object;
}

function docUrl(code: string): string {
  return `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`;
}

/** 400 (or another status) with type `invalid_request_error`. */
export function invalid(message: string, details: Details = {}, status = 400): Failure {
  const doc = details.code === undefined ? {} : { doc_url: docUrl(details.code) };
  return { status, error: { type: 'invalid_request_error', message, ...doc, ...details } };
}

/** The code of an error that is the sandbox's own: Stripe would not have refused this. */
export const NOT_IMPLEMENTED = 'sandbox_not_implemented';

/** What Stripe has and the sandbox has not, said so that nobody looks for the mistake at Stripe. */
export function notImplemented(what: string, param?: string, status = 400): Failure {
  const about = param === undefined ? {} : { param };
  const message = `The sandbox does not implement ${what}`;
  const error = {
    type: 'invalid_request_error',
    message,
    code: NOT_IMPLEMENTED,
    ...about,
  } as const;
  return { status, error };
}

/** "No such customer: 'cus_x'": 404 when the path names it, 400 when a parameter does. */
export function missing(
  kind: string,
  { id, param, status }: { id: string; param: string; status: 400 | 404 },
): Failure {
  return invalid(`No such ${kind}: '${id}'`, { code: 'resource_missing', param }, status);
}

/** 402 with type `card_error`. */
export function cardError(
  card: { code: string; declineCode: string; message: string; param?: string },
  subjects: { charge?: string; payment_intent?: object; payment_method?: object } = {},
): Failure {
  const error: ErrorBody = {
    type: 'card_error',
    message: card.message,
    code: card.code,
    decline_code: card.declineCode,
    doc_url: docUrl(card.code),
    ...(card.param === undefined ? {} : { param: card.param }),
    ...subjects,
  };
  return { status: 402, error };
}

/** An object is in a state that forbids the request. */
export function unexpectedState(message: string, intent: object, param?: string): Failure {
  const details = { code: 'payment_intent_unexpected_state', payment_intent: intent };
  return invalid(message, param === undefined ? details : { ...details, param });
}
