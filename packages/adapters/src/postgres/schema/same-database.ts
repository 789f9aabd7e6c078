import { err, ok, type Result } from 'neverthrow';
import type { DatabaseFault } from '../connection/database-fault.js';
import { createPool } from '../connection/pool.js';
import { query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import type { MigrationFailed } from './schema-client.js';

const WHICH = defineStatement<{ database: string }>()({
  name: 'which_database',
  // The name may be a pooler's own; a server has started at a moment of its own, to the microsecond.
  text: `
    select oid || ' since ' || pg_catalog.pg_postmaster_start_time() as database
    from pg_catalog.pg_database where datname = current_database()`,
});

/** Said of `DATABASE_DIRECT_URL`, by whoever finds it out. */
export const ANOTHER_DATABASE = {
  detail: 'DATABASE_DIRECT_URL leads to another database than DATABASE_URL',
  cure: 'name the server behind the pooler in DATABASE_DIRECT_URL, and the same database',
} as const;

/** Whether two addresses lead to one database: the locks and migrations of another are none of ours. */
export async function isSameDatabase(
  one: string,
  other: string,
): Promise<Result<boolean, DatabaseFault>> {
  const [here, there] = await Promise.all([databaseAt(one), databaseAt(other)]);
  return here.andThen((database) => there.map((another) => database === another));
}

/** Refuses a direct way to another database, before anything is changed there. */
export async function requireSameDatabase(
  connectionString: string,
  direct: string,
): Promise<Result<void, DatabaseFault | MigrationFailed>> {
  if (direct === connectionString) return ok();
  const same = await isSameDatabase(connectionString, direct);
  if (same.isErr()) return err(same.error);
  return same.value ? ok() : err({ type: 'MigrationFailed', ...ANOTHER_DATABASE });
}

async function databaseAt(connectionString: string): Promise<Result<string, DatabaseFault>> {
  const pool = createPool({ connectionString, applicationName: 'campusg-pay', max: 1 });
  try {
    return (await query({ pool }, WHICH)).map(([row]) => row?.database ?? '');
  } finally {
    await pool.end();
  }
}
