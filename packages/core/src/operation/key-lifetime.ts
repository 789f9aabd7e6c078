import type { GatewayFault } from '../gateway/gateway-answer.js';
import { HOUR_MS } from '../time/durations.js';
import type { Operation } from './operation.js';

/**
 * How long a key is trusted to make the same call again. Stripe keeps keys for at least 24 hours
 * (docs.stripe.com/api/idempotent_requests); an hour is left for clocks and retries.
 */
export const KEY_LIFETIME_MS = 23 * HOUR_MS;

/**
 * By then a call that was sent while its key was good has long arrived, or never will: what is not
 * there was never made. Until then nobody may call any more, and nobody may give up yet.
 */
export const GIVE_UP_MS = KEY_LIFETIME_MS + HOUR_MS;

/** How long ago the operation was opened, and its key with it. */
export function ageMs({ openedAt }: Operation, now: Date): number {
  return now.getTime() - openedAt.getTime();
}

/** Stripe may have forgotten the key: made again, the call could hold twice. */
export const TOO_OLD: GatewayFault = {
  type: 'GatewayUnavailable',
  executed: 'unknown',
  reason: 'the call is too old to be made again',
  retryAfterMs: null,
};

/** Whether a call that is made twice moves money twice. Of the others Stripe refuses a second one. */
export function isMadeOnce({ kind, params }: Operation): boolean {
  if (kind === 'refund') return params.amountMinor !== undefined;
  return kind === 'authorize' || kind === 'transfer' || kind === 'reversal';
}
