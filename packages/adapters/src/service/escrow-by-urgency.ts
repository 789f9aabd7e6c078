import type { Escrow, Urgency } from '@campusg-pay/core';

/**
 * The use cases, each asking Stripe as urgently as somebody waits for it.
 *
 * @param make the use cases on a gateway of that urgency
 */
export function escrowByUrgency(make: (urgency: Urgency) => Escrow): Escrow {
  const release = make('release');
  const recovery = make('recovery');
  const sweep = make('sweep');
  return {
    ...make('customer'),
    release: release.release,
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
