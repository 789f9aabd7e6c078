import type { Escrow } from '../escrow.js';
import { type Background, type LoopHost, repeat, troubleOf } from './loop.js';

/** Calls looked at in one round: enough to catch up quickly, few enough to stop soon. */
const BATCH = 20;

/** A call in doubt rests for a second at first: who looks much less often makes it more. */
const PAUSE_MS = 500;

/** While more may be due than Stripe may be asked about. */
const BUSY_PAUSE_MS = 100;

const ERROR_PAUSE_MS = 1_000;

/** Rounds at once, so that one slow call does not hold up all others. */
const LANES = 2;

/**
 * Finishes calls that nobody is working on, until stopped. Replicas share the work by lease, and how
 * often Stripe is asked is bounded by the budget of looks.
 */
export function startRecoveryWorker(escrow: Escrow, host: LoopHost): Background {
  const lanes = Array.from({ length: LANES }, () => startLane(escrow, host));
  return {
    wake: () => {
      for (const lane of lanes) lane.wake();
    },
    stop: async () => {
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

function startLane(escrow: Escrow, { scheduler, log }: LoopHost): Background {
  return repeat({
    scheduler,
    round: async () => {
      const resumed = await escrow.resume(BATCH);
      if (resumed.isErr()) throw resumed.error;
      const { taken, bugs } = resumed.value;
      if (taken > 0) log.info({ payments: taken }, 'resumed calls that were left open');
      for (const { paymentId, error } of bugs) log.error({ paymentId, err: error }, 'bug');
      if (taken > 0) return BUSY_PAUSE_MS;
      // Spread, so that replicas started together don't look at the same moment.
      return PAUSE_MS * (0.5 + scheduler.random());
    },
    onError: (error) => log.warn(troubleOf(error), 'recovery of open calls failed; will try again'),
    errorPauseMs: ERROR_PAUSE_MS,
  });
}
