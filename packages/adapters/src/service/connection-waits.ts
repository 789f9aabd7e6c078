import type { ConnectionPool } from '../postgres/connection/query.js';

/** A pool that is timed while it is waited for. */
export interface TimedPool {
  readonly pool: ConnectionPool;
  /**
   * The least time in milliseconds that anybody has waited for a connection since this was asked last; 0
   * where nobody has. Where it is long, everybody waits, and not only those of a burst.
   */
  leastWaitMs(): number;
}

/** The same pool, timed. */
export function timed(pool: ConnectionPool, now = () => performance.now()): TimedPool {
  // In the order in which they began, which is that in which they are served.
  const waiting = new Set<{ readonly since: number }>();
  let least = Number.POSITIVE_INFINITY;
  return {
    pool: {
      connect: async () => {
        const wait = { since: now() };
        waiting.add(wait);
        try {
          return await pool.connect();
        } finally {
          waiting.delete(wait);
          least = Math.min(least, now() - wait.since);
        }
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
