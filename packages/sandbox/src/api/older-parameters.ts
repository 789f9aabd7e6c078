import { emptyTree } from './form.js';
import type { IncomingRequest } from './refusals.js';

/** The first day whose version knows `payment_method_types` no more. */
const RENAMED = '2026-09-30';

/** The parameters by the names of today: an older SDK says `payment_method_types`. */
export function asOfNow({
  params,
  path,
  header,
}: Pick<IncomingRequest, 'params' | 'path' | 'header'>) {
  const version = header('stripe-version');
  const { payment_method_types: types, ...rest } = params;
  const isOlder = version !== undefined && version < RENAMED;
  if (types === undefined || !isOlder || !path.startsWith('/v1/payment_intents')) return params;
  return Object.assign(emptyTree(), rest, { allowed_payment_method_types: types });
}
