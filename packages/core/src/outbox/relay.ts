import { type Background, type LoopHost, repeat } from '../jobs/loop.js';
import { createTrouble } from '../jobs/outage.js';
import { type Backoff, backoffMs } from '../time/backoff.js';
import type { Outbox } from './outbox-store.js';
import type { Publisher } from './outgoing.js';
import type { Shards } from './shard-ownership.js';

/** Where a relay sends to. */
export interface Outlet extends Publisher {
  /** Cuts off what is under way: it fails, and nothing of it is sent any more. */
  abandon(): void;
  close(): Promise<void>;
}

/** About so many at once: more are hardly quicker, and would be sent again after a failure. */
const BATCH = 1_000;

/** What comes so soon after a batch goes with the next one: each costs a round trip, however small. */
const GATHER_MS = 20;

/** Other replicas write too, and only our own wake us: look soon while there is something to do. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

const ERROR_PAUSES: Backoff = { firstMs: 100, longestMs: 5_000 };

/** How long a send may take to end once we are told to stop. */
const STOP_WITHIN_MS = 3_000;

/**
 * Moves announcements from the outbox to the outlet. One batch at a time, and a row leaves only when
 * its batch is accepted; on a failure the same rows are sent again. So an event may be told twice,
 * none is lost, and whatever fails, a first telling never overtakes an earlier event of its order:
 * every batch begins with the oldest row that may not have arrived.
 */
export function startRelay(
  parts: {
    /** Under which name the shards are held. */
    readonly holder: string;
    readonly outbox: Outbox;
    readonly shards: Shards;
    readonly outlet: Outlet;
  } & LoopHost,
): Background {
  const { holder, outbox, shards, outlet, scheduler } = parts;
  const trouble = createTrouble(parts, {
    begins: 'publishing events failed; will try again',
    ends: 'publishing events works again',
  });
  let isCutOff = false;
  let gatherUntil = 0;
  const stopping = new AbortController();
  const publishNext = async (mine: readonly number[]) => {
    const page = await outbox.next({ holder, shards: mine }, BATCH);
    if (page.isErr()) throw page.error;
    const { rows, isMore } = page.value;
    if (rows.length === 0) return 'nothing';
    if (isCutOff || !shards.holds()) return null;
    await outlet.publish(rows.map(({ announcement }) => announcement));
    // At once: a shard that is given back in peace has nothing left that was told.
    const removed = await outbox.remove(rows);
    if (removed.isErr()) throw removed.error;
    return isMore ? 'part' : 'all';
  };
  let pauseMs = 0;
  const loop = repeat({
    scheduler,
    round: async () => {
      const gatherMs = gatherUntil - scheduler.elapsedMs();
      if (gatherMs > 0) await scheduler.pause(gatherMs, stopping.signal);
      const told = await shards.use(publishNext);
      if (told !== null) trouble.over();
      if (told === 'part') return 0;
      if (told === 'all') gatherUntil = scheduler.elapsedMs() + GATHER_MS;
      pauseMs = told === 'all' ? 0 : pauseMs;
      pauseMs = Math.min(Math.max(2 * pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
      return pauseMs;
    },
    onError: (error) => {
      // Cut off because the shards were lost: that has been told.
      if (shards.holds()) trouble.is(error);
    },
    errorPauseMs: (failures) => backoffMs(ERROR_PAUSES, failures - 1, scheduler.random()),
  });
  return {
    wake: loop.wake,
    stop: async () => {
      stopping.abort();
      const timer = new AbortController();
      const ended = loop.stop().then(() => true);
      const late = scheduler.pause(STOP_WITHIN_MS, timer.signal).then(() => false);
      const inTime = await Promise.race([ended, late]);
      timer.abort();
      if (!inTime) {
        isCutOff = true;
        outlet.abandon();
      }
      await ended;
      await shards.stop(inTime);
      await outlet.close();
    },
  };
}
