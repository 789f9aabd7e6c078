import type { Payment } from '../payment/payment.js';
import { type Discrepancy, discrepancyKey } from '../reconcile/discrepancy.js';
import type { FoundBy, Run } from '../reconcile/run-store.js';

/** What became of a finding: `gone` by the first run that looked at the payment and did not find it. */
type FindingFate =
  | { readonly state: 'open' }
  | { readonly state: 'accepted'; readonly by: string; readonly at: string; readonly note: string }
  | { readonly state: 'gone'; readonly runId: number };

/** One difference of a payment over the runs that found it. */
export interface FoundOfPayment {
  /** As the last run found it. */
  readonly discrepancy: Discrepancy;
  readonly firstRun: number;
  /** ISO 8601. */
  readonly firstAt: string;
  readonly lastRun: number;
  readonly fate: FindingFate;
}

/** What runs found about a payment, each difference once, and what became of it. */
export function foundOfPayment(
  payment: Payment,
  found: readonly FoundBy[],
  runs: readonly Run[],
): readonly FoundOfPayment[] {
  const byKey = new Map<string, FoundBy[]>();
  for (const one of found) {
    const key = discrepancyKey(one.discrepancy);
    byKey.set(key, [...(byKey.get(key) ?? []), one]);
  }
  const looked = runs.filter((run) => looksAt(run, payment)).map(({ id }) => id);
  return [...byKey.values()].flatMap((all) => {
    const [first, last] = [all[0], all.at(-1)];
    if (first === undefined || last === undefined) return [];
    const { discrepancy } = last;
    const gone = looked.filter((id) => id > last.run.id).toSorted((a, b) => a - b)[0];
    const { accepted } = discrepancy;
    const fate: FindingFate =
      gone !== undefined
        ? { state: 'gone', runId: gone }
        : accepted === undefined
          ? { state: 'open' }
          : { state: 'accepted', ...accepted };
    const firstAt = first.run.startedAt;
    return [{ discrepancy, firstRun: first.run.id, firstAt, lastRun: last.run.id, fate }];
  });
}

/** A run that came to its end has looked at what was made in its time, and at what was open then. */
function looksAt({ from, to, older, finishedAt }: Run, { createdAt, status }: Payment): boolean {
  if (finishedAt === null) return false;
  const made = createdAt.toISOString();
  const isOpen = status === 'INITIATING' || status === 'AUTHORIZED';
  return made < to && (made >= from || (older && isOpen));
}
