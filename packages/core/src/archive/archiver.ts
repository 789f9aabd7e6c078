import { err, ok, type Result } from 'neverthrow';
import type { Clock, DatabaseFault } from '../ports.js';
import type { Discrepancy, OurSide } from '../reconcile/discrepancy.js';
import type { ReconcileRecords, RecordPlace } from '../reconcile/record-stream.js';
import type { Run, RunStore } from '../reconcile/run-store.js';
import { DAY_MS } from '../time/durations.js';
import type {
  ArchiveFile,
  ArchiveStore,
  ArchiveUnwritable,
  ArchiveWriter,
  HistoryOfPayment,
  Leaving,
  LeftRows,
} from './archive-store.js';
import { isBlind, judgeLeaving, type KeptBecause, type ProvingRun, paymentsOf } from './proof.js';

/** What archiving works with. */
export interface ArchiverParts {
  readonly records: Pick<ReconcileRecords, 'within'>;
  readonly runs: Pick<RunStore, 'latest' | 'discrepancies'>;
  readonly store: ArchiveStore;
  /** Null: what leaves is dropped. */
  readonly writer: ArchiveWriter | null;
  readonly clock: Clock;
  /** Who does it, as it is noted: a host, or a person. */
  readonly by: string;
  /** Histories of payments leave that were made so long ago, in milliseconds; at least {@link LEAST_AGE_MS}. */
  readonly afterMs: number;
}

/**
 * Younger histories stay: commands over Kafka are answered by events for 90 days, and Stripe may send a
 * webhook for 30.
 */
const LEAST_AGE_MS = 90 * DAY_MS;

/** What one part of a pass came to. */
export interface ArchivedPart {
  readonly looked: number;
  /** How many stay, and why. */
  readonly kept: Readonly<Record<KeptBecause, number>>;
  /** How many may leave. */
  readonly proven: number;
  /** What did leave. */
  readonly left: LeftRows;
  readonly file: ArchiveFile | null;
  /** Where to go on; null at the end of a pass. */
  readonly next: RecordPlace | null;
}

export type ArchiveError = DatabaseFault | ArchiveUnwritable;

/** Moves what reconciling has proven out of the database, a part at a time, from new to old. */
export interface Archiver {
  /** The next part; without `apply` it is looked at and left as it is. */
  part(wanted: {
    readonly after: RecordPlace | null;
    readonly apply: boolean;
  }): Promise<Result<ArchivedPart, ArchiveError>>;
}

/** Payments read at once, and taken out by one statement. */
const PAGE = 500;
/** Payments of one file. */
const PART = 5_000;
/** Pages of one part, so that it ends soon also where hardly anything may leave. */
const MOST_PAGES = 20;

export function createArchiver(parts: ArchiverParts): Archiver {
  if (parts.afterMs < LEAST_AGE_MS) throw new Error('bug: histories would leave too young');
  return {
    part: async ({ after, apply }) => {
      const runs = await provingRuns(parts.runs);
      if (runs.isErr()) return err(runs.error);
      const found = await look(parts, runs.value, after);
      if (found.isErr()) return err(found.error);
      const { leaving, ...rest } = found.value;
      const untouched = { ...rest, proven: leaving.length, left: NOTHING, file: null };
      if (!apply || leaving.length === 0) return ok(untouched);
      const moved = await move(parts, leaving);
      return moved.map((done) => ({ ...untouched, ...done }));
    },
  };
}

const NOTHING: LeftRows = { payments: 0, events: 0, operations: 0, webhooks: 0 };
const BEGINNING = new Date(0);

interface Looked extends Pick<ArchivedPart, 'looked' | 'kept' | 'next'> {
  readonly leaving: readonly Leaving[];
}

/** Goes through payments until enough may leave. */
async function look(
  { records, clock, afterMs }: ArchiverParts,
  runs: readonly ProvingRun[],
  after: RecordPlace | null,
): Promise<Result<Looked, DatabaseFault>> {
  const to = new Date(clock.now().getTime() - afterMs);
  const kept = { open: 0, unproven: 0, found: 0, archived: 0 };
  const leaving: Leaving[] = [];
  let looked = 0;
  let before = after;
  for (let pages = 0; pages < MOST_PAGES && leaving.length < PART; pages += 1) {
    const page = await records.within({ from: BEGINNING, to, before, limit: PAGE });
    if (page.isErr()) return err(page.error);
    looked += page.value.length;
    for (const one of page.value) {
      // What can't be read is for a person to look at first.
      const judged = one.type === 'record' ? judgeLeaving(one.ours, runs) : err('open' as const);
      if (judged.isErr()) kept[judged.error] += 1;
      else if (one.type === 'record') leaving.push(leavingOf(one.ours, judged.value));
    }
    before = page.value.at(-1)?.place ?? null;
    if (page.value.length < PAGE) return ok({ looked, kept, leaving, next: null });
  }
  return ok({ looked, kept, leaving, next: before });
}

