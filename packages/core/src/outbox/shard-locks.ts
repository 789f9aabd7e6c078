import type { HolderLocks, HoldersSeen } from '../operation/lease-holders.js';

/** How many parts the outbox has. The migration that numbers them says the same. */
export const SHARDS = 64;

/** A shard that we got, and who had it last if that one did not give it back. */
export interface TakenShard {
  readonly shard: number;
  readonly leftBy: string | null;
}

/**
 * The locks on the shards, held by one connection and gone with it. They are on a connection of
 * their own: one from the pool may be closed, or be another one behind a PgBouncer, at any time. The
 * lock that tells that a process lives is held by the same connection, so that it takes but one.
 */
export interface ShardLocks extends HolderLocks {
  /** How many relays there are, with us, which shards nobody has, and who makes calls. */
  look(): Promise<{
    readonly relays: number;
    readonly free: readonly number[];
    readonly holders: HoldersSeen;
  }>;
  /** Locks those that are still free. */
  take(shards: readonly number[]): Promise<TakenShard[]>;
  /** Gives shards back in peace: nothing of ours is under way for them any more. */
  giveBack(shards: readonly number[]): Promise<void>;
}
