import { err, ok, type Result } from 'neverthrow';
import type { Escrow } from '../escrow.js';
import type { MovementKind } from '../gateway/money-lists.js';
import type { Fault } from '../ports.js';
import { SECOND_MS } from '../time/durations.js';
import { type Discrepancy, isUnknownAtStripe, type JudgeContext } from './discrepancy.js';
import { judge } from './judge.js';
import { openPages } from './pages.js';
import { earlier } from './run-log.js';
import type { Progress, Run, StreamProgress } from './run-store.js';
import { readAgain, type Spot } from './second-look.js';
import { refuseForeign, type Sides } from './sides.js';
import {
  type ListedSuspects,
  type Suspects,
  suspectRefunds,
  suspectTransfers,
} from './suspects.js';
import { movedAgain } from './suspects-of-movements.js';
import { tally } from './tally.js';
import { unreadAt, unreadDiscrepancy } from './unread.js';

/** What one page of moved money and our records of its time come to. */
export interface MovedBatch {
  readonly discrepancies: readonly Discrepancy[];
  readonly count: (before: Progress) => Progress;
}

/** One kind of what was moved, gone through on both sides. */
export interface MovedPhase {
  /** Null when all of the period has been told. */
  next(): Promise<Result<MovedBatch | null, Fault>>;
}

export interface MovedParts {
  readonly sides: Sides;
  readonly context: () => JudgeContext;
  readonly isOurAccount: Escrow['isOurAccount'];
}

type Kind = 'transfers' | 'refunds' | 'reversals' | 'returnedRefunds';

/**
 * Goes through transfers and refunds on both sides, and through what came back of older ones, each from
 * where the run is. What looks odd in the lists is read anew on both sides before it is judged.
 */
export function* movedPhases(parts: MovedParts, run: Run): Generator<MovedPhase> {
  const { sides } = parts;
  const from = new Date(run.from);
  const period = (kind: Kind) => ({ from, to: new Date(run.progress[kind]?.doneTo ?? run.to) });
  yield phaseOf(parts, run, 'transfers', suspectTransfers(sides, period('transfers')));
  yield phaseOf(parts, run, 'refunds', suspectRefunds(sides, period('refunds'), from));
  yield phaseOf(parts, run, 'reversals', movements(sides, period('reversals'), 'reversal'));
  const returned = movements(sides, period('returnedRefunds'), 'returned_refund');
  yield phaseOf(parts, run, 'returnedRefunds', returned);
}

/** What moved long after what it belongs to was made: there is no second side to it but the records. */
function movements(
  sides: Sides,
  period: { readonly from: Date; readonly to: Date },
  kind: MovementKind,
): Suspects {
  const { gateway } = sides;
  const pages = openPages(sides, period, (wanted) => gateway.listMovements({ ...wanted, kind }));
  const counted = tally();
  return {
    next: async () => {
      const page = await pages.next();
      if (page.isErr()) return err(page.error);
      if (page.value === null) return ok(null);
      const { items, unreadable, last } = page.value;
      counted.add(items.map(({ createdAt }) => createdAt));
      const oldest = items.at(-1)?.createdAt;
      // Others of the same second may be on the next page.
      const isOver = last || oldest === undefined;
      const doneTo = isOver ? period.from : new Date(oldest.getTime() + SECOND_MS);
      const counts = { theirs: counted.since(doneTo), ours: 0 };
      const spots = await movedAgain(sides, items, period.from);
      const rest = { strays: [], unreadable, passedOver: 0, counts, doneTo };
      return spots.map((found) => ({ spots: found, ...rest }));
    },
  };
}

function phaseOf(parts: MovedParts, run: Run, kind: Kind, suspects: Suspects): MovedPhase {
  const start = { doneTo: run.to, theirs: 0, ours: 0 };
  return {
    next: async () => {
      const batch = await suspects.next();
      if (batch.isErr()) return err(batch.error);
      if (batch.value === null) return ok(null);
      const listed = batch.value;
      const discrepancies = await judgeAll(parts, kind, listed);
      return discrepancies.map((found) => ({
        discrepancies: found,
        count: (before) => ({
          ...before,
          passedOver: (before.passedOver ?? 0) + listed.passedOver,
          [kind]: counted(before[kind] ?? start, listed),
        }),
      }));
    },
  };
}

function counted(before: StreamProgress, { counts, doneTo }: ListedSuspects): StreamProgress {
  return {
    doneTo: earlier(before.doneTo, doneTo),
    theirs: before.theirs + counts.theirs,
    ours: before.ours + counts.ours,
  };
}

const NAMES: Readonly<Record<Kind, string>> = {
  transfers: 'transfers',
  refunds: 'refunds',
  reversals: 'reversals',
  returnedRefunds: 'returned refunds',
};

async function judgeAll(
  parts: MovedParts,
  kind: Kind,
  { spots, strays, unreadable }: ListedSuspects,
): Promise<Result<readonly Discrepancy[], Fault>> {
  const context = parts.context();
  const detail = `${unreadable} ${NAMES[kind]} in Stripe's list can't be read`;
  const all = unreadable === 0 ? [] : [unreadDiscrepancy({ ours: null, detail })];
  all.push(...strays.flatMap((sent) => judge({ kind: 'stray', sent }, context)));
  for (const spot of spots) {
    const found = await judgeAt(parts, spot, context);
    if (found.isErr()) return err(found.error);
    if (found.value.some(isUnknownAtStripe)) {
      const account = await refuseForeign(parts);
      if (account.isErr()) return err(account.error);
    }
    all.push(...found.value);
  }
  return ok(all);
}

async function judgeAt(
  { sides }: MovedParts,
  spot: Spot,
  context: JudgeContext,
): Promise<Result<readonly Discrepancy[], Fault>> {
  const read = await readAgain(sides, spot);
  if (read.isOk()) return ok(read.value === null ? [] : judge(read.value, context));
  const unread = unreadAt(read.error, null);
  if (unread === null) return err(read.error);
  const detail =
    'transfersOf' in spot
      ? `the transfers of payment ${spot.transfersOf} can't be read at Stripe`
      : unread.detail;
  return ok([unreadDiscrepancy({ ours: null, detail })]);
}
