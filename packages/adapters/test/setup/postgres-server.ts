import { execFile } from 'node:child_process';
import { chown, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinaries } from '../../src/postgres/embedded/binaries.js';
import { ensureCluster } from '../../src/postgres/embedded/cluster.js';
import { type Server, startServer } from '../../src/postgres/embedded/database-server.js';
import { urlOfEmbedded } from '../../src/postgres/embedded/embedded.js';
import { defaultSharedDir, type Home, prepareHome } from '../../src/postgres/embedded/home.js';
import { admin } from './admin.js';
import { freePort } from './wire.js';

const run = promisify(execFile);

/** A server that keeps its promises and comes back only when it is told to. */
export interface PostgresServer {
  readonly connectionString: string;
  readonly port: number;
  readonly password: string;
  /** Of the postmaster that runs, or ran last. */
  pid(): number;
  /** As a machine ends: the postmaster and all its children at the same moment. */
  kill(): Promise<void>;
  /** What Postgres calls an immediate shutdown: nothing is written any more. */
  crash(): Promise<void>;
  stop(): Promise<void>;
  /** On the same data and port, with these settings (`name=value`) instead of those of before. */
  start(settings?: readonly string[]): Promise<void>;
  /** Copies the data of a stopped server into another one, which is not started. */
  copy(): Promise<PostgresServer>;
  /** An empty file in the data, `standby.signal` for one. */
  mark(name: string): Promise<void>;
  /** Stops it and deletes its data. */
  destroy(): Promise<void>;
}

/** Makes a server in a folder of its own and starts it: fsync on, and nothing that starts it again. */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const home = await newHome();
  const binaries = (await findBinaries(home.account, home.programs))._unsafeUnwrap();
  const password = await ensureCluster(home, binaries, false);
  const server = await serverIn(home, binaries.postgres, password);
  await server.start(settings);
  await admin(urlOfEmbedded({ password, port: server.port }, 'postgres'), CREATE_DATABASE);
  return server;
}

const CREATE_DATABASE = 'create database campusg_pay';

async function newHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-server-'));
  return (await prepareHome(folder, defaultSharedDir))._unsafeUnwrap();
}

async function serverIn(home: Home, postgres: string, password: string): Promise<PostgresServer> {
  const { cluster, account } = home;
  const port = await freePort();
  let settings: readonly string[] = [];
  let server: Server | undefined;
  const ended = async (signal: (pid: number) => Promise<void>) => {
    if (server === undefined) return;
    await signal(server.pid);
    await server.ended;
  };
  const stop = async () => server?.stop();
  return {
    connectionString: urlOfEmbedded({ password, port }),
    port,
    password,
    pid: () => server?.pid ?? 0,
    kill: () => ended(killTree),
    crash: () => ended(async (pid) => void process.kill(pid, 'SIGQUIT')),
    stop,
    start: async (wanted = settings) => {
      settings = wanted;
      const options = { postgres, cluster, account, port, settings: [...ALWAYS, ...settings] };
      const started = await startServer({ ...options, log: () => {} });
      if (started.isErr()) throw new Error(`Postgres did not start: ${started.error}`);
      server = started.value;
    },
    copy: async () => {
      const other = await newHome();
      await cp(cluster, other.cluster, { recursive: true, preserveTimestamps: true });
      // As root it all belongs to us now.
      if (account) await run('chown', ['-R', `${account.uid}:${account.gid}`, other.cluster]);
      return serverIn(other, postgres, password);
    },
    mark: async (name) => {
      const file = join(cluster, name);
      await writeFile(file, '');
      if (account) await chown(file, account.uid, account.gid);
    },
    destroy: async () => {
      await stop();
      await rm(home.dir, { recursive: true, force: true });
    },
  };
}

const ALWAYS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'log_min_error_statement=panic',
];

/** A primary, and a standby without whose copy nothing is acknowledged. */
export interface ReplicatedPostgres {
  readonly primary: PostgresServer;
  readonly standby: PostgresServer;
  /** Both, of which a client takes the one that takes writes. */
  readonly connectionString: string;
  /** Makes the standby the primary; resolves once it takes writes. */
  promote(): Promise<void>;
  destroy(): Promise<void>;
}

/** @param prepare is given the primary before it is copied, to migrate it for instance */
export async function startReplicatedPostgres(
  prepare: (connectionString: string) => Promise<void>,
): Promise<ReplicatedPostgres> {
  const primary = await startPostgres();
  await prepare(primary.connectionString);
  await primary.stop();
  const standby = await primary.copy();
  await standby.mark('standby.signal');
  await primary.start(['synchronous_standby_names=standby', 'wal_keep_size=1GB']);
  const from = `host=127.0.0.1 port=${primary.port} user=campusg_pay password=${primary.password}`;
  await standby.start([`primary_conninfo=${from} application_name=standby`]);
  await untilSynchronous(primary.connectionString);
  const hosts = `127.0.0.1:${primary.port},127.0.0.1:${standby.port}`;
  const both = primary.connectionString.replace(/127\.0\.0\.1:\d+/, hosts);
  return {
    primary,
    standby,
    connectionString: `${both}?target_session_attrs=read-write`,
    promote: async () => {
      await admin(standby.connectionString, 'select pg_promote()');
    },
    destroy: async () => {
      // First what waits for the other.
      await primary.destroy();
      await standby.destroy();
    },
  };
}

async function untilSynchronous(connectionString: string): Promise<void> {
  for (;;) {
    const rows = await admin<{ sync_state: string }>(
      connectionString,
      'select sync_state from pg_stat_replication',
    );
    if (rows.some(({ sync_state }) => sync_state === 'sync')) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The postmaster first: its children would otherwise be replaced. */
async function killTree(pid: number): Promise<void> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  const children = stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid);
  for (const one of [pid, ...children.map(([child = 0]) => child)]) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // It ended by itself, as children of a postmaster that is gone do.
    }
  }
}
