import { err, ok, type Result } from 'neverthrow';
import type { Escrow } from '../escrow.js';
import type { PaymentGateway } from '../gateway/payment-gateway.js';
import type { Clawback } from '../payment/clawback.js';
import type { Clock, Fault } from '../ports.js';
import { DAY_MS, MINUTE_MS } from '../time/durations.js';
import type { Scheduler } from '../time/scheduler.js';
import { acceptanceKeyOf, isForPerson, withAcceptances } from './acceptance.js';
import type { Discrepancy, DiscrepancyPolicy, JudgeContext } from './discrepancy.js';
import { judge } from './judge.js';
import { makePlan, type PlannedRepair, planRepair, type RepairPlan } from './plan.js';
import { type AppliedRepair, type Applying, applyOne } from './plan-application.js';
import type { ReconcileRecords } from './record-stream.js';
import { goThrough } from './run.js';
import type { RunNews } from './run-log.js';
import type { Run, RunStore } from './run-store.js';
import { readAgain, transfersOf } from './second-look.js';
import type { Sides } from './sides.js';

/** What a new run goes through. */
export interface RunWanted {
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
  /** Also what is still open from before. */
  readonly older: boolean;
  readonly startedBy: string;
}

export interface Watching {
  readonly stop: AbortSignal;
  readonly onNews?: (news: RunNews) => void;
}

/** Finds where Stripe and the records differ, and repairs what a plan says. */
export interface Reconciler {
  begin(wanted: RunWanted): Promise<Result<Run, Fault>>;
  /**
   * Reads both sides from where the run is to its end; writes nothing but the run. One that was
   * stopped, or ran into a fault, is not finished, and can be gone on with.
   */
  goOn(run: Run, watching: Watching): Promise<Result<Run, Fault>>;
  plan(
    wanted: { readonly run: Run; readonly plannedBy: string },
    stop: AbortSignal,
  ): Promise<Result<RepairPlan, Fault>>;
  /** One finding on both sides as they are now; null when it is gone or nothing can be repaired. */
  planOne(discrepancy: Discrepancy): Promise<Result<PlannedRepair | null, Fault>>;
  /** Where both sides of a payment differ as they are now: what a person should know who acts on it. */
  differencesOf(paymentId: string): Promise<Result<readonly Discrepancy[], Fault>>;
  /** What is wrong with a payment as it is now that only a person can settle, and nobody has. */
  findingsOf(paymentId: string): Promise<Result<readonly Discrepancy[], Fault>>;
  /** Names the facts of a finding, for whoever accepts it. */
  acceptanceKeyOf(discrepancy: Discrepancy): string;
  apply(planned: PlannedRepair, applying: Applying): Promise<Result<AppliedRepair, Fault>>;
  readonly runs: RunStore;
}

/** What reconciling works with. */
export interface ReconcilerOptions {
  /** Our side: the payments as they are recorded. */
  readonly records: ReconcileRecords;
  /** Where runs and what they found are kept. */
  readonly runs: RunStore;
  /** Stripe's side: as `reconcile`, so that all others go first. */
  readonly gateway: PaymentGateway;
  /** Repairs are its commands: nothing is written past the rules. */
  readonly escrow: Escrow;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** A digest without collisions, such as SHA-256; the same in every replica. */
  readonly digest: Sides['digest'];
  /** A hold that ends within this is told, in milliseconds; as `LapsePolicy.warnMs`. */
  readonly warnMs: number;
  /**
   * What is to come back from runners who were paid, as `EscrowSettings.clawback`.
   *
   * @default 'proportional'
   */
  readonly clawback?: Clawback;
}

/** Wires reconciling to the records and the gateway. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { records, runs: store, gateway, escrow, clock, scheduler, digest, warnMs } = options;
  // Whoever lost a call finds it again within minutes, and so does a relay that was restarted.
  const policy: DiscrepancyPolicy = {
    warnMs,
    stuckAfterMs: 15 * MINUTE_MS,
    unpublishedAfterMs: 15 * MINUTE_MS,
    waitsAfterMs: DAY_MS,
    debtAfterMs: 30 * DAY_MS,
  };
  const { installation } = escrow;
  const met = { stripe: false };
  const sidesFor = (stop: AbortSignal): Sides => ({
    records,
    gateway,
    clock,
    installation,
    scheduler,
    digest,
    stop,
    met,
  });
  const { clawback = 'proportional' } = options;
  const context = () => ({ now: clock.now(), installation, policy, clawback });
  const patient = sidesFor(new AbortController().signal);
  return {
    runs: store,
    begin: async (wanted) => {
      const id = await store.begin({ ...wanted, startedAt: clock.now() });
      return id.isErr() ? err(id.error) : reread(store, id.value);
    },
    goOn: async (run, { stop, onNews = () => {} }) => {
      const { isOurAccount } = escrow;
      const parts = { sides: sidesFor(stop), store, context, onNews, isOurAccount };
      const gone = await goThrough(parts, run);
      return gone.isErr() ? err(gone.error) : reread(store, run.id);
    },
    plan: (wanted, stop) => makePlan({ sides: sidesFor(stop), store, context: context() }, wanted),
    planOne: (discrepancy) => planRepair(patient, discrepancy, context()),
    differencesOf: (paymentId) => differencesOf(patient, paymentId, context()),
    findingsOf: (paymentId) => forPerson({ sides: patient, store, context: context() }, paymentId),
    acceptanceKeyOf: (discrepancy) => acceptanceKeyOf(digest, discrepancy),
    apply: (planned, applying) =>
      applyOne({ sides: patient, store, escrow, clock, context }, planned, applying),
  };
}

async function differencesOf(
  sides: Sides,
  paymentId: string,
  context: JudgeContext,
): Promise<Result<readonly Discrepancy[], Fault>> {
  const read = await readAgain(sides, { paymentId });
  if (read.isErr() || read.value === null) return read.map(() => []);
  const pair = read.value;
  const found = judge(pair, context);
  // Where nothing was taken, nothing was moved onward.
  if (!('ours' in pair) || !('transfer' in pair.ours.payment)) return ok(found);
  const moved = await transfersOf(sides, pair.ours);
  return moved.map((transfers) => [...found, ...judge(transfers, context)]);
}

async function forPerson(
  { sides, store, context }: { sides: Sides; store: RunStore; context: JudgeContext },
  paymentId: string,
): Promise<Result<readonly Discrepancy[], Fault>> {
  const differences = await differencesOf(sides, paymentId, context);
  if (differences.isErr()) return err(differences.error);
  const found = differences.value.filter(isForPerson);
  const accepted = await store.acceptances([paymentId]);
  return accepted.map((known) =>
    withAcceptances(sides.digest, found, known).filter((one) => one.accepted === undefined),
  );
}

async function reread(store: RunStore, id: number): Promise<Result<Run, Fault>> {
  const found = await store.find(id);
  if (found.isErr()) return err(found.error);
  if (found.value === null) throw new Error(`bug: run ${id} is gone`);
  return ok(found.value);
}
