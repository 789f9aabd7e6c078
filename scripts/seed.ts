// Fills an empty database with payments and their whole history, as fast as Postgres takes them: 10 million
// to see how everything does at that size. Never one that holds anything.
//
//   npm run seed -- --payments 1000000 --database postgres://... [--days 365]

import { parseArgs } from 'node:util';
import { createPool } from '../packages/adapters/src/postgres/connection/pool.js';
import { migrate } from '../packages/adapters/src/postgres/schema/migrate.js';
import { NotEmpty, seed } from './seed/seed.js';

const { values } = parseArgs({
  options: {
    payments: { type: 'string' },
    database: { type: 'string' },
    days: { type: 'string', default: '365' },
  },
});
const payments = Number(values.payments);
const days = Number(values.days);
const { database: connectionString } = values;
const isCount = (count: number) => Number.isSafeInteger(count) && count > 0;
if (connectionString === undefined || !isCount(payments) || payments < 100 || !isCount(days)) {
  console.error(
    'usage: npm run seed -- --payments <100 or more> --database <postgres://...> [--days <365>]',
  );
  process.exit(2);
}

const began = performance.now();
const seconds = () => `${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s`;
const migrated = await migrate({ connectionString });
if (migrated.isErr()) {
  console.error(`The database could not be migrated: ${migrated.error.type}.`);
  process.exit(1);
}
const DAY_MS = 86_400_000;
const pool = createPool({
  connectionString,
  applicationName: 'campusg-pay seed',
  max: 1,
  statementTimeoutMs: DAY_MS,
  lockTimeoutMs: 5_000,
});
const client = await pool.connect();
try {
  const wanted = { payments, days, now: new Date() };
  const { rows } = await seed(client, wanted, (what) => console.log(`${seconds()}  ${what}`));
  const sizes = await client.query<{ table: string; table_size: string; index_size: string }>(
    `select relname as table, pg_size_pretty(pg_table_size(oid)) as table_size,
       pg_size_pretty(pg_indexes_size(oid)) as index_size
     from pg_class where relname = any($1) and relkind = 'r'
       and relnamespace = current_schema()::regnamespace
     order by pg_total_relation_size(oid) desc`,
    [Object.keys(rows)],
  );
  console.table(
    sizes.rows.map((size) => ({
      table: size.table,
      rows: rows[size.table],
      size: size.table_size,
      indexes: size.index_size,
    })),
  );
  const whole = await client.query<{ size: string }>(
    'select pg_size_pretty(pg_database_size(current_database())) as size',
  );
  console.log(`${payments} payments in ${seconds().trim()}, ${whole.rows[0]?.size} on disk`);
} catch (error) {
  if (!(error instanceof NotEmpty)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  client.release();
  await pool.end();
}
