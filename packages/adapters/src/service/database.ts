import { join } from 'node:path';
import type { Logger } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type { DatabaseFault } from '../postgres/connection/database-fault.js';
import { createPool } from '../postgres/connection/pool.js';
import type { Database } from '../postgres/connection/query.js';
import { type EmbeddedError, startEmbeddedPostgres } from '../postgres/embedded/embedded.js';
import { migrate, migrationStatus } from '../postgres/schema/migrate.js';
import { findOurSchema } from '../postgres/schema/our-schema.js';
import { requireSameDatabase } from '../postgres/schema/same-database.js';
import type { MigrationFailed } from '../postgres/schema/schema-client.js';
import { checkRights } from '../postgres/schema/table-rights.js';
import type { Config } from './config.js';
import { timed } from './connection-waits.js';
import { noteServerEvent, warnOfOpenFolder } from './embedded-notes.js';

/** The configured database or the embedded one, migrated. */
export async function openDatabase(config: Config, log: Logger, onQuery?: (name: string) => void) {
  const server = await openServer(config, log);
  if (server.isErr()) return err(server.error);
  const { connectionString, close } = server.value;
  const direct = config.databaseDirectUrl ?? connectionString;
  const migrated = await bringUpToDate({ connectionString, direct, config }, log);
  if (migrated.isErr()) {
    await close();
    return err(migrated.error);
  }
  const searchPath = migrated.value;
  const pool = createPool({
    connectionString,
    searchPath,
    applicationName: 'campusg-pay',
    max: config.databasePoolSize,
    log,
  });
  const { pool: connections, leastWaitMs } = timed(pool);
  const db: Database =
    onQuery === undefined ? { pool: connections } : { pool: connections, onQuery };
  return ok({
    db,
    leastWaitMs,
    locksAt: { connectionString: direct, searchPath },
    embedded: server.value.embedded,
    close: async () => {
      await pool.end();
      await close();
    },
  });
}

interface OpenServer {
  readonly connectionString: string;
  readonly embedded: readonly string[];
  close(): Promise<void>;
}

async function openServer(config: Config, log: Logger): Promise<Result<OpenServer, EmbeddedError>> {
  const { databaseUrl } = config;
  if (databaseUrl !== null) {
    return ok({ connectionString: databaseUrl, embedded: [], close: async () => {} });
  }
  const dataDir = join(config.dataDir, 'postgres');
  const started = await startEmbeddedPostgres({
    dataDir,
    log: (line) => log.debug({ line }, 'postgres'),
    onEvent: (event) => noteServerEvent(event, { log, dataDir }),
  });
  await warnOfOpenFolder(config.dataDir, log);
  return started.map(({ connectionString, dataDir: place, port, close }) => ({
    connectionString,
    embedded: [`Postgres on port ${port}, data in ${place}`],
    close,
  }));
}

/**
 * Migrates only when something is pending, so that the service's own role needs no more rights. Answers
 * the schema of our tables.
 */
async function bringUpToDate(
  {
    connectionString,
    direct,
    config,
  }: { readonly connectionString: string; readonly direct: string; readonly config: Config },
  log: Logger,
): Promise<Result<string | undefined, DatabaseFault | MigrationFailed>> {
  const same = await requireSameDatabase(connectionString, direct);
  if (same.isErr()) return err(same.error);
  const found = await findOurSchema(connectionString);
  if (found.isErr()) return err(found.error);
  const searchPath = found.value;
  const status = await migrationStatus({ connectionString, searchPath });
  if (status.isErr()) return err(status.error);
  const { pending, newer } = status.value;
  if (newer.length > 0) log.warn({ newer }, 'the database is of a newer release than this one');
  if (pending.length > 0) {
    const migrated = await migrate({ connectionString: direct, searchPath, log });
    if (migrated.isErr()) return err(migrated.error);
    log.info({ applied: migrated.value.applied }, 'database migrated');
  }
  const archives = config.archive !== null;
  const rights = await checkRights({ connectionString, searchPath }, 'service', archives);
  return rights.map(() => searchPath);
}
