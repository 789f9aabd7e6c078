import { err, ok, type Result } from 'neverthrow';
import type { Money } from '../money/money.js';
import type { Fault } from '../ports.js';
import type { Discrepancy } from '../reconcile/discrepancy.js';

import type { PlannedRepair } from '../reconcile/plan.js';
import type { AppliedRepair } from '../reconcile/plan-application.js';
import type { Reconciler } from '../reconcile/reconciler.js';
import {
  type ActPorts,
  type ActRecord,
  needsApproval,
  type OperatorsWill,
  onRecord,
  recordOfFault,
} from './acts.js';
import { isSamePerson } from './operator-name.js';

/** What repairing on record needs. */
export interface RepairPorts extends ActPorts {
  readonly reconciler: Pick<Reconciler, 'apply'>;
  /** Above which amounts a second person is wanted; nowhere where it is empty. */
  readonly approvalAbove: readonly Money[];
}

/** Which plan a repair is of, and who applies it. */
export interface ApplyWanted {
  /** Its hash. */
  readonly plan: string;
  readonly plannedBy: string;
  readonly dryRun: boolean;
  readonly will: OperatorsWill;
}

/**
 * Makes one repair of a plan, with a record of who wanted it and why. One that was made before, or
 * is only tried (`dryRun`), leaves none. What moves more than `OPS_APPROVAL_ABOVE` must have been
 * planned by somebody else.
 */
export async function applyRepair(
  ports: RepairPorts,
  planned: PlannedRepair,
  wanted: ApplyWanted,
): Promise<Result<AppliedRepair, Fault>> {
  const { plan, dryRun, will } = wanted;
  const tried = await ports.reconciler.apply(planned, { plan, dryRun: true });
  if (dryRun || tried.isErr() || tried.value.applied === 'before') return tried;
  const { drift, hash } = planned;
  if (wantsAnother(ports, planned, wanted)) return ok({ applied: 'second_person', detail: null });
  const { type, repair, ours } = drift;
  const details = { plan, repair: hash, finding: type, does: repair };
  const payment = paymentOf(ours);
  const facts = { ...will, act: 'reconcile.apply', payment, details };
  const done = await onRecord(ports, facts, async () => {
    const applied = await ports.reconciler.apply(planned, { plan, dryRun: false });
    return { ...recordOf(applied), value: applied };
  });
  return done.isErr() ? err(done.error) : done.value;
}

function wantsAnother(
  { approvalAbove }: RepairPorts,
  { drift }: PlannedRepair,
  { plannedBy, will }: ApplyWanted,
): boolean {
  const { givesBack, runner } = drift.repair;
  const moves = [givesBack, runner?.money ?? null];
  const isMuch = moves.some((money) => money !== null && needsApproval(approvalAbove, money));
  if (!isMuch) return false;
  return isSamePerson(plannedBy, will.operator);
}

function paymentOf(
  ours: Discrepancy['ours'],
): { readonly id: string; readonly orderId: string } | null {
  return ours === null ? null : { id: ours.id, orderId: ours.orderId };
}

function recordOf(applied: Result<AppliedRepair, Fault>): ActRecord {
  if (applied.isErr()) return recordOfFault(applied.error);
  const { applied: how, detail } = applied.value;
  if (how === 'done' || how === 'before') return { outcome: 'done', result: 'repaired' };
  if (how === 'failed') return { outcome: 'fault', result: detail ?? 'not known' };
  return { outcome: 'refused', result: 'both sides are no longer what they were' };
}
