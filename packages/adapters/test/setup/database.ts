import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, inject } from 'vitest';
import { createPool } from '../../src/postgres/connection/pool.js';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/postgres/embedded/embedded.js';
import { migrate } from '../../src/postgres/schema/migrate.js';
import { admin, urlOfDatabase } from './admin.js';
import './global.js';

/** A migrated database of its own. */
export interface TestDatabase {
  readonly connectionString: string;
  readonly pool: pg.Pool;
  /** Ends the pool and drops the database; `testDatabase` does it after the file by itself. */
  drop(): Promise<void>;
}

const opened: { drop(): Promise<unknown> }[] = [];

// Here and not in `testDatabase`, as Vitest ignores hooks that are added once tests run. The first
// to be added runs last, after the file's own.
afterAll(async () => {
  for (const database of opened) await database.drop();
});

/**
 * Clones the migrated template into a fresh database (some 30 ms) and drops it after the test
 * file. Call it anywhere: at the top of a file, in `beforeAll`, in a test.
 */
export async function testDatabase({ max = 10 } = {}): Promise<TestDatabase> {
  const { adminUrl, template } = inject('postgres');
  const name = `${template}_${process.pid}_${opened.length}`;
  const connectionString = urlOfDatabase(adminUrl, name);
  const pool = createPool({
    connectionString,
    applicationName: name,
    max,
  });
  let dropping: Promise<void> | undefined;
  const drop = () => {
    dropping ??= endAndDrop(pool, adminUrl, name);
    return dropping;
  };
  const database = { connectionString, pool, drop };
  opened.push(database);
  await admin(adminUrl, `create database ${name} template ${template}`);
  return database;
}

/** An empty database, without even our tables; dropped after the test file. */
export async function emptyDatabase(): Promise<Pick<TestDatabase, 'connectionString'>> {
  const { adminUrl, template } = inject('postgres');
  const name = `${template}_${process.pid}_${opened.length}`;
  opened.push({ drop: () => admin(adminUrl, `drop database if exists ${name} with (force)`) });
  await admin(adminUrl, `create database ${name} template template0`);
  return { connectionString: urlOfDatabase(adminUrl, name) };
}

/** A server of its own that keeps its promises, to be killed and started again. */
export interface DurablePostgres extends EmbeddedPostgres {
  /** Starts again on the same data after the server ended or was killed. */
  restart(): Promise<DurablePostgres>;
  /** Stops the server and deletes its data. */
  destroy(): Promise<void>;
}

/** Starts a migrated server with fsync on in a folder of its own (some 0.8 s). */
export async function startDurablePostgres(): Promise<DurablePostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'campusg-pay-test-'));
  const server = await startDurableIn(dataDir);
  const migrated = await migrate({ connectionString: server.connectionString });
  if (migrated.isErr()) throw new Error(`Migrations failed: ${JSON.stringify(migrated.error)}`);
  return server;
}

async function startDurableIn(dataDir: string): Promise<DurablePostgres> {
  const started = await startEmbeddedPostgres({ dataDir });
  if (started.isErr()) throw new Error(`No test database: ${JSON.stringify(started.error)}`);
  const server = started.value;
  return {
    ...server,
    restart: async () => {
      await server.close();
      return startDurableIn(dataDir);
    },
    destroy: async () => {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function endAndDrop(pool: pg.Pool, adminUrl: string, name: string): Promise<void> {
  if (!pool.ending) await pool.end();
  await admin(adminUrl, `drop database if exists ${name} with (force)`);
}
