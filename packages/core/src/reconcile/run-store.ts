import type { Result } from 'neverthrow';
import type { DatabaseFault } from '../ports.js';
import type { Acceptance } from './acceptance.js';
import type { Discrepancy } from './discrepancy.js';

/** How far a run has come, and what it has counted. */
export interface Progress {
  /** All that was made from then on is done; ISO 8601. Where an interrupted run goes on. */
  readonly doneTo: string;
  readonly intents: number;
  readonly payments: number;
  /** PaymentIntents of other installations; not there in runs from before installations had ids. */
  readonly passedOver?: number;
  /** What was moved, each kind as far as it was gone through; not there in runs of before. */
  readonly transfers?: StreamProgress;
  readonly refunds?: StreamProgress;
  readonly reversals?: StreamProgress;
  readonly returnedRefunds?: StreamProgress;
  /** Time spent so far, over all its parts, in milliseconds. */
  readonly spentMs: number;
}

/** How far one kind of things was gone through on both sides. */
export interface StreamProgress {
  /** ISO 8601, as that of the PaymentIntents. */
  readonly doneTo: string;
  /** How many Stripe has, and how many the records. */
  readonly theirs: number;
  readonly ours: number;
}

/** One time that both sides were gone through. Times are ISO 8601. */
export interface Run {
  readonly id: number;
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
  /** Also what is still open from before `from`. */
  readonly older: boolean;
  readonly startedAt: string;
  /** Null: it was interrupted, or is still going. */
  readonly finishedAt: string | null;
  readonly startedBy: string;
  readonly progress: Progress;
  /** How many findings of each severity, the most urgent first; without those that are accepted. */
  readonly found: readonly number[];
  /** How many findings a person has accepted as they are. */
  readonly accepted: number;
}

/** A finding, and the run that found it. */
export interface FoundBy {
  readonly run: Pick<Run, 'id' | 'startedAt'>;
  readonly discrepancy: Discrepancy;
}

export type RepairOutcome = 'done' | 'changed' | 'failed';

export interface RunStore {
  begin(run: {
    readonly from: Date;
    readonly to: Date;
    readonly older: boolean;
    readonly startedAt: Date;
    readonly startedBy: string;
  }): Promise<Result<number, DatabaseFault>>;
  /** Writes findings and progress as one. `finishedAt` ends the run. */
  note(noted: {
    readonly runId: number;
    readonly discrepancies: readonly Discrepancy[];
    readonly progress: Progress;
    readonly finishedAt: Date | null;
  }): Promise<Result<void, DatabaseFault>>;
  find(runId: number): Promise<Result<Run | null, DatabaseFault>>;
  /** The newest first. */
  latest(limit: number): Promise<Result<readonly Run[], DatabaseFault>>;
  /** The findings of a run, the most urgent first, after a key of the same order. */
  discrepancies(wanted: {
    readonly runId: number;
    readonly after: Discrepancy | null;
    readonly limit: number;
  }): Promise<Result<readonly Discrepancy[], DatabaseFault>>;
  /** What people have accepted of these payments. */
  acceptances(paymentIds: readonly string[]): Promise<Result<readonly Acceptance[], DatabaseFault>>;
  /** What the latest runs found about a payment, oldest first. */
  ofPayment(paymentId: string): Promise<Result<readonly FoundBy[], DatabaseFault>>;
  /** What one run found and the other did not; what is accepted is found by none. */
  only(wanted: {
    readonly inRun: number;
    readonly notIn: number;
    readonly limit: number;
  }): Promise<Result<readonly Discrepancy[], DatabaseFault>>;
  /** What came of a repair of a plan before. */
  outcomeOf(repair: RepairId): Promise<Result<RepairOutcome | null, DatabaseFault>>;
  noteOutcome(
    repair: RepairId & {
      readonly outcome: RepairOutcome;
      readonly detail: string | null;
      readonly at: Date;
    },
  ): Promise<Result<void, DatabaseFault>>;
}

export interface RepairId {
  /** Hashes of the plan and of the repair in it. */
  readonly plan: string;
  readonly repair: string;
}
