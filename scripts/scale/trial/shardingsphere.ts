import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { migrate } from '../../../packages/adapters/src/postgres/schema/migrate.js';
import {
  type PostgresServer,
  startPostgres,
} from '../../../packages/adapters/test/setup/postgres-server.js';
import { freePort } from '../../../packages/adapters/test/setup/wire.js';
import type { Engine } from './judge.js';
import { keyOf, type Row, readState, SHARDED, type State, writeState } from './state.js';

const run = promisify(execFile);
const pom = fileURLToPath(new URL('./shardingsphere.xml', import.meta.url));
const cached = fileURLToPath(new URL('../../../.cache/shardingsphere-classpath', import.meta.url));

const SERVERS = 2;

export interface ShardingSphere extends Engine {
  readonly servers: readonly PostgresServer[];
  readonly pid: number;
  close(): Promise<void>;
}

/** A ShardingSphere-Proxy before two Postgres. Java 17 and Maven are needed. */
export async function startShardingSphere(): Promise<ShardingSphere> {
  const jars = await classpath();
  const servers = await Promise.all(Array.from({ length: SERVERS }, () => startPostgres()));
  for (const { connectionString } of servers) (await migrate({ connectionString }))._unsafeUnwrap();
  const clients = await Promise.all(servers.map(connected));
  await makeShards(clients);
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-shardingsphere-'));
  // The proxy listens on all addresses of the machine and can't be told not to.
  const password = randomBytes(18).toString('base64url');
  await writeFile(join(folder, 'server.yaml'), serverYaml(password));
  await writeFile(join(folder, 'config-sharding.yaml'), shardingYaml(servers));
  await writeFile(join(folder, 'logback.xml'), LOGBACK);
  const port = await freePort();
  const flags = ['-Xms256m', '-Xmx768m', '-cp', `${folder}${delimiter}${jars}`];
  const args = [...flags, 'org.apache.shardingsphere.proxy.Bootstrap', String(port), folder];
  const child = spawn('java', args, { stdio: 'ignore' });
  process.once('exit', () => child.kill('SIGKILL'));
  const connectionString = `postgres://root:${password}@127.0.0.1:${port}/campusg_pay`;
  await answering(child, connectionString);
  return {
    servers,
    pid: child.pid ?? 0,
    connectionString,
    load: async (state) => {
      for (const [n, client] of clients.entries()) {
        const part = partOf(state, n, clients.length);
        await client.query(`truncate ${[...part.keys()].join(', ')} cascade`);
        await writeState(client, part);
      }
    },
    dump: async (tables) => {
      const parts = await Promise.all(
        clients.map((client, n) => readState(client, n === 0 ? tables : Object.keys(SHARDED))),
      );
      return new Map(
        tables.map((table) => [
          table,
          parts.flatMap((part, n) => (part.get(table) ?? []).map((row) => placed(table, row, n))),
        ]),
      );
    },
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      for (const client of clients) await client.end();
      for (const server of servers) await server.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function connected({ connectionString }: PostgresServer): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Tables that are not shared out are on the first one only, and refer to nothing that is. */
async function makeShards(clients: readonly pg.Client[]): Promise<void> {
  for (const client of clients) {
    const { rows } = await client.query<{ drop: string }>(
      `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop
       from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace
         and not conrelid::regclass::text = any($1)`,
      [Object.keys(SHARDED)],
    );
    for (const { drop } of rows) await client.query(drop);
  }
  for (const client of clients.slice(1)) {
    const { rows } = await client.query<{ name: string }>(
      `select relname as name from pg_class
       where relnamespace = 'public'::regnamespace and relkind = 'r' and not relname = any($1)`,
      [Object.keys(SHARDED)],
    );
    for (const { name } of rows) await client.query(`drop table ${name} cascade`);
  }
}

/** As the rule below says: by what stands before the first dot, so that a payment goes with its order. */
function shardOf(text: string, shards: number): number {
  const [order = ''] = text.split('.');
  let hash = 0;
  for (const letter of order) hash = (Math.imul(31, hash) + letter.charCodeAt(0)) | 0;
  return Math.abs(hash) % shards;
}

/** A row that is not where it would be looked for is another one. */
function placed(table: string, row: Row, n: number): Row {
  const key = keyOf(table);
  const isThere = key === undefined || shardOf(String(row[key]), SERVERS) === n;
  return isThere ? row : { ...row, misplaced: true };
}

function partOf(state: State, n: number, shards: number): State {
  const part = new Map<string, readonly Row[]>();
  for (const [table, rows] of state) {
    const key = keyOf(table);
    if (key !== undefined) {
      part.set(
        table,
        rows.filter((row) => shardOf(String(row[key]), shards) === n),
      );
    } else if (n === 0) part.set(table, rows);
  }
  return part;
}

function serverYaml(password: string): string {
  return `mode:
  type: Memory
rules:
  - !AUTHORITY
    users:
      - root@%:${password}
    provider:
      type: ALL_PRIVILEGES_PERMITTED
  - !TRANSACTION
    defaultType: LOCAL
props:
  proxy-frontend-database-protocol-type: PostgreSQL
`;
}

function shardingYaml(servers: readonly PostgresServer[]): string {
  const sources = servers.map(
    ({ port, password }, n) => `  ds_${n}:
    url: jdbc:postgresql://127.0.0.1:${port}/campusg_pay
    username: campusg_pay
    password: ${password}
    connectionTimeoutMilliseconds: 30000
    idleTimeoutMilliseconds: 60000
    maxLifetimeMilliseconds: 1800000
    maxPoolSize: 20
`,
  );
  const tables = Object.entries(SHARDED).map(
    ([table, key]) => `    ${table}:
      actualDataNodes: ds_\${0..${servers.length - 1}}.${table}
      databaseStrategy:
        standard:
          shardingColumn: ${key}
          shardingAlgorithmName: by_${key}
`,
  );
  const algorithms = [...new Set<string>(Object.values(SHARDED))].map(
    (key) => `    by_${key}:
      type: INLINE
      props:
        algorithm-expression: 'ds_\${Math.abs(${key}.split("[.]")[0].hashCode()) % ${servers.length}}'
        allow-range-query-with-inline-sharding: true
`,
  );
  return `schemaName: campusg_pay
dataSources:
${sources.join('')}rules:
- !SHARDING
  tables:
${tables.join('')}  bindingTables:
    - ${Object.keys(SHARDED).join(',')}
  shardingAlgorithms:
${algorithms.join('')}`;
}

const LOGBACK = `<configuration><root level="OFF"/></configuration>`;

async function answering(child: ChildProcess, connectionString: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('ShardingSphere-Proxy did not start');
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return;
    } catch {
      await sleep(200);
    } finally {
      void client.end().catch(() => {});
    }
  }
}

/** Maven fetches what its own cache lacks (some 110 MB, once). */
async function classpath(): Promise<string> {
  if (existsSync(cached)) {
    const found = await readFile(cached, 'utf8');
    if (found.split(delimiter).every((jar) => existsSync(jar))) return found;
  }
  await mkdir(join(cached, '..'), { recursive: true });
  const flags = ['-B', '-q', '-ntp', '-f', pom, '-DincludeScope=runtime'];
  await run('mvn', [...flags, `-Dmdep.outputFile=${cached}`, 'dependency:build-classpath']);
  return readFile(cached, 'utf8');
}
