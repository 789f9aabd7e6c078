import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/postgres/embedded/embedded.js';
import { liveOwner } from '../../src/postgres/embedded/owner.js';
import { migrate } from '../../src/postgres/schema/migrate.js';
import { admin, urlOfDatabase } from './admin.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's URL of the run's server, and the migrated database to clone. */
    postgres: { adminUrl: string; template: string };
  }
}

/**
 * One server for the whole run, or the one of TEST_DATABASE_URL, with one migrated template
 * database. It ends with this process in whatever way that dies; see startEmbeddedPostgres.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await openServer(process.env.TEST_DATABASE_URL);
  // Unique, so that several runs can share one given server.
  const template = `campusg_template_${process.pid}_${Date.now().toString(36)}`;
  await createTemplate(server.adminUrl, template);
  project.provide('postgres', { adminUrl: server.adminUrl, template });
  return async () => {
    if (server.shared) await dropAll(server.adminUrl, template);
    await server.close();
  };
}

interface TestServer {
  readonly adminUrl: string;
  readonly shared: boolean;
  close(): Promise<void>;
}

async function openServer(given: string | undefined): Promise<TestServer> {
  if (given !== undefined && given !== '') {
    return { adminUrl: given, shared: true, close: async () => {} };
  }
  await removeStaleFolders();
  const dataDir = await mkdtemp(folderPrefix);
  const started = await startEmbeddedPostgres({ dataDir, durable: false });
  if (started.isErr()) throw new Error(`No test database: ${JSON.stringify(started.error)}`);
  const { connectionString, close } = started.value;
  return {
    adminUrl: connectionString,
    shared: false,
    close: async () => {
      await close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const folderPrefix = join(tmpdir(), 'campusg-pay-test-');

/** A killed run's server is gone with it, but its folder stays. */
async function removeStaleFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const folder = join(tmpdir(), name);
    if (!folder.startsWith(folderPrefix) || !existsSync(join(folder, 'owner.json'))) continue;
    if ((await liveOwner(folder)) !== undefined) continue;
    await rm(folder, { recursive: true, force: true });
  }
}

async function createTemplate(adminUrl: string, template: string): Promise<void> {
  await admin(adminUrl, `create database ${template}`);
  const migrated = await migrate({ connectionString: urlOfDatabase(adminUrl, template) });
  if (migrated.isErr()) throw new Error(`Migrations failed: ${JSON.stringify(migrated.error)}`);
  // Cloning fails while anybody is connected to the template.
  await admin(adminUrl, `alter database ${template} with allow_connections false`);
}

/** The template and its clones, of which a killed worker may have left some. */
async function dropAll(adminUrl: string, template: string): Promise<void> {
  const left = await admin<{ name: string }>(
    adminUrl,
    `select datname as name from pg_database where starts_with(datname, '${template}')`,
  );
  for (const { name } of left) await admin(adminUrl, `drop database ${name} with (force)`);
}
