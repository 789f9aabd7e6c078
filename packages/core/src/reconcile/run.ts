import { err, ok, type Result } from 'neverthrow';
import type { Escrow } from '../escrow.js';
import type { Fault } from '../ports.js';
import { isForPerson, withAcceptances } from './acceptance.js';
import { type Discrepancy, isUnknownAtStripe, type JudgeContext } from './discrepancy.js';
import { aloneOf, type Batch, mergeSides } from './merge.js';
import { movedPhases } from './moved-phases.js';
import type { Found, RecordPlace } from './record-stream.js';
import { earlier, keepLog, type RunLog, type RunNews } from './run-log.js';
import type { Progress, Run, RunStore } from './run-store.js';
import { confirm } from './second-look.js';
import { refuseForeign, type Sides } from './sides.js';
import { unreadAt, unreadDiscrepancy } from './unread.js';

export interface RunParts {
  readonly sides: Sides;
  readonly store: RunStore;
  readonly context: () => JudgeContext;
  readonly onNews: (news: RunNews) => void;
  readonly isOurAccount: Escrow['isOurAccount'];
}

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
    if (batch.value === null) return goOnToMoved(parts, run, log);
    const discrepancies = await discrepanciesOf(parts, batch.value);
    if (discrepancies.isErr()) return err(discrepancies.error);
    const weighed = await withAccepted(parts, discrepancies.value);
    if (weighed.isErr()) return err(weighed.error);
    const noted = await log.add(countIntents(batch.value), weighed.value);
    if (noted.isErr()) return err(noted.error);
  }
  return (await log.write(null)).map(() => 'stopped');
}

function countIntents({ intents, payments, passedOver, doneTo }: Batch) {
  return (before: Progress): Progress => ({
    ...before,
    intents: before.intents + intents,
    payments: before.payments + payments,
    passedOver: (before.passedOver ?? 0) + passedOver,
    doneTo: earlier(before.doneTo, doneTo),
  });
}

async function goOnToMoved(
  parts: RunParts,
  run: Run,
  log: RunLog,
): Promise<Result<'done' | 'stopped', Fault>> {
  for (const phase of movedPhases(parts, run)) {
    while (!parts.sides.stop.aborted) {
      const batch = await phase.next();
      if (batch.isErr()) return err(batch.error);
      if (batch.value === null) break;
      const { discrepancies, count } = batch.value;
      const weighed = await withAccepted(parts, discrepancies);
      if (weighed.isErr()) return err(weighed.error);
      const noted = await log.add(count, weighed.value);
      if (noted.isErr()) return err(noted.error);
    }
  }
  return finish(parts, run, log);
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

async function discrepanciesOf(
  parts: RunParts,
  { pairs, unreadable, readAt }: Batch,
): Promise<Result<readonly Discrepancy[], Fault>> {
  const discrepancies: Discrepancy[] = unreadable.map(unreadDiscrepancy);
  const context = parts.context();
  for (const pair of pairs) {
    const confirmed = await confirm(parts.sides, { pair, readAt }, context);
    const ours = pair.kind === 'theirs' ? null : pair.ours;
    const unread = confirmed.isErr() ? unreadAt(confirmed.error, ours) : null;
    if (unread !== null) discrepancies.push(unreadDiscrepancy(unread));
    else if (confirmed.isErr()) return err(confirmed.error);
    const found = confirmed.unwrapOr([]);
    if (found.some(isUnknownAtStripe)) {
      const account = await refuseForeign(parts);
      if (account.isErr()) return err(account.error);
    }
    discrepancies.push(...found);
  }
  return ok(discrepancies);
}

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
    : await confirm(parts.sides, { pair: pair.value, readAt }, parts.context());
  const unread = judged.isErr() ? unreadAt(judged.error, ours) : null;
  return unread === null ? judged : ok([unreadDiscrepancy(unread)]);
}
