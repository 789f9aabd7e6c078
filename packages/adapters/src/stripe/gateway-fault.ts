import type { GatewayFault, HoldFailure, IntentSnapshot } from '@campusg-pay/core';
import Stripe from 'stripe';
import { CONNECTION_CLOSED } from './http-client.js';
import { DeadlineExceeded, TurnedAway, UnreadableReply } from './sdk-errors.js';
import { errorIntent, tryRead } from './shapes.js';
import { toSnapshot } from './snapshot.js';
import { cleanText } from './text.js';

/** What a failed call means: nothing certain (a fault), or a definite no. */
export type CallError =
  | GatewayFault
  | {
      readonly type: 'Refused';
      readonly failure: HoldFailure;
      /** The parameter that Stripe names as the cause. */
      readonly param: string | null;
      /** The PaymentIntent as it is, where the error carries it. */
      readonly intent: IntentSnapshot | null;
      /** There is no such object. */
      readonly missing: boolean;
    };

const { errors } = Stripe;

/** Codes of a connection that was never made, so that nothing can have been asked. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/**
 * Sorts what the SDK throws.
 *
 * Definite: 402 and 400/404. Not executed: 429, 401, 403, never connected. Everything else may have
 * been executed: lost connections, 409, 5xx, answers that can't be read, our own deadline, a key
 * known from another call, and whatever else is thrown once the call may have been sent.
 */
export function classify(error: unknown): CallError {
  if (error instanceof TurnedAway) return fault('no', error.message, error.retryAfterMs);
  if (error instanceof DeadlineExceeded) return fault('unknown', error.message);
  if (error instanceof errors.StripeConnectionError) {
    const code = codeOf(error.detail);
    const executed = code !== undefined && NEVER_CONNECTED.has(code) ? 'no' : 'unknown';
    return fault(executed, `connection to Stripe: ${code ?? 'lost'}`);
  }
  if (error instanceof errors.StripeRateLimitError) {
    return fault('no', 'Stripe limits our rate', retryAfterMs(error.headers));
  }
  if (error instanceof errors.StripeAuthenticationError) {
    return fault('no', 'Stripe does not accept our key');
  }
  if (error instanceof errors.StripePermissionError) {
    return fault('no', 'our Stripe key may not do this');
  }
  if (error instanceof errors.StripeIdempotencyError) {
    return fault('unknown', 'Stripe knows this key from a call with other parameters');
  }
  if (
    error instanceof errors.StripeCardError ||
    error instanceof errors.StripeInvalidRequestError
  ) {
    return refusal(error);
  }
  const garbled = error instanceof errors.StripeAPIError ? exceptionOf(error) : error;
  if (garbled instanceof UnreadableReply) return unreadable(garbled);
  if (error instanceof errors.StripeError) {
    return fault('unknown', `Stripe answered ${error.statusCode ?? 'nothing readable'}`);
  }
  const name = error instanceof Error ? error.name : typeof error;
  return unreadable(new UnreadableReply(`it was no use to the SDK (${name})`));
}

/** A definite no; unless it shows a PaymentIntent that we can't read, which may be anything. */
function refusal(error: Stripe.errors.StripeError): CallError {
  const { payment_intent: shown } = error;
  const intent = tryRead(errorIntent, shown ?? null);
  if (intent.isErr()) return unreadable(intent.error);
  return {
    type: 'Refused',
    failure: {
      code: cleanText(error.code ?? 'invalid_request'),
      declineCode: error.decline_code ? cleanText(error.decline_code) : null,
      message: cleanText(error.message || 'The payment was not accepted.'),
    },
    param: error.param ? cleanText(error.param) : null,
    intent: intent.value === null ? null : toSnapshot(intent.value),
    missing: error.code === 'resource_missing',
  };
}

function unreadable({ message }: UnreadableReply): GatewayFault {
  return { ...fault('unknown', message), unreadable: true };
}

/** What the SDK keeps of what it met while it read the body. */
function exceptionOf({ raw }: Stripe.errors.StripeError): unknown {
  return typeof raw === 'object' && raw !== null && 'exception' in raw ? raw.exception : null;
}

function fault(
  executed: GatewayFault['executed'],
  reason: string,
  retryAfter: number | null = null,
): GatewayFault {
  return { type: 'GatewayUnavailable', executed, reason, retryAfterMs: retryAfter };
}

function codeOf(detail: unknown): string | undefined {
  const code =
    typeof detail === 'object' && detail !== null && 'code' in detail ? detail.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function retryAfterMs(headers: unknown): number | null {
  const value = headerOf(headers, 'retry-after');
  const seconds = Number(value);
  return value !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

/** Which limit of calls was reached: that of the endpoint, or the one over all. */
export type LimitReached = 'endpoint' | 'everywhere';

/**
 * Which limit Stripe says was reached, by `Stripe-Rate-Limited-Reason` (docs.stripe.com/rate-limits). Null for
 * every other error: also where an object is locked by another call (`lock_timeout`), and where it is an
 * object's own limit (`resource-specific`), which fewer calls about others would not help.
 */
export function limitReached(error: unknown): LimitReached | null {
  if (!(error instanceof errors.StripeRateLimitError)) return null;
  const said = headerOf(error.headers, 'stripe-rate-limited-reason');
  if (said === undefined) return error.code === 'lock_timeout' ? null : 'endpoint';
  if (said === 'global-rate' || said === 'global-concurrency') return 'everywhere';
  return said === 'resource-specific' ? null : 'endpoint';
}

function headerOf(headers: unknown, name: string): unknown {
  return typeof headers === 'object' && headers !== null
    ? (headers as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/**
 * This key leads nowhere: Stripe answers it from memory with an error of its own, or knows it from a
 * call with other parameters (the customer was replaced meanwhile).
 */
export function isRemembered(error: unknown): boolean {
  if (error instanceof errors.StripeIdempotencyError) return true;
  return (
    error instanceof errors.StripeAPIError &&
    headerOf(error.headers, 'idempotent-replayed') === 'true'
  );
}

/** The connection closed before the answer came: usually it had rested for too long. */
export function isConnectionClosed(error: unknown): boolean {
  return (
    error instanceof errors.StripeConnectionError && codeOf(error.detail) === CONNECTION_CLOSED
  );
}

/** Whether the call was certainly not carried out. */
export function isNotExecuted(error: unknown): boolean {
  if (error instanceof TurnedAway) return true;
  if (!(error instanceof errors.StripeError)) return false;
  const sorted = classify(error);
  return sorted.type === 'GatewayUnavailable' && sorted.executed === 'no';
}
