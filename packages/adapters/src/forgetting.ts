import type { Clock } from '@campusg-pay/core';
import type { Logger } from 'pino';
import { type Background, repeat, troubleOf } from './background.js';
import type { IdempotencyKeys } from './postgres/idempotency.js';

/** As long as Stripe remembers its keys. */
const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

const PAUSE_MS = 10 * 60 * 1000;

/** Forgets callers' idempotency keys that are older than a day, a bounded number at a time. */
export function startForgetting(
  keys: IdempotencyKeys,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Background {
  return repeat({
    round: async () => {
      const forgotten = await keys.forget(new Date(clock.now().getTime() - KEY_LIFETIME_MS));
      if (forgotten.isErr()) throw forgotten.error;
      return forgotten.value > 0 ? 1_000 : PAUSE_MS;
    },
    onError: (error) => log.warn(troubleOf(error), 'forgetting old idempotency keys failed'),
    errorPauseMs: PAUSE_MS,
  });
}
