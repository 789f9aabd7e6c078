import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.js';
import type { EmbeddedFolderUnusable, Home } from './home.js';

const run = promisify(execFile);

/** The name of the superuser of an embedded database. */
export const USER = 'campusg_pay';

/** The data was made by another Postgres than the installed one, which can't read it. */
export interface EmbeddedOtherVersion {
  readonly type: 'EmbeddedOtherVersion';
  readonly dataDir: string;
  readonly found: string;
  readonly installed: number;
}

/** Why an existing cluster can't be started; null: it can, or there is none yet. */
export async function clusterProblem(
  { dir, cluster }: Home,
  { majorVersion }: Binaries,
): Promise<EmbeddedFolderUnusable | EmbeddedOtherVersion | null> {
  const unusable = (detail: string) =>
    ({ type: 'EmbeddedFolderUnusable', dataDir: dir, detail }) as const;
  const found = await stat(cluster).catch(() => undefined);
  if (found === undefined) return null;
  const us = process.getuid?.();
  if (us !== undefined && us !== 0 && found.uid !== us) {
    return unusable(`its database belongs to user ${found.uid}, and this is user ${us}`);
  }
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => '');
  if (version === '') {
    return unusable('its folder cluster holds no database of Postgres; delete it to start afresh');
  }
  if (Number(version) !== majorVersion) {
    const installed = majorVersion;
    return { type: 'EmbeddedOtherVersion', dataDir: dir, found: version.trim(), installed };
  }
  if (await exists(join(dir, 'password'))) return null;
  return unusable('the file password is gone from it, without which nobody gets into its database');
}

/**
 * Creates the cluster when there is none, and returns its password. Rejects when `initdb` fails, and
 * for what `clusterProblem` would have told.
 */
export async function ensureCluster(
  home: Home,
  binaries: Binaries,
  durable: boolean,
): Promise<string> {
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
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order on every machine, whatever locales are installed.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(durable ? [] : ['--no-sync']),
  ];
  await run(binaries.initdb, flags, { ...account, cwd: draft }).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    throw new Error(lastWordsOf(error), { cause: error });
  });
  await rename(draft, cluster);
  return password;
}

/** What a program said before it failed; its command line tells nobody anything. */
function lastWordsOf(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return said === '' ? `initdb failed: ${String(error)}` : said;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
