import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect } from 'vitest';
import { findBinaries } from '../../src/postgres/embedded/binaries.js';
import {
  type EmbeddedError,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/postgres/embedded/embedded.js';
import { isRunning } from '../../src/postgres/embedded/processes.js';
import { admin } from './admin.js';
import { programOf } from './program.js';

export const asRoot = process.getuid?.() === 0;
const root = await mkdtemp(join(tmpdir(), 'campusg-pay-embedded-'));
await chmod(root, 0o755);
const running: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];
let folders = 0;

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of running.splice(0)) await server.close();
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A folder that does not exist yet. */
export function newFolder(): string {
  folders += 1;
  return join(root, `data-${folders}`);
}

let pattern: Promise<string> | undefined;

/** A folder with an empty, stopped database: copied, as creating one takes half a second. */
export async function initialised(): Promise<string> {
  pattern ??= (async () => {
    const dataDir = newFolder();
    await (await start(dataDir)).close();
    return dataDir;
  })();
  const copy = newFolder();
  execFileSync('cp', ['-a', await pattern, copy]);
  return copy;
}

/** Starts a database that ends with its test, unless `keep` says that the caller closes it. */
export async function start(
  dataDir: string,
  { keep = false, ...more }: Partial<EmbeddedOptions> & { keep?: boolean } = {},
): Promise<EmbeddedPostgres> {
  const started = await startEmbeddedPostgres({ dataDir, ...more });
  if (started.isErr()) throw new Error(JSON.stringify(started.error));
  if (!keep) running.push(started.value);
  return started.value;
}

type ChildAnswer = { started?: EmbeddedPostgres; refused?: EmbeddedError };

/** Starts one in a process of its own, which is killed after the test. */
export async function startInChild(
  dataDir: string,
): Promise<ChildAnswer & { child: ChildProcess }> {
  const child = fork(await programOf(new URL('./embedded-child.ts', import.meta.url)), [dataDir], {
    execArgv: [],
  });
  children.push(child);
  const [answer] = (await once(child, 'message')) as [ChildAnswer];
  return { ...answer, child };
}

/** Commits one row. */
export async function write({ connectionString }: EmbeddedPostgres, note: string): Promise<void> {
  await admin(connectionString, 'create table if not exists notes (note text)');
  await admin(connectionString, `insert into notes values ('${note}')`);
}

/** The rows that are there. */
export async function read({ connectionString }: EmbeddedPostgres): Promise<string[]> {
  const rows = await admin<{ note: string }>(connectionString, 'select note from notes');
  return rows.map(({ note }) => note);
}

/** Asks whether the process has ended. */
export const gone = (pid: number | undefined) => async () =>
  pid !== undefined && !(await isRunning(pid));

/** A server without a watcher, as after a crash on a system without /bin/sh. */
export async function leaveBehind(dataDir: string, port: number): Promise<number> {
  const cluster = join(dataDir, 'cluster');
  const { uid, gid } = await stat(cluster);
  const account = asRoot ? { uid, gid } : undefined;
  const { postgres } = (await findBinaries(account, root))._unsafeUnwrap();
  const settings = ['-p', String(port), '-c', 'unix_socket_directories='];
  const child = spawn(postgres, ['-D', cluster, ...settings], {
    ...account,
    cwd: cluster,
    env: { LC_ALL: 'C' },
    detached: true,
    stdio: 'ignore',
  });
  child.unref();
  const pidFile = () => readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  await expect.poll(pidFile).toContain('ready');
  return child.pid ?? 0;
}
