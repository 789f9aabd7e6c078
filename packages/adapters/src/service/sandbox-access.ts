import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isRunning } from '../postgres/embedded/processes.js';

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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
