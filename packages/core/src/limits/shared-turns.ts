import type { Result } from 'neverthrow';
import type { DatabaseFault } from '../database-fault.js';

/** Turns wanted of one limit. */
export interface TurnsWanted {
  readonly limit: string;
  /** Time between two turns, in milliseconds. */
  readonly spacingMs: number;
  /** For whom somebody waits: see {@link TURNS_WITHIN_MS}. */
  readonly urgent: number;
  /** Others: not so far ahead, so that what is urgent comes soon after. */
  readonly others: number;
}

/** Turns that are ours, `spacingMs` apart; those that were wanted too far ahead are not among them. */
export interface TurnsTaken {
  readonly limit: string;
  readonly count: number;
  /** From the answer until the first of them, in milliseconds. */
  readonly firstInMs: number;
}

/** How far ahead turns are taken, in milliseconds. */
export const TURNS_WITHIN_MS = { urgent: 1_000, others: 250 } as const;

/**
 * The one line in which all replicas take their turns: each limit has a time at which its next turn is,
 * and whoever takes some moves it on. A turn that is not used at its time is gone.
 */
export interface SharedTurns {
  /** One statement for all limits. */
  take(wanted: readonly TurnsWanted[]): Promise<Result<readonly TurnsTaken[], DatabaseFault>>;
}
