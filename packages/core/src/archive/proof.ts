import { err, ok, type Result } from 'neverthrow';
import { isClosed } from '../payment/taken.js';
import { isUnsent } from '../payment/transfer.js';
import type { Discrepancy, OurSide } from '../reconcile/discrepancy.js';
import type { Run } from '../reconcile/run-store.js';
import { MINUTE_MS } from '../time/durations.js';

/** Why a payment's history stays where it is. */
export type KeptBecause =
  /** Money is held, or something is owed, waits, is disputed, or a person is to look. */
  | 'open'
  /** No run of reconciling that came to its end has gone through it since it changed last. */
  | 'unproven'
  /** The latest run that went through it found something in it. */
  | 'found'
  /** All of it has left before. */
  | 'archived';

/** A run that came to its end, and the payments in which it found something. */
export interface ProvingRun {
  readonly run: Run;
  readonly found: ReadonlySet<string>;
}

/** What was still being written when a run began may have been read half. */
const SETTLING_MS = 15 * MINUTE_MS;

/**
 * By which run the history of a payment may leave, or why it has to stay. It may where nothing more will
 * happen by itself, and the latest run that has gone through it since it changed last found both sides in
 * agreement.
 */
export function judgeLeaving(
  ours: OurSide,
  runs: readonly ProvingRun[],
): Result<Run['id'], KeptBecause> {
  const { payment, archived = null } = ours;
  if (archived?.version === payment.version) return err('archived');
  if (!isOver(ours)) return err('open');
  const latest = runs.filter(({ run }) => covers(run, ours)).toSorted(newestFirst)[0];
  if (latest === undefined) return err('unproven');
  return latest.found.has(payment.id) ? err('found') : ok(latest.run.id);
}

function newestFirst(one: ProvingRun, other: ProvingRun): number {
  return other.run.id - one.run.id;
}

/** Nothing will happen to it unless somebody asks for it. */
function isOver({ payment, waitingSince, debts }: OurSide): boolean {
  if (payment.operation !== null || waitingSince !== null || debts.length > 0) return false;
  if (payment.review !== null && !payment.reviewed) return false;
  if (payment.status === 'FAILED') return true;
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED') return false;
  const { transfer, refunds, dispute } = payment;
  if (transfer !== null && isUnsent(transfer)) return false;
  if (refunds.some(({ status }) => status === 'owed' || status === 'pending')) return false;
  if (payment.status === 'RELEASED' && payment.pendingRefund !== null) return false;
  return dispute === null || isClosed(dispute);
}

/** Whether a run has gone through all of a payment after it changed last, what was moved included. */
function covers(run: Run, { payment }: OurSide): boolean {
  if (run.finishedAt === null) return false;
  const changedAt = payment.updatedAt.getTime();
  if (Date.parse(run.startedAt) < changedAt + SETTLING_MS) return false;
  // Transfers and refunds are gone through by when they were made, which is before the last change.
  if (Date.parse(run.from) > payment.createdAt.getTime() || Date.parse(run.to) <= changedAt)
    return false;
  const { transfers, refunds } = run.progress;
  return transfers !== undefined && refunds !== undefined;
}

/** The payments that a finding names. */
export function paymentsOf({ ours, theirs, transfer }: Discrepancy): readonly string[] {
  return [ours?.id, theirs?.paymentId, transfer?.paymentId].flatMap((id) => id ?? []);
}

/** Something could not be read, and nobody knows of which payment it was: such a run proves nothing. */
export function isBlind(discrepancy: Discrepancy): boolean {
  return discrepancy.type === 'invariant_broken' && paymentsOf(discrepancy).length === 0;
}
