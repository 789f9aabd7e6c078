import type { Result } from 'neverthrow';
import type { ArchiveUnwritable } from '../archive/archive-store.js';
import type { Clock, Fault } from '../ports.js';
import type { JobLeases } from './job-leases.js';
import { type Background, type LoopHost, repeat, troubleOf } from './loop.js';

/** What a round came to: where the next one goes on, and how long that has time. */
export interface Round<Progress> {
  readonly progress: Progress;
  /** In milliseconds; 0: at once. */
  readonly restMs: number;
}

/** Work that is done again and again by one replica at a time. */
export interface LeasedJob<Progress> {
  readonly name: string;
  /** How long a replica waits between two looks whether it is due, in milliseconds. */
  readonly lookEveryMs: number;
  /** After that another replica takes the job over, in milliseconds: longer than any round takes. */
  readonly leaseMs: number;
  /** One bounded part of the work. A fault is told and the same part is tried again later. */
  readonly round: (
    progress: Progress | null,
  ) => Promise<Result<Round<Progress>, Fault | ArchiveUnwritable>>;
}

/** How long a job rests after a round that ran into a fault. */
const FAULT_PAUSE_MS = 60_000;

/** Does a job until stopped, whenever it is due and no other replica is at it. */
export function startLeasedJob<Progress>(
  job: LeasedJob<Progress>,
  {
    jobLeases,
    clock,
    scheduler,
    log,
  }: LoopHost & { readonly jobLeases: JobLeases; readonly clock: Clock },
): Background {
  const { name, lookEveryMs, leaseMs } = job;
  // Spread, so that replicas started together don't look at the same moment.
  const pause = () => lookEveryMs * (0.5 + scheduler.random());
  return repeat({
    scheduler,
    round: async () => {
      const taken = await jobLeases.take<Progress>({ name, now: clock.now(), leaseMs });
      if (taken.isErr()) throw taken.error;
      if (taken.value === null) return pause();
      const { leaseUntil, progress } = taken.value;
      const done = await job.round(progress);
      const next = done.unwrapOr({ progress, restMs: FAULT_PAUSE_MS });
      const dueAt = new Date(clock.now().getTime() + next.restMs);
      const back = await jobLeases.putBack({ name, leaseUntil, dueAt, progress: next.progress });
      if (done.isErr()) throw done.error;
      if (back.isErr()) throw back.error;
      return Math.min(next.restMs, pause());
    },
    onError: (error) =>
      log.warn({ job: name, ...troubleOf(error) }, 'a job failed; will try again'),
    errorPauseMs: lookEveryMs,
    // A service that starts has better things to do, and may be one of many that do.
    firstPauseMs: pause(),
  });
}
