import { err, ok, type Result } from 'neverthrow';
import type { Escrow } from '../escrow.js';
import type { Fault } from '../ports.js';
import { isForPerson, withAcceptances } from './acceptance.js';
import type { Discrepancy, DiscrepancyPolicy, JudgeContext } from './discrepancy.js';
import { aloneOf, type Batch, mergeSides } from './merge.js';
import type { Found, RecordPlace } from './record-stream.js';
import type { Progress, Run, RunStore } from './run-store.js';
import { confirm } from './second-look.js';
import { refuseForeign, type Sides } from './sides.js';
import { unreadAt, unreadDiscrepancy } from './unread.js';

/** How a run stands, for whoever watches. */
export interface RunNews extends Progress {
  readonly runId: number;
  /** Payments of the period, counted at the start. */
  readonly total: number;
  readonly discrepancies: number;
}

export interface RunParts {
  readonly sides: Sides;
  readonly store: RunStore;
  readonly policy: DiscrepancyPolicy;
  readonly onNews: (news: RunNews) => void;
  readonly isOurAccount: Escrow['isOurAccount'];
}

/** Often enough that little is read twice, seldom enough to cost nothing. */
const NOTE_EVERY_MS = 2_000;

/**
 * Goes through both sides of a run's period from where it is to the end, and writes down what
 * differs. Nothing else is written. Stopped or failed it can be gone on with.
 */
export async function goThrough(
  parts: RunParts,
  run: Run,
): Promise<Result<'done' | 'stopped', Fault>> {
  const { sides } = parts;
  const period = { from: new Date(run.from), to: new Date(run.to) };
  const counted = await sides.records.count(period);
  if (counted.isErr()) return err(counted.error);
  const log = keepLog(parts, run, counted.value);
  const merge = mergeSides(sides, { ...period, to: new Date(run.progress.doneTo) });
  while (!sides.stop.aborted) {
    const batch = await merge.next();
    if (batch.isErr()) return err(batch.error);
    if (batch.value === null) return finish(parts, run, log);
    const discrepancies = await discrepanciesOf(parts, batch.value);
    if (discrepancies.isErr()) return err(discrepancies.error);
    const weighed = await withAccepted(parts, discrepancies.value);
    if (weighed.isErr()) return err(weighed.error);
    const noted = await log.add(batch.value, weighed.value);
    if (noted.isErr()) return err(noted.error);
  }
  return (await log.write(null)).map(() => 'stopped');
}

/** What is still open is looked at whatever its age, then the run is over. */
async function finish(
  parts: RunParts,
  run: Run,
  log: RunLog,
): Promise<Result<'done' | 'stopped', Fault>> {
  const { sides } = parts;
  const open = run.older ? await olderOpen(parts, new Date(run.from)) : ok([]);
  if (open.isErr()) return err(open.error);
  const weighed = await withAccepted(parts, open.value);
  if (weighed.isErr()) return err(weighed.error);
  log.found(weighed.value);
  if (sides.stop.aborted) return (await log.write(null)).map(() => 'stopped');
  return (await log.write(sides.clock.now())).map(() => 'done');
}

/** Marks what people have looked at and let be. */
async function withAccepted(
  { sides, store }: RunParts,
  discrepancies: readonly Discrepancy[],
): Promise<Result<readonly Discrepancy[], Fault>> {
  const ids = discrepancies.filter(isForPerson).flatMap(({ ours }) => ours?.id ?? []);
  if (ids.length === 0) return ok(discrepancies);
  const accepted = await store.acceptances([...new Set(ids)]);
  return accepted.map((known) => withAcceptances(sides.digest, discrepancies, known));
}

function contextOf({ sides, policy }: RunParts): JudgeContext {
  return { now: sides.clock.now(), installation: sides.installation, policy };
}

