import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { err, ok, type Result } from 'neverthrow';

const run = promisify(execFile);

/** The system user that a server started by root runs under. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Where one embedded database lives and who runs it. */
export interface Home {
  /** Holds everything of this database: the cluster, its password, the owner file. */
  readonly dir: string;
  /** The cluster itself, Postgres' data directory. */
  readonly cluster: string;
  /** Undefined: the server runs under our own user. */
  readonly account: Account | undefined;
  /** Where a copy of the programs may go, if the installed ones can't be used. */
  readonly programs: string;
}

/** The data folder can't be used; `detail` says why in words for the operator. */
export interface EmbeddedFolderUnusable {
  readonly type: 'EmbeddedFolderUnusable';
  readonly dataDir: string;
  readonly detail: string;
}

/** A root-owned place that every user can reach and that survives a reboot. */
export const defaultSharedDir = '/var/lib/campusg-pay';

/**
 * Decides where the data goes. Postgres refuses to run as root, so for root it runs under another
 * user; when that user can't reach `dataDir` (a clone in a private home), the data goes to a
 * folder of its own below `sharedDir` and `dataDir/moved-to.txt` remembers which. Deleting
 * `dataDir` therefore starts afresh, as it does for everybody else.
 */
export async function prepareHome(
  dataDir: string,
  sharedDir: string,
): Promise<Result<Home, EmbeddedFolderUnusable>> {
  const unusable = (detail: string) =>
    err({ type: 'EmbeddedFolderUnusable' as const, dataDir, detail });
  try {
    await makeFolder(dataDir);
    const requested = await realpath(dataDir);
    const account = await accountFor(join(requested, 'cluster'));
    if (account === 'none')
      return unusable('root can not run Postgres, and there is no user for it');
    if (account === undefined) return ok(homeAt(requested, undefined, requested));
    const dir = await reachableHome(requested, account, sharedDir);
    if (dir === undefined) return unusable(lockedOut(account));
    await makeFolder(dir);
    return ok(homeAt(dir, account, sharedDir));
  } catch (error) {
    return unusable(whyUnusable(error));
  }
}

/**
 * Makes a folder for its owner only, whatever the umask, and those above it that are missing. For root
 * the database user has to pass through it: what lies inside is closed by its own mode.
 */
async function makeFolder(folder: string): Promise<void> {
  const dir = resolve(folder);
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  const first = await mkdir(dir, { recursive: true, mode }).catch(async (error: unknown) => {
    // Of a read-only file system Node says ENOENT when it makes several at once; one tells the truth.
    await mkdir(await highestMissing(dir));
    throw error;
  });
  if (first === undefined && ((await stat(dir)).mode & 0o777) === mode) return;
  // One that was there is closed as well.
  for (let made = dir; made.length >= (first ?? dir).length; made = dirname(made)) {
    await chmod(made, mode);
  }
}

async function highestMissing(dir: string): Promise<string> {
  const parent = dirname(dir);
  const isThere = await stat(parent).then(
    () => true,
    () => false,
  );
  return isThere || parent === dir ? dir : highestMissing(parent);
}

/** Why a folder or a file in it can't be used, in words that follow it. */
export function whyUnusable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = REASONS[code];
  if (known !== undefined) return `${known} (${code})`;
  return error instanceof Error ? error.message : String(error);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there, or not pass a folder above it',
  EPERM: 'it belongs to another user',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: 'the quota of its disk is used up',
  ENOTDIR: 'it is, or lies in, a file',
  EEXIST: 'it is a file',
};

/** A database and the log of its next minutes need more than this. */
const LEAST_FREE_BYTES = 48 * 1024 * 1024;

/** Whether the disk of the folder is full, or nearly so. */
export async function isDiskFull(dir: string): Promise<boolean> {
  const disk = await statfs(dir).catch(() => undefined);
  return disk !== undefined && disk.bavail * disk.bsize < LEAST_FREE_BYTES;
}

function lockedOut({ uid }: Account): string {
  return `its data belongs to user ${uid}, who may not pass the folders above it: open them to that user, or move the data`;
}

function homeAt(dir: string, account: Account | undefined, programs: string): Home {
  return { dir, cluster: join(dir, 'cluster'), account, programs };
}

/** An existing cluster keeps its user; a new one gets `postgres` if there is one, else `nobody`. */
async function accountFor(cluster: string): Promise<Account | undefined | 'none'> {
  if (process.getuid?.() !== 0) return undefined;
  const existing = await stat(cluster).catch(() => undefined);
  if (existing) return { uid: existing.uid, gid: existing.gid };
  return (await lookUp('postgres')) ?? (await lookUp('nobody')) ?? 'none';
}

async function lookUp(user: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function reachableHome(
  requested: string,
  account: Account,
  sharedDir: string,
): Promise<string | undefined> {
  const marker = join(requested, 'moved-to.txt');
  const moved = await readFile(marker, 'utf8').catch(() => undefined);
  if (moved !== undefined) return moved.trim();
  if (await canReach(account, requested)) return requested;
  const hasData = await stat(join(requested, 'cluster')).catch(() => undefined);
  if (hasData) return undefined;
  await mkdir(sharedDir, { recursive: true });
  await chmod(sharedDir, 0o755);
  const digest = createHash('sha256').update(requested).digest('hex').slice(0, 8);
  const unique = randomBytes(3).toString('hex');
  const dir = join(sharedDir, `${basename(requested)}-${digest}-${unique}`);
  await writeFile(marker, `${dir}\n`, { mode: 0o600 });
  return dir;
}

/** May the account pass through every folder above `path`? */
async function canReach(account: Account, path: string): Promise<boolean> {
  const parent = dirname(path);
  if (parent === path) return true;
  const { uid, gid, mode } = await stat(parent);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0 && canReach(account, parent);
}