function leavingOf({ payment }: OurSide, provenBy: number): Leaving {
  const { id: paymentId, revision, version, status } = payment;
  return { paymentId, revision, version, status, provenBy };
}

/** Written whole before anything is taken out: who is cut off in between has it twice, and never not at all. */
async function move(
  { store, writer, clock, by }: ArchiverParts,
  leaving: readonly Leaving[],
): Promise<Result<Pick<ArchivedPart, 'left' | 'file'>, ArchiveError>> {
  const webhooks = new Map<number, readonly string[]>();
  const written = writer === null ? ok(null) : await writer.write(read(store, leaving, webhooks));
  if (written.isErr()) return err(written.error);
  if (writer === null)
    for await (const page of read(store, leaving, webhooks))
      if (page.isErr()) return err(page.error);
  const file = written.value;
  const payments = leaving.length;
  const archive = await store.begin({ file, payments, at: clock.now(), by });
  if (archive.isErr()) return err(archive.error);
  let left = NOTHING;
  for (let from = 0; from < leaving.length; from += PAGE) {
    const taken = await store.takeOut({
      archive: archive.value,
      leaving: leaving.slice(from, from + PAGE),
      webhooks: webhooks.get(from) ?? [],
    });
    if (taken.isErr()) return err(taken.error);
    left = sum(left, taken.value);
  }
  return ok({ left, file });
}

/** @param webhooks filled with the ids of those that were read, by where their page begins */
async function* read(
  store: ArchiveStore,
  leaving: readonly Leaving[],
  webhooks: Map<number, readonly string[]>,
): AsyncGenerator<Result<readonly HistoryOfPayment[], DatabaseFault>> {
  for (let from = 0; from < leaving.length; from += PAGE) {
    const page = await store.histories(leaving.slice(from, from + PAGE));
    const ids = page.map((all) => all.flatMap((one) => one.webhooks.map(({ id }) => id)));
    webhooks.set(from, ids.unwrapOr([]));
    yield page;
    if (page.isErr()) return;
  }
}

function sum(one: LeftRows, other: LeftRows): LeftRows {
  return {
    payments: one.payments + other.payments,
    events: one.events + other.events,
    operations: one.operations + other.operations,
    webhooks: one.webhooks + other.webhooks,
  };
}

/** Runs of more than a year of nights. */
const MOST_RUNS = 400;
const FINDINGS = 500;
/** A run that found more than that is for people to look at, and proves nothing meanwhile. */
const MOST_FINDINGS = 100_000;

/** Runs that came to their end, the newest first. */
async function provingRuns(
  runs: ArchiverParts['runs'],
): Promise<Result<readonly ProvingRun[], DatabaseFault>> {
  const latest = await runs.latest(MOST_RUNS);
  if (latest.isErr()) return err(latest.error);
  const proving: ProvingRun[] = [];
  for (const run of latest.value) {
    if (run.finishedAt === null) continue;
    const found = await foundBy(runs, run);
    if (found.isErr()) return err(found.error);
    if (found.value !== null) proving.push({ run, found: found.value });
  }
  return ok(proving);
}

/** The payments in which a run found something; null where it did not see all. */
async function foundBy(
  runs: ArchiverParts['runs'],
  run: Run,
): Promise<Result<ReadonlySet<string> | null, DatabaseFault>> {
  const found = new Set<string>();
  const total = run.found.reduce((all, count) => all + count, 0) + run.accepted;
  if (total === 0) return ok(found);
  if (total > MOST_FINDINGS) return ok(null);
  for (let after: Discrepancy | null = null; ; ) {
    const page: Result<readonly Discrepancy[], DatabaseFault> = await runs.discrepancies({
      runId: run.id,
      after,
      limit: FINDINGS,
    });
    if (page.isErr()) return err(page.error);
    if (page.value.some(isBlind)) return ok(null);
    for (const paymentId of page.value.flatMap(paymentsOf)) found.add(paymentId);
    after = page.value.at(-1) ?? null;
    if (page.value.length < FINDINGS) return ok(found);
  }
}
