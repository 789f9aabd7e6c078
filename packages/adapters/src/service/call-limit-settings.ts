import { type AccountLimits, usualLimits } from '../stripe/account-limits.js';
import type { StripeConfig } from './config-fields.js';
import { type Environment, textOf } from './variable-text.js';
import type { Value, Variable } from './variables.js';

const FIELDS = {
  STRIPE_CALLS_PER_SECOND: 'perSecond',
  STRIPE_ENDPOINT_CALLS_PER_SECOND: 'perEndpoint',
} as const satisfies Partial<Record<Variable, keyof AccountLimits>>;

/** How many calls the account may make; what is not said is as Stripe has it. Null: no limit. */
export function readStripeLimits(
  stripe: StripeConfig | null,
  read: <V extends Variable>(variable: V) => Value<V> | undefined,
): AccountLimits | null {
  const usual = stripe && usualLimits(stripe);
  const said = (variable: keyof typeof FIELDS) =>
    read(variable) ?? usual?.[FIELDS[variable]] ?? Number.POSITIVE_INFINITY;
  const perSecond = said('STRIPE_CALLS_PER_SECOND');
  const perEndpoint = said('STRIPE_ENDPOINT_CALLS_PER_SECOND');
  const isLimited = Number.isFinite(perSecond) || Number.isFinite(perEndpoint);
  return isLimited ? { perSecond, perEndpoint } : null;
}

/** What counts where such a variable is not set: it depends on the key and on whom it is used with. */
export function defaultLimitOf(variable: Variable, environment: Environment): string | undefined {
  if (!(variable in FIELDS)) return undefined;
  const secretKey = textOf(environment, 'STRIPE_SECRET_KEY', []);
  const isElsewhere = textOf(environment, 'STRIPE_API_BASE', []) !== undefined;
  if (secretKey === undefined || isElsewhere) return 'unlimited';
  const usual = usualLimits({ secretKey, apiBase: null });
  return String(usual?.[FIELDS[variable as keyof typeof FIELDS]]);
}
