import type { ArchivePlace, Archiver } from '../archive/archiver.js';
import type { Clock } from '../ports.js';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../time/durations.js';
import type { JobLeases } from './job-leases.js';
import { startLeasedJob } from './leased-job.js';
import type { Background, LoopHost } from './loop.js';

/**
 * Moves histories out of the database, one replica at a time: all that may leave in the course of a pass,
 * and a pass a day. Between two parts it rests, so that commands have the disk to themselves.
 */
export function startArchiving(
  archiver: Archiver,
  host: LoopHost & { readonly jobLeases: JobLeases; readonly clock: Clock },
): Background {
  return startLeasedJob<{ readonly after: ArchivePlace }>(
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
