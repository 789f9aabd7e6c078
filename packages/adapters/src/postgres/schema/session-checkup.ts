import { err, ok, type Result } from 'neverthrow';
import { type DatabaseFault, toDatabaseFault } from '../connection/database-fault.js';
import { createPool } from '../connection/pool.js';
import { connectionIn } from '../connection/schema-name.js';
import { SessionClient, sessionRoute } from '../connection/session-client.js';
import { sessionSettings } from '../connection/session-settings.js';
import { enter } from '../connection/write-host.js';
import { findOurSchema } from './our-schema.js';
import { checkWritable } from './readiness.js';

/** Longest wait for the connection, and for each answer on it. */
const ANSWER_WITHIN_MS = 5_000;

/** Whether a pooler stands before the database. */
export async function isPooled(connectionString: string): Promise<Result<boolean, DatabaseFault>> {
  const limits = { statementTimeoutMs: 0, lockTimeoutMs: 0, idleInTransactionMs: 0 };
  const route = sessionRoute(sessionSettings(null, limits));
  try {
    const entered = await enter(connectionIn(undefined, connectionString), route, (host) => ({
      client: new SessionClient(route, {
        connectionTimeoutMillis: ANSWER_WITHIN_MS,
        ...host,
        query_timeout: ANSWER_WITHIN_MS,
      }),
    }));
    const { client } = entered;
    await client.end();
    return ok(client.isPooled);
  } catch (error) {
    const fault = toDatabaseFault(error, 'connect');
    if (fault === undefined) throw error;
    return err(fault);
  }
}

/** Whether the database takes what a command writes, as the service would send it. */
export async function tryWriting(connectionString: string): Promise<Result<void, DatabaseFault>> {
  const found = await findOurSchema(connectionString);
  if (found.isErr()) return err(found.error);
  const searchPath = found.value;
  const pool = createPool({ connectionString, searchPath, applicationName: 'campusg-pay doctor' });
  try {
    return await checkWritable({ pool });
  } finally {
    await pool.end();
  }
}
