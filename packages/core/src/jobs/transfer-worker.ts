import type { Escrow } from '../escrow.js';
import { type Background, type LoopHost, repeat, troubleOf } from './loop.js';

/** Transfers sent in one round: enough to catch up quickly, few enough to stop soon. */
const BATCH = 20;

const PAUSE_MS = 2_000;

/** While more may be due. */
const BUSY_PAUSE_MS = 100;

const ERROR_PAUSE_MS = 2_000;

/** Sends the transfers that are due, until stopped. Replicas that send the same one do so once. */
export function startTransferWorker(escrow: Escrow, { scheduler, log }: LoopHost): Background {
  return repeat({
    scheduler,
    round: async () => {
      const sent = await escrow.sendDueTransfers(BATCH);
      if (sent.isErr()) throw sent.error;
      const { due, bugs } = sent.value;
      if (due > 0) log.info({ transfers: due }, 'tried transfers that were due');
      for (const { paymentId, error } of bugs) log.error({ paymentId, err: error }, 'bug');
      if (due === BATCH) return BUSY_PAUSE_MS;
      // Spread, so that replicas started together don't look at the same moment.
      return PAUSE_MS * (0.5 + scheduler.random());
    },
    onError: (error) => log.warn(troubleOf(error), 'sending transfers failed; will try again'),
    errorPauseMs: ERROR_PAUSE_MS,
  });
}
