import { describe, expect, it } from 'vitest';
import type { PooledConnection } from '../../src/postgres/connection/query.js';
import { timed } from '../../src/service/connection-waits.js';

/** A pool that serves when the test says so, and time that the test moves. All its connections are in use. */
function slowPool(most = { totalCount: 2, idleCount: 0, options: { max: 2 } }) {
  let now = 0;
  const queue: ((connection: PooledConnection) => void)[] = [];
  const connect = () => new Promise<PooledConnection>((resolve) => queue.push(resolve));
  const { pool, leastWaitMs } = timed(
    {
      connect,
      ...most,
      get waitingCount() {
        return queue.length;
      },
    },
    () => now,
  );
  const served: Promise<unknown>[] = [];
  return {
    leastWaitMs,
    ask: () => {
      served.push(pool.connect());
    },
    pass: (ms: number) => {
      now += ms;
    },
    serve: async () => {
      queue.shift()?.({} as PooledConnection);
      await served.shift();
    },
  };
}

describe('the wait for a connection', () => {
  it('is none while nobody asks', () => {
    expect(slowPool().leastWaitMs()).toBe(0);
  });

  it('is that of whoever waited least, and is counted anew each time it was asked', async () => {
    const { ask, pass, serve, leastWaitMs } = slowPool();
    ask();
    pass(30);
    ask();
    pass(10);
    await serve();
    await serve();
    expect(leastWaitMs()).toBe(10);
    expect(leastWaitMs()).toBe(0);
  });

  it('is that of the first in the queue where nobody is served', () => {
    const { ask, pass, leastWaitMs } = slowPool();
    ask();
    pass(70);
    ask();
    pass(30);
    expect(leastWaitMs()).toBe(100);
    expect(leastWaitMs()).toBe(100);
  });

  it.each([
    ['opens a connection of their own', { totalCount: 1, idleCount: 0, options: { max: 2 } }],
    ['gets one that is idle', { totalCount: 2, idleCount: 1, options: { max: 2 } }],
  ])('is none for whoever %s, however long that takes', async (_how, most) => {
    const { ask, pass, serve, leastWaitMs } = slowPool(most);
    ask();
    pass(400);
    expect(leastWaitMs()).toBe(0);
    await serve();
    expect(leastWaitMs()).toBe(0);
  });

  it('counts for whoever comes when the idle ones are promised to others', async () => {
    const { ask, pass, leastWaitMs } = slowPool({
      totalCount: 2,
      idleCount: 1,
      options: { max: 2 },
    });
    ask();
    leastWaitMs();
    ask();
    pass(60);
    expect(leastWaitMs()).toBe(60);
  });
});
