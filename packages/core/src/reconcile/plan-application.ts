import { err, ok, type Result } from 'neverthrow';
import type { Escrow } from '../escrow.js';
import type { Clock, Fault } from '../ports.js';
import { hashOf } from './data-hash.js';
import { isUnknownAtStripe, type JudgeContext } from './discrepancy.js';
import { type PlannedRepair, type Reread, readAgainBothSides } from './plan.js';
import type { RepairOutcome, RunStore } from './run-store.js';
import { refuseForeign, type Sides } from './sides.js';

/**
 * What came of one repair: done now or `before`; or it `would` be, in a dry run; or it gives back so
 * much that a second person is wanted.
 */
export type RepairFate = RepairOutcome | 'before' | 'would' | 'second_person';

export interface ApplyParts {
  readonly sides: Sides;
  readonly store: RunStore;
  readonly escrow: Escrow;
  readonly clock: Clock;
  readonly context: () => JudgeContext;
}

export interface Applying {
  /** Hash of the plan. */
  readonly plan: string;
  readonly dryRun: boolean;
}

export interface AppliedRepair {
  readonly applied: RepairFate;
  readonly detail: string | null;
}

/**
 * Makes one repair of a plan, if both sides are still what they were when it was planned. What came
 * of it is written down; what is done is not done again. A fault is Stripe's or the database's: the
 * repair may be tried again.
 */
export async function applyOne(
  parts: ApplyParts,
  planned: PlannedRepair,
  { plan, dryRun }: Applying,
): Promise<Result<AppliedRepair, Fault>> {
  const { sides, store, escrow, clock } = parts;
  const id = { plan, repair: planned.hash };
  const before = await store.outcomeOf(id);
  if (before.isErr()) return err(before.error);
  if (before.value === 'done') return ok({ applied: 'before', detail: null });
  const reread = await readAgainBothSides(sides, planned.drift, parts.context());
  if (reread.isErr()) return err(reread.error);
  const now = reread.value;
  const same = now !== null && isSame(sides.digest, now, planned);
  if (same && isUnknownAtStripe(now.discrepancy)) {
    const account = await refuseForeign(escrow);
    if (account.isErr()) return err(account.error);
  }
  if (dryRun) return ok({ applied: same ? 'would' : 'changed', detail: null });
  const note = (outcome: RepairOutcome, detail: string | null) =>
    store.noteOutcome({ ...id, outcome, detail, at: clock.now() });
  if (!same) return (await note('changed', null)).map(() => ({ applied: 'changed', detail: null }));
  const done = await escrow.repair(now);
  const outcome = done.isErr() ? 'failed' : done.value;
  const detail = done.isErr() ? done.error.reason : null;
  return (await note(outcome, detail)).map(() => ({ applied: outcome, detail }));
}

function isSame(digest: Sides['digest'], now: Reread, planned: PlannedRepair): boolean {
  const { repair } = now.discrepancy;
  if (repair === null || now.precondition !== planned.precondition) return false;
  return hashOf(digest, repair) === hashOf(digest, planned.drift.repair);
}
