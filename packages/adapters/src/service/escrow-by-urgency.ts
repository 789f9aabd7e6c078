import type { Escrow, Fault, Urgency } from '@campusg-pay/core';
import { err } from 'neverthrow';

/**
 * The use cases, each asking Stripe as urgently as somebody waits for it. What is plainly too much for
 * Stripe at present is refused before anything is written down.
 *
 * @param make the use cases on a gateway of that urgency
 * @param refusal why a call can't be made in time; null where it can
 */
export function escrowByUrgency(
  make: (urgency: Urgency) => Escrow,
  refusal: (call: 'authorize' | 'capture', urgency: Urgency) => Fault | null,
): Escrow {
  const customer = make('customer');
  const release = make('release');
  const recovery = make('recovery');
  const sweep = make('sweep');
  return {
    ...customer,
    authorize: async (command) => {
      const full = refusal('authorize', 'customer');
      return full === null ? customer.authorize(command) : err(full);
    },
    release: async (command) => {
      const full = refusal('capture', 'release');
      return full === null ? release.release(command) : err(full);
    },
    revert: release.revert,
    pauseTransfer: release.pauseTransfer,
    resumeTransfer: release.resumeTransfer,
    setRunnerAccount: release.setRunnerAccount,
    report: recovery.report,
    resume: recovery.resume,
    repair: recovery.repair,
    sendDueTransfers: sweep.sendDueTransfers,
    sweep: sweep.sweep,
    catchUp: sweep.catchUp,
    compare: sweep.compare,
  };
}
