import type { Logger } from '../logger.js';
import type { Clock } from '../ports.js';
import { SECOND_MS } from '../time/durations.js';
import type { Scheduler } from '../time/scheduler.js';
import { type CallsUnderWay, createCallsUnderWay } from './calls-under-way.js';
import type { HolderLocks, HoldersSeen, LeaseHolder } from './lease-holders.js';

/** This process among those that make calls: whether the others would see it go, and who went. */
export interface Presence {
  /** The lock that is held while this process lives. */
  readonly self: LeaseHolder;
  /** Told of the calls of this process while they are made; for `EscrowPorts`. */
  readonly underWay: CallsUnderWay;
  /** In whose name leases are taken now; null: nobody would see us go, so they have to run out. */
  holder(): LeaseHolder | null;
  /** How many processes make calls, this one included, as far as it was seen. */
  replicas(): number;
  /** Takes in what was just seen through our own locks, and lets go for those who are gone. */
  saw(holders: HoldersSeen, locks: HolderLocks): Promise<void>;
  /** The connection that holds our lock broke: until we see ourselves again, we may not be seen. */
  lost(): void;
}

/**
 * Who is missing for so long is gone. A process that lives and has lost its connection, as all have
 * when Postgres restarts, is back sooner: it looks, and connects again, twice a second.
 */
const GRACE_MS = SECOND_MS;

/** Longest time since we saw ourselves for which others are taken to see us. */
const SEEN_FOR_MS = 2 * SECOND_MS;

/**
 * For so long after our connection broke we look for calls of our own that nobody makes any more: as long
 * as a command that began before may wait for the database, and then some.
 */
const FOLLOWED_UP_MS = 30 * SECOND_MS;

/**
 * Follows who lives. A holder that was missing in all looks for a second is gone, and so nobody works
 * on its calls: they are let go of, as it would have done itself, and are anybody's to take over.
 *
 * Should it live after all, nothing is lost. Letting go does not raise the payment's revision, so it
 * may still finish. Once another one has taken over, that revision is new and our late one can write
 * nothing on what it has read, neither an end nor a withdrawal: it reads anew, and finds what the
 * other has made of it. Both ask Stripe under the same key with the same stored parameters, which is
 * one call for Stripe. That is what happens to whoever sleeps past its lease, too.
 *
 * When Postgres is away for a moment, what had a call under way can neither write down its end nor that
 * it lets go of it. It is let go of once Postgres is back, unless it is being made still.
 */
export function createPresence(parts: {
  readonly self: LeaseHolder;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Logger;
}): Presence {
  const { self, clock, scheduler, log } = parts;
  const underWay = createCallsUnderWay();
  let lostAt: number | null = null;
  let backAt: Date | null = null;
  let seenAt: number | null = null;
  let replicas = 1;
  let missingSince: ReadonlyMap<LeaseHolder, number> = new Map();
  const followUp = async (now: number, locks: HolderLocks): Promise<void> => {
    if (lostAt === null) return;
    backAt ??= clock.now();
    const left = { self, openedBefore: backAt, underWay: underWay.payments(), now: clock.now() };
    if (now - lostAt >= FOLLOWED_UP_MS) lostAt = null;
    const calls = await locks.letGoOfOwn(left);
    if (calls > 0) log.warn({ calls }, LEFT_BEHIND);
  };
  return {
    self,
    underWay,
    holder: () => (seenAt !== null && scheduler.elapsedMs() - seenAt < SEEN_FOR_MS ? self : null),
    replicas: () => replicas,
    saw: async ({ live, missing }, locks) => {
      const now = scheduler.elapsedMs();
      seenAt = now;
      replicas = Math.max(1, live);
      await followUp(now, locks);
      const others = missing.filter((one) => one !== self);
      missingSince = new Map(others.map((one) => [one, missingSince.get(one) ?? now]));
      const gone = others.filter((one) => now - (missingSince.get(one) ?? now) >= GRACE_MS);
      if (gone.length === 0) return;
      const calls = await locks.letGoOf(gone, clock.now());
      if (calls > 0) log.warn({ replicas: gone.length, calls }, GONE);
    },
    lost: () => {
      seenAt = null;
      lostAt = scheduler.elapsedMs();
      backAt = null;
      // What broke our connection may have broken theirs: their second begins anew.
      missingSince = new Map();
    },
  };
}

const LEFT_BEHIND = 'the database is back; calls whose end it could not be told are taken over';
const GONE = 'a replica is gone; the calls that it had under way are taken over';
