import { join } from 'node:path';
import type { CallLimits, Logger } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type { DatabaseFault } from '../postgres/connection/database-fault.js';
import { createPool } from '../postgres/connection/pool.js';
import type { Database } from '../postgres/connection/query.js';
import { findEmbeddedPostgres } from '../postgres/embedded/attachment.js';
import { migrationStatus } from '../postgres/schema/migrate.js';
import { findOurSchema } from '../postgres/schema/our-schema.js';
import type { MigrationFailed } from '../postgres/schema/schema-client.js';
import type { StripeConnection } from '../stripe/connection.js';
import type { Config } from './config.js';
import { openStripe } from './gateway-access.js';
import type { NotInstalled } from './optional-package.js';
import type { NothingToAttachTo } from './part-error.js';
import type { LockPlace } from './relay-wiring.js';
import { findSandboxAccess } from './sandbox-access.js';

export interface AttachedDatabase {
  readonly db: Database;
  /** Where a session keeps its locks: directly where the configuration says how. */
  readonly locksAt: LockPlace;
  close(): Promise<void>;
}

export type AttachError = NothingToAttachTo | DatabaseFault | MigrationFailed | NotInstalled;

/** A person waits for the answer, and a report may have to read all there is. */
const STATEMENT_TIMEOUT_MS = 120_000;

/** The URL of the configured database, or of the embedded one that a running service has. */
export async function findDatabase(config: Config): Promise<Result<string, NothingToAttachTo>> {
  const { databaseUrl, dataDir } = config;
  const url = databaseUrl ?? (await findEmbeddedPostgres(join(dataDir, 'postgres')));
  return url === null ? err({ type: 'EmbeddedNotRunning', dataDir }) : ok(url);
}

/** Connects to the database of a service that may be running meanwhile. */
export async function attachDatabase(
  config: Config,
  log: Logger,
): Promise<Result<AttachedDatabase, AttachError>> {
  const found = await findDatabase(config);
  if (found.isErr()) return err(found.error);
  const connectionString = found.value;
  const schema = await findOurSchema(connectionString);
  if (schema.isErr()) return err(schema.error);
  const searchPath = schema.value;
  const status = await migrationStatus({ connectionString, searchPath });
  if (status.isErr()) return err(status.error);
  const { pending } = status.value;
  if (pending.length > 0) return err({ type: 'SchemaBehind', pending });
  const pool = createPool({
    connectionString,
    searchPath,
    applicationName: 'campusg-pay cli',
    max: 4,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    log,
  });
  const locksAt = { connectionString: config.databaseDirectUrl ?? connectionString, searchPath };
  return ok({ db: { pool }, locksAt, close: () => pool.end() });
}

/** Stripe, or the embedded sandbox that a running service has. */
export async function attachGateway(
  config: Config,
  log: Logger,
  limits: CallLimits | null,
): Promise<Result<StripeConnection, NothingToAttachTo | NotInstalled>> {
  const access = await stripeAccess(config);
  if (access.isErr()) return err(access.error);
  return openStripe(access.value, { config, log, limits, onCall: () => {} });
}

/** Which Stripe is meant, and how it is entered. */
export async function stripeAccess(
  config: Config,
): Promise<
  Result<{ readonly secretKey: string; readonly apiBase: URL | null }, NothingToAttachTo>
> {
  if (config.stripe !== null) return ok(config.stripe);
  const { dataDir } = config;
  const access = await findSandboxAccess(dataDir);
  if (access === null) return err({ type: 'SandboxNotRunning', dataDir });
  return ok({ secretKey: access.secretKey, apiBase: new URL(access.url) });
}
