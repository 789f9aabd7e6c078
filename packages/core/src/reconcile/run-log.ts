import { err, ok, type Result } from 'neverthrow';
import type { Fault } from '../ports.js';
import type { Discrepancy } from './discrepancy.js';
import type { Progress, Run, RunStore } from './run-store.js';
import type { Sides } from './sides.js';

/** How a run stands, for whoever watches. */
export interface RunNews extends Progress {
  readonly runId: number;
  /** Payments of the period, counted at the start. */
  readonly total: number;
  readonly discrepancies: number;
}

/** What a run writes down on its way. */
export interface RunLog {
  /** Counts a batch; writes where there is something to write, or now and then. */
  add(
    count: (before: Progress) => Progress,
    discrepancies: readonly Discrepancy[],
  ): Promise<Result<void, Fault>>;
  found(discrepancies: readonly Discrepancy[]): void;
  write(finishedAt: Date | null): Promise<Result<void, Fault>>;
}

/** Often enough that little is read twice, seldom enough to cost nothing. */
const NOTE_EVERY_MS = 2_000;

/** The earlier of two times, the first of which is written down. */
export function earlier(noted: string, time: Date): string {
  return time < new Date(noted) ? time.toISOString() : noted;
}

export function keepLog(
  {
    sides: { scheduler, stop },
    store,
    onNews,
  }: {
    readonly sides: Sides;
    readonly store: RunStore;
    readonly onNews: (news: RunNews) => void;
  },
  run: Run,
  total: number,
): RunLog {
  const begun = scheduler.elapsedMs();
  let { progress } = run;
  let discrepancies = run.found.reduce((sum, count) => sum + count, 0);
  let unwritten: Discrepancy[] = [];
  let writtenAt = begun;
  const { spentMs } = progress;
  const spent = () => Math.round(spentMs + scheduler.elapsedMs() - begun);
  const write: RunLog['write'] = async (finishedAt) => {
    progress = { ...progress, spentMs: spent() };
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
    add: async (count, more) => {
      found(more);
      progress = count(progress);
      onNews({ runId: run.id, total, discrepancies, ...progress, spentMs: spent() });
      const due = scheduler.elapsedMs() - writtenAt > NOTE_EVERY_MS;
      return unwritten.length > 0 || due || stop.aborted ? write(null) : ok();
    },
  };
}
