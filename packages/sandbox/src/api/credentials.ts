import { type Failure, invalid } from '../model/failure.js';

const NO_KEY =
  "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.";

function keyOf(header: string | undefined): string | undefined {
  const [scheme = '', value = ''] = (header ?? '').trim().split(/\s+/);
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  return Buffer.from(value, 'base64').toString('utf8').split(':')[0];
}

function masked(key: string): string {
  return key.length <= 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}****${key.slice(-4)}`;
}

/**
 * Checks the API key of a request. Any test key will do (`sk_test_`, restricted `rk_test_`) unless
 * `secretKey` names the only one; `pk_test_` only where the route allows it.
 */
export function refusedCredentials(
  header: string | undefined,
  { secretKey, publishable }: { secretKey: string | undefined; publishable: boolean },
): Failure | undefined {
  const key = keyOf(header);
  if (key === undefined || key === '') return invalid(NO_KEY, {}, 401);
  if (/^pk_test_\w+$/.test(key)) {
    if (publishable) return undefined;
    const message =
      'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.';
    return invalid(message, { code: 'secret_key_required' }, 401);
  }
  const sound = secretKey === undefined ? /^[sr]k_test_\w+$/.test(key) : key === secretKey;
  return sound ? undefined : invalid(`Invalid API Key provided: ${masked(key)}`, {}, 401);
}

export function isPublishable(header: string | undefined): boolean {
  return keyOf(header)?.startsWith('pk_') === true;
}
