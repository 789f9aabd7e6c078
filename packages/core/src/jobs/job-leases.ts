import type { Result } from 'neverthrow';
import type { DatabaseFault } from '../ports.js';

/** A job that was taken: nobody else does it until the lease runs out. */
export interface TakenJob<Progress> {
  /** Where the last round came to; null before the first one. */
  readonly progress: Progress | null;
  readonly leaseUntil: Date;
}

/** Work that all replicas share, one at a time, and that goes on where the last one left it. */
export interface JobLeases {
  /** Takes a job if it is due and nobody is at it; null otherwise. */
  take<Progress>(wanted: {
    readonly name: string;
    readonly now: Date;
    readonly leaseMs: number;
  }): Promise<Result<TakenJob<Progress> | null, DatabaseFault>>;
  /** Puts it back with its progress. Nothing is written if the lease was lost to somebody else. */
  putBack(done: {
    readonly name: string;
    readonly leaseUntil: Date;
    readonly dueAt: Date;
    readonly progress: unknown;
  }): Promise<Result<void, DatabaseFault>>;
}
