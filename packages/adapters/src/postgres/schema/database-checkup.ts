import { err, type Result } from 'neverthrow';
import type { DatabaseFault } from '../connection/database-fault.js';
import { createPool } from '../connection/pool.js';
import { query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

/** What a look at the database found. */
export interface DatabaseCheckup {
  /** Of one round trip on an open connection, the median of a few. */
  readonly latencyMs: number;
  /** How far its clock is ahead of ours, give or take half a round trip. */
  readonly aheadMs: number;
  /** e.g. `18.1`. */
  readonly version: string;
}

const TIME = defineStatement<{ now: Date; version: string }>()({
  name: 'time_and_version',
  text: `select clock_timestamp() as now, current_setting('server_version') as version`,
});

const ROUND_TRIPS = 5;

/** Looks at the database: whether it answers, how quickly, and what time it has. */
export async function checkDatabase(
  connectionString: string,
): Promise<Result<DatabaseCheckup, DatabaseFault>> {
  const pool = createPool({
    connectionString,
    applicationName: 'campusg-pay doctor',
    max: 1,
  });
  try {
    const opened = await query({ pool }, TIME);
    if (opened.isErr()) return err(opened.error);
    const taken: number[] = [];
    let last = { aheadMs: 0, version: '' };
    for (let round = 0; round < ROUND_TRIPS; round += 1) {
      const [since, sentAt] = [performance.now(), Date.now()];
      const answer = await query({ pool }, TIME);
      if (answer.isErr()) return err(answer.error);
      const tookMs = performance.now() - since;
      taken.push(tookMs);
      const [row] = answer.value;
      if (row === undefined) throw new Error('bug: a select without a table has one row');
      last = { aheadMs: row.now.getTime() - (sentAt + tookMs / 2), version: row.version };
    }
    const [latencyMs = 0] = taken.toSorted((a, b) => a - b).slice(Math.floor(ROUND_TRIPS / 2));
    return opened.map(() => ({ latencyMs, ...last }));
  } finally {
    await pool.end();
  }
}
