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
  const publishNext = async (mine: readonly number[]) => {
    const waiting = await outbox.next({ holder, shards: mine }, BATCH);
    if (waiting.isErr()) throw waiting.error;
    const rows = waiting.value;
    if (rows.length === 0) return 0;
    if (isCutOff || !shards.holds()) return null;
    await outlet.publish(rows.map(({ announcement }) => announcement));
    const removed = await outbox.remove(rows);
    if (removed.isErr()) throw removed.error;
    return rows.length;
  };
  let pauseMs = 0;
  const loop = repeat({
    scheduler,
    round: async () => {
      const published = await shards.use(publishNext);
      if (published !== null) trouble.over();
      // There may be more: of a busy shard only its part of a batch was taken.
      pauseMs = published ? 0 : Math.min(Math.max(2 * pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
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
