import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createPool } from '../../src/postgres/connection/pool.js';
import { query } from '../../src/postgres/connection/query.js';
import { defineStatement } from '../../src/postgres/connection/statement.js';
import { testDatabase } from '../setup/database.js';

const SLOW = defineStatement<{ done: number }>()({
  name: 'slow_statement',
  text: 'select 1 as done from pg_sleep(0.3)',
});

describe('a pool that is ended while more statements wait than it has connections', () => {
  it.each([
    ['with a limit to the waiting', 5_000],
    ['without one', 0],
  ])('settles every one of them, %s', async (_, connectionTimeoutMs) => {
    const { connectionString } = await testDatabase();
    const pool = createPool({
      connectionString,
      applicationName: 'ending',
      max: 2,
      connectionTimeoutMs,
    });
    const asked = Array.from({ length: 10 }, () => query({ pool }, SLOW));
    await sleep(100);
    const began = performance.now();
    const ended = pool.end();
    const settled = await Promise.race([Promise.all(asked), sleep(3_000, null)]);
    expect(settled, 'every statement came to an end').not.toBeNull();
    await ended;
    expect(performance.now() - began).toBeLessThan(3_000);
    for (const one of settled ?? []) {
      if (one.isOk()) expect(one.value).toEqual([{ done: 1 }]);
      else expect(one.error).toMatchObject({ type: 'DatabaseUnavailable' });
    }
    // What comes afterwards is told so too.
    const late = await query({ pool }, SLOW);
    expect(late._unsafeUnwrapErr().type).toBe('DatabaseUnavailable');
  });
});
