import type { Drift, Fault } from '@campusg-pay/core';
import { err, type Result } from 'neverthrow';
import { type OperatorsWill, onRecord } from './acting.js';
import type { Desk } from './desk.js';
import type { ActOutcome } from './postgres/acts.js';
import type { AppliedRepair } from './reconciling/apply.js';
import type { PlannedRepair } from './reconciling/plan.js';

/**
 * Makes one repair of a plan, with a record of who wanted it and why. One that was made before, or
 * is only tried (`dryRun`), leaves none.
 */
export async function applyRepair(
  desk: Desk,
  planned: PlannedRepair,
  wanted: { readonly plan: string; readonly dryRun: boolean; readonly will: OperatorsWill },
): Promise<Result<AppliedRepair, Fault>> {
  const { plan, dryRun, will } = wanted;
  const tried = await desk.reconciler.apply(planned, { plan, dryRun: true });
  if (dryRun || tried.isErr() || tried.value.applied === 'before') return tried;
  const { drift, hash } = planned;
  const { type, repair, ours } = drift;
  const details = { plan, repair: hash, finding: type, does: repair };
  const payment = paymentOf(ours);
  const facts = { ...will, act: 'reconcile.apply', payment, details };
  const done = await onRecord(desk, facts, async () => {
    const applied = await desk.reconciler.apply(planned, { plan, dryRun: false });
    return { ...inRecord(applied), value: applied };
  });
  return done.isErr() ? err(done.error) : done.value;
}

function paymentOf(ours: Drift['ours']): { readonly id: string; readonly orderId: string } | null {
  return ours === null ? null : { id: ours.id, orderId: ours.orderId };
}

function inRecord(applied: Result<AppliedRepair, Fault>): {
  readonly outcome: ActOutcome;
  readonly result: string;
} {
  if (applied.isErr()) {
    const { type, reason } = applied.error;
    return { outcome: 'fault', result: `${type}: ${reason}` };
  }
  const { applied: how, detail } = applied.value;
  if (how === 'done' || how === 'before') return { outcome: 'done', result: 'repaired' };
  if (how === 'failed') return { outcome: 'fault', result: detail ?? 'not known' };
  return { outcome: 'refused', result: 'both sides are no longer what they were' };
}
