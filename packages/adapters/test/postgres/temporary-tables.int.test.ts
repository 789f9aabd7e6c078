import { expect, it } from 'vitest';
import { createPool } from '../../src/postgres/connection/pool.js';
import { testDatabase } from '../setup/database.js';

it("somebody's temporary table of a shared session does not hide ours", async () => {
  const { connectionString } = await testDatabase();
  const pool = createPool({
    connectionString,
    searchPath: 'public',
    applicationName: 'temporary',
    max: 1,
  });
  try {
    await pool.query('create temporary table payments (id text)');
    const { rows } = await pool.query(
      "select 'payments'::regclass = 'public.payments'::regclass as ours",
    );
    expect(rows).toEqual([{ ours: true }]);
  } finally {
    await pool.end();
  }
});
