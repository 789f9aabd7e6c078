import { ACCOUNT_ID } from '../model/account.js';
import { noAccess } from '../model/connected-account.js';
import { type Failure, invalid, notImplemented } from '../model/failure.js';
import { isPublishable, refusedCredentials } from './credentials.js';
import type { ParamTree } from './form.js';
import type { Route } from './route.js';
import { isOfStripe } from './stripe-resources.js';
import { isVersion, malformedVersion } from './stripe-version.js';

export interface IncomingRequest {
  readonly method: string;
  readonly path: string;
  readonly params: ParamTree;
  readonly header: (name: string) => string | undefined;
}

/** The connected account that a request is made for; null: the platform itself. */
export function connectedAccountOf(header: IncomingRequest['header']): string | null {
  const account = header('stripe-account') ?? header('stripe-context') ?? ACCOUNT_ID;
  return account === ACCOUNT_ID ? null : account;
}

/** Refuses what Stripe refuses before it looks at the request's content. */
export function wrongRequest(
  { method, path, params, header }: IncomingRequest,
  {
    route,
    secretKey,
    isConnected,
  }: {
    route: Route | undefined;
    secretKey: string | undefined;
    isConnected: (account: string) => boolean;
  },
): Failure | undefined {
  const authorization = header('authorization');
  const publishable = route?.publishable === true;
  const credentials = refusedCredentials(authorization, { secretKey, publishable });
  if (credentials !== undefined) return credentials;
  const version = header('stripe-version');
  if (version !== undefined && !isVersion(version)) return malformedVersion(version);
  const account = connectedAccountOf(header);
  if (account !== null && !isConnected(account)) return noAccess(account);
  if (route === undefined && isOfStripe(method, path)) {
    return notImplemented(`${method} ${path}`, undefined, 404);
  }
  if (route === undefined) {
    const message = `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`;
    return invalid(message, {}, 404);
  }
  if (account !== null && !route.connected) {
    return notImplemented(`${method} ${path} for a connected account`);
  }
  const secret = params.client_secret;
  if (isPublishable(authorization) && path.includes('/payment_intents/') && secret === undefined) {
    const message = 'Missing required param: client_secret.';
    return invalid(message, { code: 'parameter_missing', param: 'client_secret' });
  }
  return undefined;
}
