import type { RequestEffect } from '../control/fault-rules.js';
import { ACCOUNT_ID } from '../model/account.js';
import { API_VERSION } from '../model/api-version.js';
import { type Failure, invalid } from '../model/failure.js';
import { isPublishable, refusedCredentials } from './credentials.js';
import type { ParamTree } from './form.js';
import { busy } from './idempotency-keys.js';
import type { Route } from './route.js';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly params: ParamTree;
  readonly header: (name: string) => string | undefined;
}

/** Refuses what Stripe refuses before it looks at the request's content. */
export function refused(
  { method, path, params, header }: Asked,
  { route, secretKey }: { route: Route | undefined; secretKey: string | undefined },
): Failure | undefined {
  const authorization = header('authorization');
  const publishable = route?.publishable === true;
  const credentials = refusedCredentials(authorization, { secretKey, publishable });
  if (credentials !== undefined) return credentials;
  const version = header('stripe-version');
  if (version !== undefined && version !== API_VERSION) {
    const message = `The sandbox implements the Stripe API version ${API_VERSION}; the request asks for ${version}.`;
    return invalid(message);
  }
  const account = header('stripe-account') ?? header('stripe-context');
  if (account !== undefined && account !== ACCOUNT_ID) {
    const message = `The provided key does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`;
    return invalid(message, { code: 'account_invalid' }, 403);
  }
  if (route === undefined) {
    const message = `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`;
    return invalid(message, {}, 404);
  }
  const secret = params.client_secret;
  if (isPublishable(authorization) && path.includes('/payment_intents/') && secret === undefined) {
    const message = 'Missing required param: client_secret.';
    return invalid(message, { code: 'parameter_missing', param: 'client_secret' });
  }
  return undefined;
}

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

/** What a fault answers before the request is looked at; undefined when the request goes on. */
export function struckBefore(
  effect: RequestEffect | undefined,
  key: string,
): Failure | 'drop' | 'html502' | undefined {
  switch (effect?.kind) {
    case 'rate_limit':
      return effect.code === 'lock_timeout' ? LOCK_TIMEOUT : RATE_LIMIT;
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
