import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { err, ok, type Result } from 'neverthrow';
import type { Account } from './home.js';
import { commandLine, isRunning, sleep, waitForEnd } from './processes.js';

/** A running server of ours. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  /** Resolves with the server's last words when it has ended, asked to or not. */
  readonly ended: Promise<string>;
  /** Ends open connections, stops the server and waits until it is gone. */
  stop(): Promise<void>;
}

/** How the server is started. */
export interface ServerOptions {
  /** The path of the program `postgres`. */
  readonly postgres: string;
  /** The folder of the data, made by `initdb`. */
  readonly cluster: string;
  /** Whom the server runs as; undefined: as whoever runs this program. */
  readonly account: Account | undefined;
  /** A free port of 127.0.0.1. */
  readonly port: number;
  /** Settings as `name=value`. */
  readonly settings: readonly string[];
  /** Gets the server's log, line by line. */
  readonly log: (line: string) => void;
}

// Crash recovery replays up to max_wal_size (1 GB) first, which a slow disk makes long.
const readyTimeoutMs = 120_000;
const stopTimeoutMs = 10_000;

/**
 * The server outlives nobody: a tiny shell beside it waits on a pipe that only we hold, and when
 * that closes, because we ask or because we died in whatever way, it sends SIGINT, Postgres' "fast
 * shutdown". `exec` keeps the pid, so that our child is Postgres itself, which also
 * reaps the watcher ("untracked child process" in its log).
 */
const withWatcher =
  'exec 3<&0; (read -r _; kill -INT $$) <&3 >/dev/null 2>&1 & exec "$@" </dev/null 3<&-';

/** Starts the server and waits until it takes connections; the error is its last words. */
export async function startServer(options: ServerOptions): Promise<Result<Server, string>> {
  const child = launch(options);
  const lastWords = collectLines(child.stderr, options.log);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', () => resolve(lastWords()));
  });
  const ready = await Promise.race([ended, waitUntilReady(child, options.cluster)]);
  // A watcher left alone with a closed pipe would signal a pid that may be used again.
  child.once('exit', () => child.stdin?.destroy());
  if (ready !== true || child.pid === undefined) {
    await stopChild(child);
    return err(ready === true ? 'no process' : ready);
  }
  // The server must not keep a finished program alive; the watcher ends it then.
  for (const part of [child, child.stdin, child.stderr]) {
    if (part && 'unref' in part && typeof part.unref === 'function') part.unref();
  }
  return ok({ pid: child.pid, port: options.port, ended, stop: () => stopChild(child) });
}

function launch({ postgres, cluster, account, port, settings }: ServerOptions) {
  const flags = settings.flatMap((setting) => ['-c', setting]);
  const command = [postgres, '-D', cluster, '-p', String(port), ...flags];
  const windows = process.platform === 'win32';
  const [program = '', ...args] = windows
    ? command
    : ['/bin/sh', '-c', withWatcher, 'postgres', ...command];
  const child = spawn(program, args, {
    ...account,
    cwd: cluster,
    // A Ctrl-C at the terminal is for us: the database goes last, when we have drained.
    detached: !windows,
    stdio: ['pipe', 'ignore', 'pipe'],
    // Not our environment, which holds secrets.
    ...(windows ? {} : { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } }),
  });
  if (windows) process.once('exit', () => child.kill());
  child.stdin.on('error', () => {});
  return child;
}

/** Postgres writes its state into line 8 of its pid file, where pg_ctl looks too. */
async function waitUntilReady(child: ChildProcess, cluster: string): Promise<true | string> {
  const deadline = Date.now() + readyTimeoutMs;
  while (Date.now() < deadline) {
    const file = await readPidFile(cluster);
    if (file?.pid === child.pid && file?.status === 'ready') return true;
    if (child.exitCode !== null || child.signalCode !== null) break;
    await sleep(5);
  }
  // When it ended by itself its last words come from the other promise of the race.
  await sleep(1_000);
  return 'it did not become ready in time';
}

async function stopChild(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.ref();
  child.stdin?.destroy();
  if (process.platform === 'win32') child.kill();
  // SIGQUIT is "immediate shutdown": no checkpoint, recovery at the next start.
  const quit = setTimeout(() => child.kill('SIGQUIT'), stopTimeoutMs);
  const kill = setTimeout(() => child.kill('SIGKILL'), 2 * stopTimeoutMs);
  await exited;
  clearTimeout(quit);
  clearTimeout(kill);
}

/**
 * Stops a server that a killed process left behind in this cluster, and removes a pid file whose
 * pid meanwhile belongs to some other program (Postgres would refuse to start).
 *
 * Returns the pid when there is such a server and it can't be stopped.
 */
export async function stopLeftover(cluster: string): Promise<Result<void, number>> {
  const file = await readPidFile(cluster);
  if (!file || !(await isRunning(file.pid))) return ok(undefined);
  const command = await commandLine(file.pid);
  if (!command.includes('postgres') || !command.includes(cluster)) {
    await rm(join(cluster, 'postmaster.pid'), { force: true });
    return ok(undefined);
  }
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    try {
      process.kill(file.pid, signal);
    } catch {
      if (await isRunning(file.pid)) return err(file.pid);
    }
    if (await waitForEnd(file.pid, stopTimeoutMs)) return ok(undefined);
  }
  return err(file.pid);
}

/** What Postgres says of itself beside its data; undefined where no server is or was. */
export async function readPidFile(
  cluster: string,
): Promise<{ pid: number; port: number; status: string } | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const lines = text?.split('\n');
  const pid = Number(lines?.[0]);
  const [port, status] = [Number(lines?.[3]), lines?.[7]?.trim() ?? ''];
  return pid > 0 ? { pid, port, status } : undefined;
}

/** Passes each line to the log and keeps the last ones for an error message. */
function collectLines(stream: Readable, log: (line: string) => void): () => string {
  const kept: string[] = [];
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      log(line);
      kept.push(line);
    }
    kept.splice(0, kept.length - 10);
  });
  return () => [...kept, rest].join('\n').trim();
}
