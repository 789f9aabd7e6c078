import type { Result } from 'neverthrow';
import type pg from 'pg';
import { afterEach } from 'vitest';
import type { DatabaseFault } from '../../src/postgres/connection/database-fault.js';
import { createPool, type PoolOptions } from '../../src/postgres/connection/pool.js';
import type { ConstraintViolated } from '../../src/postgres/connection/query.js';
import { defineStatement } from '../../src/postgres/connection/statement.js';
import { testDatabase } from './database.js';

/** Where the tests of the pool play: a table, a function that fails and one that locks. */
export const { connectionString, pool: admin } = await testDatabase();

await admin.query(`
  create table things (id int constraint things_pkey primary key, size int constraint small check (size < 10));
  create function raise_state(state text) returns void language plpgsql as
    $$ begin raise exception using errcode = state; end $$;
  create function lock_both(first int, second int) returns void language plpgsql as $$ begin
    perform from things where id = first for update;
    perform pg_sleep(0.3);
    perform from things where id = second for update;
  end $$;`);

const pools: pg.Pool[] = [];
/** What the pools said about broken idle connections. */
export const lost: object[] = [];
const silent = { debug: () => {}, info: () => {}, error: () => {} };

afterEach(async () => {
  for (const pool of pools.splice(0)) if (!pool.ending) await pool.end();
  await admin.query('truncate things');
  lost.splice(0);
});

/** A pool that ends with its test. */
export function open(options: Partial<PoolOptions> = {}): pg.Pool {
  const pool = createPool({
    connectionString,
    applicationName: 'pool test',
    log: { ...silent, warn: (facts) => lost.push(facts) },
    ...options,
  });
  pools.push(pool);
  return pool;
}

export const one = defineStatement<{ one: number }>()({ name: 'one', text: 'select 1 as one' });
export const pid = defineStatement<{ pid: number }>()({
  name: 'pid',
  text: 'select pg_backend_pid() as pid',
});
export const sleep = defineStatement()({ name: 'sleep', text: 'select pg_sleep(:seconds)' });
export const raise = defineStatement()({ name: 'raise', text: 'select raise_state(:state)' });
export const insert = defineStatement<{ id: number }>()({
  name: 'insert thing',
  text: 'insert into things (id, size) values (:id, :size) returning id',
  constraints: ['things_pkey', 'small'],
});

export async function faultOf(
  answer: Promise<Result<unknown, DatabaseFault | ConstraintViolated<string>>>,
): Promise<DatabaseFault> {
  const error = (await answer)._unsafeUnwrapErr();
  if (error.type !== 'DatabaseUnavailable') throw new Error(`Not a fault: ${error.type}`);
  return error;
}
