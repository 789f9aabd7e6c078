import { err, ok, type Result } from 'neverthrow';
import type pg from 'pg';
import { type DatabaseFault, toDatabaseFault } from '../connection/database-fault.js';
import { SessionClient, type SessionRoute, sessionRoute } from '../connection/session-client.js';
import { sessionSettings } from '../connection/session-settings.js';
import { bindUnnamed, defineStatement } from '../connection/statement.js';
import { valueTypes } from '../connection/value-parsers.js';
import { enter, entrancesOf } from '../connection/write-host.js';

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

/** Longer than any answer to this may take. */
const ANSWER_WITHIN_MS = 10_000;

const LIMITS = {
  statementTimeoutMs: ANSWER_WITHIN_MS,
  lockTimeoutMs: ANSWER_WITHIN_MS,
  idleInTransactionMs: ANSWER_WITHIN_MS,
};

/** Looks at the database: whether it answers, how quickly, and what time it has. */
export async function checkDatabase(
  connectionString: string,
): Promise<Result<DatabaseCheckup, DatabaseFault>> {
  const route = sessionRoute(sessionSettings(null, LIMITS));
  let stage: 'connect' | 'execute' = 'connect';
  let end = async () => {};
  try {
    const { client } = await enter(entrancesOf(connectionString), route, newClientOf(route));
    end = () => client.end().catch(() => {});
    stage = 'execute';
    return ok(await measure(client));
  } catch (error) {
    const fault = toDatabaseFault(error, stage);
    if (fault === undefined) throw error;
    return err(fault);
  } finally {
    await end();
  }
}

async function measure(client: SessionClient): Promise<DatabaseCheckup> {
  const statement = { name: '', ...bindUnnamed(TIME), types: valueTypes };
  const ask = async () => (await client.run(statement)).rows as { now: Date; version: string }[];
  // The first one after the greeting may be slower than those that follow.
  await ask();
  const taken: number[] = [];
  let last = { aheadMs: 0, version: '' };
  for (let round = 0; round < ROUND_TRIPS; round += 1) {
    const [since, sentAt] = [performance.now(), Date.now()];
    const [row] = await ask();
    const tookMs = performance.now() - since;
    taken.push(tookMs);
    if (row === undefined) throw new Error('bug: a select without a table has one row');
    last = { aheadMs: row.now.getTime() - (sentAt + tookMs / 2), version: row.version };
  }
  const [latencyMs = 0] = taken.toSorted((a, b) => a - b).slice(Math.floor(ROUND_TRIPS / 2));
  return { latencyMs, ...last };
}

/** Not from a pool, which forgets a connection that was refused, and leaves it open at the server. */
function newClientOf(route: SessionRoute) {
  return (host: pg.ClientConfig) => ({
    client: new SessionClient(route, {
      application_name: 'campusg-pay doctor',
      connectionTimeoutMillis: 5_000,
      ...host,
      query_timeout: ANSWER_WITHIN_MS,
    }),
  });
}
