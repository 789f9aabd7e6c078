/**
 * Names a process that makes calls: a random number, different for each start. The process holds a
 * lock of that number while it lives, so that others see it go.
 */
export type LeaseHolder = number;

/** The processes that make calls, as one of them sees them. */
export interface HoldersSeen {
  /** How many hold their lock. */
  readonly live: number;
  /** Those who hold the lease of an open call, but whose lock nobody has. */
  readonly missing: readonly LeaseHolder[];
}

/** Calls that a process has begun and that it does not make any more. */
export interface LeftBehind {
  readonly self: LeaseHolder;
  /** Calls that were written down later may be about to be made. */
  readonly openedBefore: Date;
  /** The payments whose calls it is making. */
  readonly underWay: readonly string[];
  readonly now: Date;
}

/**
 * The locks of those who make calls. Each is held by one connection and gone with it, so who is
 * missing has died, or has lost that connection and may be back in a moment.
 */
export interface HolderLocks {
  /** Who is there. */
  look(): Promise<{ readonly holders: HoldersSeen }>;
  /**
   * Lets go of the open calls whose leases these hold, except of those who are there again: they
   * rest, and a look is due at `now`. Tells how many calls it were.
   */
  letGoOf(gone: readonly LeaseHolder[], now: Date): Promise<number>;
  /**
   * Lets go of the open calls whose leases this process holds without making them: a database that was
   * away for a moment could not be told how they ended. Tells how many calls it were.
   */
  letGoOfOwn(left: LeftBehind): Promise<number>;
  /** Closes the connection and with it gives up the lock. */
  end(): Promise<void>;
}
