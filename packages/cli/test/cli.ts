import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect } from 'vitest';

/** The command as it is published; `npm test` builds it before the tests run. */
export const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** Else a test would pass or fail by what the sources said yesterday. */
const builder = fileURLToPath(new URL('../../../scripts/build.mjs', import.meta.url));
const { status, stderr } = spawnSync(process.execPath, [builder, '--check'], { encoding: 'utf8' });
if (status !== 0) throw new Error(stderr.trim());

export const asRoot = process.getuid?.() === 0;

/** Nothing of the shell that runs the tests: it may be configured. */
const bare = { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC' };

const running = new Map<ChildProcess, Promise<Ended>>();
const folders: string[] = [];

/** What Node itself had to say about a program, such as that it uses what is on its way out. */
const warnings: string[] = [];

/** The ones that stay for a whole file. */
const kept = new Set<number>();

// What a test leaves running, failed or not. Its Postgres ends with it.
afterEach(async () => {
  await killAll(({ pid = 0 }) => !kept.has(pid));
  expect(warnings.splice(0)).toEqual([]);
});
afterAll(async () => {
  await killAll(() => true);
  expect(warnings.splice(0)).toEqual([]);
  for (const folder of folders) await removeData(folder);
});

async function killAll(which: (child: ChildProcess) => boolean): Promise<void> {
  const condemned = [...running].filter(([child]) => which(child));
  for (const [child] of condemned) child.kill('SIGKILL');
  await Promise.all(condemned.map(([, ended]) => ended));
}

/** Lets a service run until the test file ends; others end with their test. */
export function keep(service: Serving): Serving {
  kept.add(service.pid);
  return service;
}

/** A folder of this test file's own that every user may pass through, gone afterwards. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-cli-'));
  await chmod(folder, 0o755);
  folders.push(folder);
  return folder;
}

/** Also what was put elsewhere because the database user could not enter the folder. */
async function removeData(folder: string): Promise<void> {
  for (const place of [join(folder, 'postgres'), join(folder, 'private/data/postgres')]) {
    const moved = await readFile(join(place, 'moved-to.txt'), 'utf8').catch(() => '');
    if (moved !== '') await rm(moved.trim(), { recursive: true, force: true });
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** How a program ended and what it said. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface Running {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Starts `campusg-pay` with these arguments and variables, and nothing else from outside. */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd = tmpdir(),
): Running {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...bare, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      running.delete(child);
      warnings.push(...(stderr.match(/^\(node:\d+\).*$/gm) ?? []));
      resolve({ code, stdout, stderr });
    });
  });
  running.set(child, ended);
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => child.kill(signal),
    ended,
  };
}

/** Runs `campusg-pay` to its end. */
export function campusgPay(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = tmpdir(),
): Promise<Ended> {
  return start(args, env, cwd).ended;
}

/** A service that listens. */
export interface Serving extends Running {
  readonly url: string;
}

/** `campusg-pay serve` on free ports, once it has said where it listens. */
export async function serve(env: Readonly<Record<string, string>>): Promise<Serving> {
  const service = start(['serve'], { PORT: '0', SANDBOX_PORT: '0', ...env });
  const over = service.ended.then(({ code, stdout, stderr }) => {
    throw new Error(`serve ended with ${code}: ${stderr}${stdout}`);
  });
  // Who waits for the end later must not be told that it was unexpected.
  over.catch(() => {});
  await Promise.race([over, until(() => service.stderr().includes('Ctrl-C stops it'))]);
  const [, url = ''] = /listens on (\S+)/.exec(service.stderr()) ?? [];
  return { ...service, url };
}

/** Runs a shell line, or several, as if it had been pasted. */
export function bash(line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('bash', ['-c', line], { env: bare }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${line}\n${stderr}`));
    });
  });
}

/** Waits until something holds, for as long as a busy machine may need. */
export async function until(holds: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${holds}`);
    await sleep(20);
  }
}

/** The pid of the Postgres that keeps this data. */
export async function postgresOf(dataDir: string): Promise<number> {
  const file = join(dataDir, 'postgres/cluster/postmaster.pid');
  return Number((await readFile(file, 'utf8')).split('\n')[0]);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
