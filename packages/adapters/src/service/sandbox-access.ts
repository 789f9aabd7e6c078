import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@campusg-pay/core';
import { z } from 'zod';
import { isRunning } from '../postgres/embedded/processes.js';
import type { Config } from './config.js';
import { systemClock } from './settings.js';

const ACCESS = z.object({ pid: z.int().positive(), url: z.url(), secretKey: z.string().min(1) });

/** How other programs of this machine's user reach the sandbox that runs embedded in one. */
export interface SandboxAccess {
  readonly url: string;
  readonly secretKey: string;
}

const fileIn = (dataDir: string) => join(dataDir, 'sandbox-access.json');

/** Leaves the key where only this user can read it, for as long as the sandbox runs. */
export async function keepSandboxAccess(
  dataDir: string,
  access: SandboxAccess,
): Promise<{ forget(): Promise<void> }> {
  const file = fileIn(dataDir);
  // Whoever was killed leaves a file with its own mode and key behind.
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify({ pid: process.pid, ...access }), { mode: 0o600 });
  return { forget: () => rm(file, { force: true }) };
}

/** The access to a sandbox that runs, or null. */
export async function findSandboxAccess(dataDir: string): Promise<SandboxAccess | null> {
  const text = await readFile(fileIn(dataDir), 'utf8').catch(() => '');
  const read = ACCESS.safeParse(parsed(text));
  if (!read.success || !(await isRunning(read.data.pid))) return null;
  const { url, secretKey } = read.data;
  return { url, secretKey };
}

/** A sandbox of this machine answers at once. */
const ASKED_MS = 2_000;

/** The time that a service beside us goes by: that of its embedded sandbox, where it has one. */
export async function clockBeside({ stripe, dataDir }: Config): Promise<Clock> {
  const access = stripe === null ? await findSandboxAccess(dataDir) : null;
  if (access === null) return systemClock;
  const signal = AbortSignal.timeout(ASKED_MS);
  const answered = await fetch(`${access.url}/_sandbox/clock`, { signal })
    .then((response) => response.text())
    .catch(() => '');
  const told = TIME.safeParse(parsed(answered));
  if (!told.success) return systemClock;
  const aheadMs = Date.parse(told.data.now) - Date.now();
  return { ...systemClock, now: () => new Date(Date.now() + aheadMs) };
}

const TIME = z.object({ now: z.iso.datetime() });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
