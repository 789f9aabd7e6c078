import type { Result } from 'neverthrow';
import type { Archiver } from '../archive/archiver.js';
import type { Clock, DatabaseFault } from '../ports.js';
import type { RecordPlace } from '../reconcile/record-stream.js';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../time/durations.js';
import type { JobLeases } from './job-leases.js';
import { startLeasedJob } from './leased-job.js';
import { type Background, type LoopHost, repeat, troubleOf } from './loop.js';

/** As long as Stripe remembers its keys. */
const KEY_LIFETIME_MS = DAY_MS;

/** Longer than any topic keeps its messages, so that none is delivered after it. */
const COMMAND_LIFETIME_MS = 90 * DAY_MS;

const PAUSE_MS = 10 * 60 * 1000;

/** Forgets some of what is older than that; tells how many. */
interface Forgetful {
  forget(before: Date): Promise<Result<number, DatabaseFault>>;
}

/** Forgets callers' idempotency keys and answered commands, a bounded number at a time. */
export function startRetention(
  { keys, commands }: { readonly keys: Forgetful; readonly commands: Forgetful },
  { clock, scheduler, log }: LoopHost & { readonly clock: Clock },
): Background {
  const forget = async (what: Forgetful, lifetimeMs: number) => {
    const forgotten = await what.forget(new Date(clock.now().getTime() - lifetimeMs));
    if (forgotten.isErr()) throw forgotten.error;
    return forgotten.value;
  };
  return repeat({
    scheduler,
    round: async () => {
      const some = await forget(keys, KEY_LIFETIME_MS);
      const others = await forget(commands, COMMAND_LIFETIME_MS);
      return some + others > 0 ? 1_000 : PAUSE_MS;
    },
    onError: (error) => log.warn(troubleOf(error), 'retention of old keys and commands failed'),
    errorPauseMs: PAUSE_MS,
  });
}

/**
 * Moves histories out of the database, one replica at a time: all that may leave in the course of a pass,
 * and a pass a day. Between two parts it rests, so that commands have the disk to themselves.
 */
export function startArchiving(
  archiver: Archiver,
  host: LoopHost & { readonly jobLeases: JobLeases; readonly clock: Clock },
): Background {
  return startLeasedJob<{ readonly after: RecordPlace | null }>(
    {
      name: 'archive',
      lookEveryMs: MINUTE_MS,
      leaseMs: 30 * MINUTE_MS,
      round: async (progress) => {
        const part = await archiver.part({ after: progress?.after ?? null, apply: true });
        return part.map(({ left, file, next }) => {
          if (left.payments > 0)
            host.log.info({ ...left, file: file?.file ?? null }, 'histories left the database');
          return {
            progress: { after: next },
            restMs: next === null ? DAY_MS : left.payments > 0 ? 2 * SECOND_MS : SECOND_MS,
          };
        });
      },
    },
    host,
  );
}
