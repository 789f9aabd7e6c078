import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import pg from 'pg';
import { type DatabaseFault, toDatabaseFault } from '../connection/database-fault.js';
import { connectionIn, quoteSchema } from '../connection/schema-name.js';
import { bind, defineStatement } from '../connection/statement.js';
import { enter } from '../connection/write-host.js';
import { loadMigrationTool } from './migration-tool.js';

/** Which database is brought up to date, and where in it. */
export interface MigrateOptions {
  /** `postgres://user:password@host:port/database`. A secret: it is never logged. */
  readonly connectionString: string;
  /** Gets what the migration tool says, at level debug; without it nothing is printed. */
  readonly log?: Logger;
  /**
   * Where our tables live, so that they meet nobody else's; made when it is missing. At most 63
   * letters, digits and underscores, no digit first. Tell it to all that opens connections of its own
   * as well: `openPool`, `migrationStatus`, `openShardLocks`.
   *
   * @default the first schema in the user's search path, which is mostly `public`
   */
  readonly schema?: string;
  /**
   * The folder with the migrations; another one is for tests.
   *
   * @default the package's own
   */
  readonly dir?: string;
}

/** A migration was refused by the database, or the files don't fit what has been applied. */
export interface MigrationFailed {
  readonly type: 'MigrationFailed';
  readonly detail: string;
}

export interface Migrated {
  /** What this call applied, oldest first; empty when there was nothing to do. */
  readonly applied: readonly string[];
  /** The newest migration that is in force now; undefined in a database without any. */
  readonly current: string | undefined;
}

export interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

const MIGRATIONS_TABLE = 'schema_migrations';

/**
 * Brings the database up to date, all pending migrations in one transaction: either all or none.
 * Several replicas may start at once: one migrates, the others wait for its lock and find nothing
 * left. A database that is ahead of us (an older release was rolled back to) is left as it is.
 *
 * Files are `migrations/000001_name.sql`, with the statements below `-- Up Migration` and the way
 * back below `-- Down Migration` (node-pg-migrate's own SQL form). The lock is a session's, so the
 * connection must not go through a pooler in transaction mode.
 */
export async function migrate(
  options: MigrateOptions,
): Promise<Result<Migrated, DatabaseFault | MigrationFailed>> {
  return withClient(options, async (client) => {
    const { schema, dir = ownMigrations(), log } = options;
    const before = await statusOf(client, options);
    if (before.pending.length === 0) return { applied: [], current: before.applied.at(-1) };
    // Loaded only now: the tool brings a TypeScript loader along and takes 0.2 s, which a start
    // with nothing to migrate need not wait for.
    const { runner } = await loadMigrationTool();
    const tell = (line: string) => log?.debug({ line }, 'migrate');
    const ran = await runner({
      dbClient: client,
      dir,
      // Everything that is not SQL, such as an editor's backup, is not ours to run.
      ignorePattern: '(?!.*\\.sql$).*',
      direction: 'up',
      migrationsTable: MIGRATIONS_TABLE,
      ...(schema === undefined ? {} : { schema, createSchema: !(await exists(client, schema)) }),
      singleTransaction: true,
      advisoryLockMode: 'wait',
      logger: { info: tell, warn: tell, error: tell },
    });
    const after = await statusOf(client, options);
    return { applied: ran.map(({ name }) => name), current: after.applied.at(-1) };
  });
}

/** Which migrations are in force and which wait; changes nothing, waits for no lock. */
export async function migrationStatus(
  options: Omit<MigrateOptions, 'log'>,
): Promise<Result<MigrationStatus, DatabaseFault | MigrationFailed>> {
  return withClient(options, (client) => statusOf(client, options));
}

async function statusOf(
  client: pg.Client,
  { dir = ownMigrations(), schema = 'public' }: MigrateOptions,
): Promise<MigrationStatus> {
  const files = await readdir(dir);
  const names = files.filter((file) => file.endsWith('.sql')).map((file) => file.slice(0, -4));
  const applied = await appliedNames(client, `${quoteSchema(schema)}.${MIGRATIONS_TABLE}`);
  return { applied, pending: names.filter((name) => !applied.includes(name)).sort() };
}

const TABLE_EXISTS = defineStatement()({
  name: 'migrations_table_exists',
  text: 'select to_regclass(:table) is not null as present',
});

async function appliedNames(client: pg.Client, table: string): Promise<string[]> {
  const found = await client.query<{ present: boolean }>(bind(TABLE_EXISTS, { table }));
  if (!found.rows[0]?.present) return [];
  const { rows } = await client.query<{ name: string }>(
    `select name from ${table} order by run_on, id`,
  );
  return rows.map(({ name }) => name);
}

const SCHEMA_EXISTS = defineStatement()({
  name: 'schema_exists',
  text: 'select to_regnamespace(:schema) is not null as present',
});

/** Whoever may create tables in a schema need not have the right to make schemas. */
async function exists(client: pg.Client, schema: string): Promise<boolean> {
  const found = await client.query<{ present: boolean }>(
    bind(SCHEMA_EXISTS, { schema: quoteSchema(schema) }),
  );
  return found.rows[0]?.present === true;
}

async function withClient<T>(
  { connectionString, schema }: Pick<MigrateOptions, 'connectionString' | 'schema'>,
  work: (client: pg.Client) => Promise<T>,
): Promise<Result<T, DatabaseFault | MigrationFailed>> {
  const entrances = connectionIn(schema, connectionString);
  let stage: 'connect' | 'execute' = 'connect';
  let end = async () => {};
  try {
    const { client } = await enter(entrances, newClient);
    end = () => client.end().catch(() => {});
    stage = 'execute';
    return ok(await work(client));
  } catch (error) {
    const fault = toDatabaseFault(error, stage);
    if (fault) return err(fault);
    const detail = error instanceof Error ? error.message : String(error);
    return err({ type: 'MigrationFailed', detail });
  } finally {
    await end();
  }
}

function newClient(host: pg.ClientConfig): { readonly client: pg.Client } {
  const client = new pg.Client({
    application_name: 'campusg-pay migrate',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...host,
  });
  // A connection that breaks also fails the statement that waits for it.
  client.on('error', () => {});
  return { client };
}

/**
 * The package's `migrations` folder, looked for from a folder within the package upwards: a flat
 * `dist/` or the sources. Throws when the installation lacks it.
 */
export function findMigrations(from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    if (!existsSync(join(folder, 'package.json'))) continue;
    const found = join(folder, 'migrations');
    if (existsSync(found)) return found;
    break;
  }
  throw new Error('The migrations folder of @campusg-pay/adapters is missing.');
}

function ownMigrations(): string {
  return findMigrations(dirname(fileURLToPath(import.meta.url)));
}
