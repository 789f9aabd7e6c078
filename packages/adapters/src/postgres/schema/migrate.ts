import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import type pg from 'pg';
import type { DatabaseFault } from '../connection/database-fault.js';
import { quoteSchema } from '../connection/schema-name.js';
import { loadMigrationTool } from './migration-tool.js';
import { type MigrationFailed, withClient } from './schema-client.js';
import {
  findSchema,
  MIGRATIONS_TABLE,
  newerThan,
  requireMayMigrate,
  requireNobodysTables,
  requireOurRecord,
  requireOwnTables,
  type SchemaLook,
  tablesMadeBy,
} from './schema-look.js';

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

export interface Migrated {
  /** What this call applied, oldest first; empty when there was nothing to do. */
  readonly applied: readonly string[];
  /** The newest migration that is in force now; undefined in a database without any. */
  readonly current: string | undefined;
}

export interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** Of those applied, what a newer release brought: this one was rolled back to, or is on its way out. */
  readonly newer: readonly string[];
}

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
    const { look, record, status: before } = await statusOf(client, options);
    if (before.pending.length === 0) return { applied: [], current: before.applied.at(-1) };
    if (look !== null) requireMayMigrate(look);
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
      ...(schema === undefined ? {} : { schema, createSchema: look === null }),
      ...(record === null ? {} : { migrationsSchema: record.schema }),
      singleTransaction: true,
      advisoryLockMode: 'wait',
      logger: { info: tell, warn: tell, error: tell },
    });
    const { status: after } = await statusOf(client, options);
    return { applied: ran.map(({ name }) => name), current: after.applied.at(-1) };
  });
}

/** Which migrations are in force and which wait; changes nothing, waits for no lock. */
export async function migrationStatus(
  options: Omit<MigrateOptions, 'log'>,
): Promise<Result<MigrationStatus, DatabaseFault | MigrationFailed>> {
  return withClient(options, async (client) => (await statusOf(client, options)).status);
}

interface Standing {
  /** Where our tables are, or will be; null where the schema is to be made. */
  readonly look: SchemaLook | null;
  /** Where is noted what has been applied. */
  readonly record: SchemaLook | null;
  readonly status: MigrationStatus;
}

async function statusOf(
  client: pg.Client,
  { dir = ownMigrations(), schema }: MigrateOptions,
): Promise<Standing> {
  const files = await readdir(dir);
  const names = files.filter((file) => file.endsWith('.sql')).map((file) => file.slice(0, -4));
  const { look, record, applied } = await atOneMoment(client, async () => {
    const found = await findSchema(client, schema);
    const noted = found.record === null ? [] : await appliedNames(client, found.record);
    return { ...found, applied: noted };
  });
  const newer = newerThan(names, applied, record?.schema ?? '');
  const pending = names.filter((name) => !applied.includes(name)).sort();
  if (look !== null) {
    const ours = names.filter((name) => applied.includes(name));
    requireNobodysTables(look, await tablesMadeBy(dir, pending), applied);
    requireOwnTables(look, await tablesMadeBy(dir, ours));
  }
  return { look, record, status: { applied, pending, newer } };
}

/** Tables and what is noted of them must fit, also while another replica migrates. */
async function atOneMoment<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin isolation level repeatable read read only');
  try {
    return await work();
  } finally {
    // Where even that fails the connection is broken, and whoever uses it next is told.
    await client.query('rollback').catch(() => {});
  }
}

async function appliedNames(client: pg.Client, look: SchemaLook): Promise<string[]> {
  requireOurRecord(look);
  if (!look.tables.includes(MIGRATIONS_TABLE)) return [];
  const table = `${quoteSchema(look.schema)}.${MIGRATIONS_TABLE}`;
  const { rows } = await client.query<{ name: string }>(
    `select name from ${table} order by run_on, id`,
  );
  return rows.map(({ name }) => name);
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