async function discrepanciesOf(
  parts: RunParts,
  { pairs, unreadable, readAt }: Batch,
): Promise<Result<readonly Discrepancy[], Fault>> {
  const discrepancies: Discrepancy[] = unreadable.map(unreadDiscrepancy);
  const context = contextOf(parts);
  for (const pair of pairs) {
    const confirmed = await confirm(parts.sides, { pair, readAt }, context);
    const ours = pair.kind === 'theirs' ? null : pair.ours;
    const unread = confirmed.isErr() ? unreadAt(confirmed.error, ours) : null;
    if (unread !== null) discrepancies.push(unreadDiscrepancy(unread));
    else if (confirmed.isErr()) return err(confirmed.error);
    const found = confirmed.unwrapOr([]);
    if (found.some(isMissing)) {
      const account = await refuseForeign(parts);
      if (account.isErr()) return err(account.error);
    }
    discrepancies.push(...found);
  }
  return ok(discrepancies);
}

const isMissing = ({ type }: Discrepancy) => type === 'intent_missing';

const BATCH = 200;

async function olderOpen(
  parts: RunParts,
  to: Date,
): Promise<Result<readonly Discrepancy[], Fault>> {
  const { sides } = parts;
  const discrepancies: Discrepancy[] = [];
  for (let before: RecordPlace | null = null; !sides.stop.aborted; ) {
    const found: Result<readonly Found[], Fault> = await sides.records.unfinished({
      to,
      before,
      limit: BATCH,
    });
    if (found.isErr()) return err(found.error);
    for (const one of found.value) {
      const judged = await judgeOlder(parts, one);
      if (judged.isErr()) return err(judged.error);
      discrepancies.push(...judged.value);
    }
    before = found.value.at(-1)?.place ?? null;
    if (found.value.length < BATCH) break;
  }
  return ok(discrepancies);
}

async function judgeOlder(
  parts: RunParts,
  found: Found,
): Promise<Result<readonly Discrepancy[], Fault>> {
  if (found.type === 'unreadable') return ok([unreadDiscrepancy({ ...found, ours: null })]);
  const { ours } = found;
  const readAt = parts.sides.clock.now();
  const pair = await aloneOf(parts.sides, ours);
  const judged = pair.isErr()
    ? err(pair.error)
    : await confirm(parts.sides, { pair: pair.value, readAt }, contextOf(parts));
  const unread = judged.isErr() ? unreadAt(judged.error, ours) : null;
  return unread === null ? judged : ok([unreadDiscrepancy(unread)]);
}

interface RunLog {
  /** Counts a batch; writes where there is something to write, or now and then. */
  add(batch: Batch, discrepancies: readonly Discrepancy[]): Promise<Result<void, Fault>>;
  found(discrepancies: readonly Discrepancy[]): void;
  write(finishedAt: Date | null): Promise<Result<void, Fault>>;
}

function keepLog({ sides, store, onNews }: RunParts, run: Run, total: number): RunLog {
  const { scheduler } = sides;
  const begun = scheduler.elapsedMs();
  let { progress } = run;
  let discrepancies = run.found.reduce((sum, count) => sum + count, 0);
  let unwritten: Discrepancy[] = [];
  let writtenAt = begun;
  const { spentMs } = progress;
  const write: RunLog['write'] = async (finishedAt) => {
    progress = { ...progress, spentMs: Math.round(spentMs + scheduler.elapsedMs() - begun) };
    const noted = await store.note({
      runId: run.id,
      discrepancies: unwritten,
      progress,
      finishedAt,
    });
    if (noted.isErr()) return err(noted.error);
    unwritten = [];
    writtenAt = scheduler.elapsedMs();
    return ok();
  };
  const found: RunLog['found'] = (more) => {
    discrepancies += more.length;
    unwritten.push(...more);
  };
  return {
    write,
    found,
    add: async ({ intents, payments, passedOver, doneTo }, more) => {
      found(more);
      progress = {
        ...progress,
        intents: progress.intents + intents,
        payments: progress.payments + payments,
        passedOver: (progress.passedOver ?? 0) + passedOver,
        doneTo: (doneTo < new Date(progress.doneTo)
          ? doneTo
          : new Date(progress.doneTo)
        ).toISOString(),
      };
      const news = { ...progress, spentMs: Math.round(spentMs + scheduler.elapsedMs() - begun) };
      onNews({ runId: run.id, total, discrepancies, ...news });
      const due = scheduler.elapsedMs() - writtenAt > NOTE_EVERY_MS;
      return unwritten.length > 0 || due || sides.stop.aborted ? write(null) : ok();
    },
  };
}
