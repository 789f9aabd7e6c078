import type { ConnectionPool } from '../postgres/connection/query.js';

/** A pool that tells how full it is, such as one of `pg`. */
interface BoundedPool extends ConnectionPool {
  /** Connections that are open or being opened. */
  readonly totalCount: number;
  /** Those of them that nobody has. */
  readonly idleCount: number;
  /** Those who wait for one. */
  readonly waitingCount: number;
  readonly options: { readonly max: number };
}

/** A pool that is timed while it is waited for. */
export interface TimedPool {
  readonly pool: ConnectionPool;
  /**
   * The least time in milliseconds that anybody has waited for a connection since this was asked last; 0
   * where nobody has. Where it is long, everybody waits, and not only those of a burst. Only waits for
   * others to give theirs back count: whoever opens one of their own has nobody before them.
   */
  leastWaitMs(): number;
}

/** The same pool, timed. */
export function timed(pool: BoundedPool, now = () => performance.now()): TimedPool {
  // In the order in which they began, which is that in which they are served.
  const waiting = new Set<{ readonly since: number }>();
  let least = Number.POSITIVE_INFINITY;
  const waitOf = async () => {
    const wait = { since: now() };
    waiting.add(wait);
    try {
      return await pool.connect();
    } finally {
      waiting.delete(wait);
      least = Math.min(least, now() - wait.since);
    }
  };
  return {
    pool: {
      connect: () => {
        if (isUsedUp(pool)) return waitOf();
        least = 0;
        return pool.connect();
      },
    },
    leastWaitMs: () => {
      const [oldest] = waiting;
      const waited = oldest === undefined ? 0 : now() - oldest.since;
      // Nobody was served meanwhile: it is as long at least as the first one waits.
      const answer = Number.isFinite(least) ? least : waited;
      least = Number.POSITIVE_INFINITY;
      return answer;
    },
  };
}

/** Whether all its connections are in use or promised. */
function isUsedUp({ totalCount, idleCount, waitingCount, options }: BoundedPool): boolean {
  return totalCount >= options.max && idleCount <= waitingCount;
}
