import type { Escrow } from '../escrow.js';
import { type Background, type LoopHost, repeat, troubleOf } from './loop.js';

/** Payments looked at in one round: enough to catch up quickly, few enough to stop soon. */
const BATCH = 20;

const PAUSE_MS = 5_000;

/** Finishes calls whose holder was lost, until stopped. Replicas share the work by lease. */
export function startRecoveryWorker(escrow: Escrow, { scheduler, log }: LoopHost): Background {
  return repeat({
    scheduler,
    round: async () => {
      const resumed = await escrow.resume(BATCH);
      if (resumed.isErr()) throw resumed.error;
      const { taken, bugs } = resumed.value;
      if (taken > 0) log.info({ payments: taken }, 'resumed calls that were left open');
      for (const { paymentId, error } of bugs) log.error({ paymentId, err: error }, 'bug');
      if (taken === BATCH) return 0;
      // Spread, so that replicas started together don't look at the same moment.
      return PAUSE_MS * (0.5 + scheduler.random());
    },
    onError: (error) => log.warn(troubleOf(error), 'recovery of open calls failed; will try again'),
    errorPauseMs: PAUSE_MS,
  });
}
