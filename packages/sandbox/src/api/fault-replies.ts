import type { RequestEffect } from '../control/fault-rules.js';
import { cardError, type Failure, invalid } from '../model/failure.js';
import { busy } from './idempotency-keys.js';

export const SERVER_ERROR: Failure = {
  status: 500,
  error: { type: 'api_error', message: 'An unknown error occurred (a fault of the sandbox).' },
  // A kept answer would only be repeated, so Stripe advises against asking again.
  shouldRetry: false,
};

const RATE_LIMIT = invalid(
  'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.',
  { code: 'rate_limit' },
  429,
);

const LOCK_TIMEOUT: Failure = {
  ...invalid(
    'This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate. For more details, see https://stripe.com/docs/rate-limits#object-lock-timeouts.',
    { code: 'lock_timeout' },
    429,
  ),
  shouldRetry: true,
};

/** The refusal that a fault asks for. */
export function refusedBy(effect: Extract<RequestEffect, { kind: 'refuse' }>): Failure {
  const { code, status = 400, message = `Refused by a fault of the sandbox: ${code}` } = effect;
  if (status !== 402) return invalid(message, { code }, status);
  return cardError({ code, declineCode: effect.declineCode ?? code, message });
}

/** What a fault answers before the request is looked at; undefined when the request goes on. */
export function struckBefore(
  effect: RequestEffect | undefined,
  key: string,
): Failure | 'drop' | 'html502' | undefined {
  switch (effect?.kind) {
    case 'rate_limit':
      return effect.code === 'lock_timeout'
        ? LOCK_TIMEOUT
        : { ...RATE_LIMIT, limitedBy: effect.reason ?? 'endpoint-rate' };
    case 'conflict':
      return busy(key);
    case 'drop':
    case 'html502':
      return effect.executed ? undefined : effect.kind;
    case 'error500':
      return effect.executed || effect.kept === true ? undefined : SERVER_ERROR;
    default:
      return undefined;
  }
}
