import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, EscrowSettings, Scheduler } from '@campusg-pay/core';
import type { Config } from './config.js';

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms) => {
    await sleep(ms);
  },
};

/** The timers and the randomness of this process. */
export const systemScheduler: Scheduler = {
  pause: (ms, until) =>
    new Promise((resolve) => {
      if (until?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        until?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      until?.addEventListener('abort', end);
    }),
  elapsedMs: () => performance.now(),
  random: Math.random,
};

/** How long a repeated command waits for the first one before it answers "processing". */
const WAIT_MS = 5_000;

/** How often a command asks what came of a call in doubt before it answers "processing". */
const LOOKS_AT_ONCE = 3;

/**
 * How often a second all replicas together ask about calls in doubt. Stripe allows 25 a second for each endpoint
 * by default (docs.stripe.com/rate-limits); the others are left to commands.
 */
export const LOOKS_PER_SECOND = 20;

/** Banks let a 3D Secure challenge lapse after minutes; whoever needs longer starts over. */
const ABANDON_AFTER_MS = 60 * 60 * 1000;

/**
 * The same for whoever carries out commands: a service, or an operator's single one.
 *
 * @param ownPage the address of a page of ours for customers who come back, once there is one
 */
export function escrowSettings(
  { stripeTimeoutMs, lapse, returnUrl, fees, clawback }: Config,
  ownPage: () => string | null = () => null,
): EscrowSettings {
  return {
    returnUrl: () => returnUrl ?? ownPage(),
    // The longest chain under one lease: make the customer, hold, retrieve after a refusal.
    leaseMs: 3 * stripeTimeoutMs + 5_000,
    waitMs: WAIT_MS,
    looksAtOnce: LOOKS_AT_ONCE,
    abandonAfterMs: ABANDON_AFTER_MS,
    lapse,
    fees,
    clawback,
  };
}
