import type { Result } from 'neverthrow';
import type { DatabaseFault } from '../ports.js';
import type { Outgoing } from './outgoing.js';

/** An event or a reply that waits to be published. */
export interface OutboxRow {
  readonly shard: number;
  /** Its place among all rows: a later one of a shard has a higher one. */
  readonly position: number;
  readonly announcement: Outgoing;
}

/** Whose turn it is: what is asked for on behalf of a relay that no longer holds a shard is not told. */
export interface Turn {
  readonly holder: string;
  readonly shards: readonly number[];
}

/** What is to be published next. */
export interface OutboxPage {
  readonly rows: readonly OutboxRow[];
  /** More waits: of a busy shard only its part of the page was taken. */
  readonly isMore: boolean;
}

/** How much waits to be published. */
export interface OutboxBacklog {
  readonly rows: number;
  /** Of the one that waits longest; 0 when none does. */
  readonly oldestAgeMs: number;
}

/** What is not yet published. A row leaves once it is, so that the table stays small. */
export interface Outbox {
  /**
   * The ones that wait longest in each of the shards, in the order in which they were written, and
   * about `limit` of them.
   */
  next(turn: Turn, limit: number): Promise<Result<OutboxPage, DatabaseFault>>;
  /** Takes out what has been published. */
  remove(published: readonly OutboxRow[]): Promise<Result<void, DatabaseFault>>;
  backlog(): Promise<Result<OutboxBacklog, DatabaseFault>>;
}
