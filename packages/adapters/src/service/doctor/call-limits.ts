import type { Config } from '../config.js';
import { type Check, ok, warn } from './check.js';

const NAME = 'Stripe limits';

/** How many calls a second the service keeps to. */
export function callLimits({ stripe, stripeLimits }: Config): Check {
  if (stripeLimits !== null) {
    const { perSecond, perEndpoint } = stripeLimits;
    return ok(NAME, `${wordFor(perSecond)} over all, ${wordFor(perEndpoint)} to each endpoint`);
  }
  if (stripe === null || stripe.apiBase !== null)
    return ok(NAME, 'none: this is not Stripe itself');
  const fix =
    'set STRIPE_CALLS_PER_SECOND and STRIPE_ENDPOINT_CALLS_PER_SECOND to what Stripe allows you';
  return warn(NAME, 'none: above its own limits Stripe refuses calls', fix);
}

function wordFor(perSecond: number): string {
  return Number.isFinite(perSecond) ? `${perSecond} calls a second` : 'any number of calls';
}
