import { err, ok, type Result } from 'neverthrow';
import type { Fault } from '../ports.js';
import { hashOf } from './data-hash.js';
import { type Discrepancy, discrepancyKey, type JudgeContext, type Repair } from './discrepancy.js';
import { judge, type Pair } from './judge.js';
import { isOfTransfers } from './money-facts.js';
import type { Run, RunStore } from './run-store.js';
import { listed, readAgain, type Spot } from './second-look.js';
import type { Sides } from './sides.js';

/** Repairs that were found good at one moment. Plain data, to be read by people and kept in a file. */
export interface RepairPlan {
  readonly format: 'campusg-pay repairs 1';
  /** Whose records it is about; not there in plans from before it was named. */
  readonly installation?: string;
  readonly runId: number;
  readonly from: string;
  readonly to: string;
  readonly plannedAt: string;
  /** Whoever applies what wants a second person must be somebody else. */
  readonly plannedBy: string;
  readonly repairs: readonly PlannedRepair[];
  /** Of everything above; a plan that was changed by hand is not applied. */
  readonly hash: string;
}

export interface PlannedRepair {
  /** Named as in the files of plans that are about already. */
  readonly drift: Discrepancy & { readonly repair: Repair };
  /** Hash of what both sides were: the repair is made on nothing else. */
  readonly precondition: string;
  /** Of the discrepancy and its precondition. */
  readonly hash: string;
}

/** A discrepancy as it is now, with the state it was found in. */
export interface Reread {
  readonly pair: Pair;
  readonly discrepancy: Discrepancy;
  readonly precondition: string;
}

const BATCH = 200;

/** Reads both sides of every finding that can be repaired once more, and writes down what to do. */
export async function makePlan(
  parts: { readonly sides: Sides; readonly store: RunStore; readonly context: JudgeContext },
  { run, plannedBy }: { readonly run: Run; readonly plannedBy: string },
): Promise<Result<RepairPlan, Fault>> {
  const { sides, store, context } = parts;
  const repairs: PlannedRepair[] = [];
  // After one repair the record is no longer what the next was planned on: one a payment, the most
  // urgent first, and the next run finds what is left.
  const payments = new Set<string>();
  for (let after: Discrepancy | null = null; !sides.stop.aborted; ) {
    const page: Result<readonly Discrepancy[], Fault> = await store.discrepancies({
      runId: run.id,
      after,
      limit: BATCH,
    });
    if (page.isErr()) return err(page.error);
    for (const discrepancy of page.value) {
      if (discrepancy.repair === null || discrepancy.accepted !== undefined) continue;
      if (payments.has(discrepancy.ours?.id ?? '')) continue;
      const one = await planRepair(sides, discrepancy, context);
      if (one.isErr()) return err(one.error);
      if (one.value === null) continue;
      repairs.push(one.value);
      if (discrepancy.ours !== null) payments.add(discrepancy.ours.id);
    }
    after = page.value.at(-1) ?? null;
    if (page.value.length < BATCH) break;
  }
  const { id: runId, from, to } = run;
  const plannedAt = context.now.toISOString();
  const { id: installation } = context.installation;
  const sealed = { format: FORMAT, installation, runId, from, to } as const;
  const plan = { ...sealed, plannedAt, plannedBy, repairs };
  return ok({ ...plan, hash: hashOf(sides.digest, plan) });
}

/** Of the file; another release may write another one. */
export const FORMAT = 'campusg-pay repairs 1';

/** The repair of one finding on both sides as they are now; null when there is none any more. */
export async function planRepair(
  sides: Sides,
  discrepancy: Discrepancy,
  context: JudgeContext,
): Promise<Result<PlannedRepair | null, Fault>> {
  const now = await readAgainBothSides(sides, discrepancy, context);
  return now.map((found) => (found === null ? null : planned(sides.digest, found)));
}

function planned(digest: Sides['digest'], { discrepancy, precondition }: Reread): PlannedRepair {
  const { repair } = discrepancy;
  if (repair === null) throw new Error('bug: planned what has no repair');
  const one = { drift: { ...discrepancy, repair }, precondition };
  return { ...one, hash: hashOf(digest, one) };
}

/** The same discrepancy on both sides as they are now; null when it is gone, or wants another repair. */
export async function readAgainBothSides(
  sides: Sides,
  discrepancy: Discrepancy,
  context: JudgeContext,
): Promise<Result<Reread | null, Fault>> {
  const spot = spotOf(discrepancy);
  if (spot === null) return ok(null);
  const read = await readAgain(sides, spot);
  if (read.isErr()) return err(read.error);
  const pair = read.value;
  if (pair === null) return ok(null);
  const key = discrepancyKey(discrepancy);
  const now = judge(pair, context).find((one) => discrepancyKey(one) === key);
  if (now === undefined || now.repair === null) return ok(null);
  return ok({ pair, discrepancy: now, precondition: hashOf(sides.digest, stateOf(pair)) });
}

function spotOf({ type, ours, theirs }: Discrepancy): Spot | null {
  if (isOfTransfers(type)) return ours === null ? null : { transfersOf: ours.id };
  if (theirs === null) return ours === null ? null : { paymentId: ours.id };
  const { paymentId, orderId, installation = null, ...rest } = theirs;
  const origin = { installation, paymentId, orderId };
  const untold = { captureBefore: null, failure: null, latestRefunds: null, dispute: null };
  const intent = { ...rest, ...untold, origin };
  const createdAt = theirs.createdAt === null ? null : new Date(theirs.createdAt);
  return { theirs: listed({ intent, createdAt }), ask: true };
}

/** All that a repair depends on; what waits to be published may go out meanwhile. */
function stateOf(pair: Pair): object {
  if (pair.kind === 'stray') return { kind: pair.kind, sent: pair.sent };
  if (pair.kind === 'moved') {
    const { payment, history } = pair.ours;
    return { kind: pair.kind, payment, history, sent: pair.sent };
  }
  const theirs = pair.kind === 'ours' ? null : pair.theirs.intent;
  const own = pair.kind === 'second' ? (pair.own?.intent ?? null) : null;
  if (pair.kind === 'theirs') return { kind: pair.kind, theirs };
  const { payment, history, liveOfOrder } = pair.ours;
  return { kind: pair.kind, payment, history, liveOfOrder, theirs, own };
}
