import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from 'neverthrow';
import { isRunning, startedAt } from './processes.js';

/** Another live process runs the database in this folder. */
export interface EmbeddedInUse {
  readonly type: 'EmbeddedInUse';
  readonly dataDir: string;
  /** The process to stop first. */
  readonly pid: number;
}

interface Owner {
  readonly pid: number;
  readonly startedAt: string | undefined;
}

/**
 * Claims the folder for this process, or says who has it. The claim of a dead process is taken
 * over; if two take one over within the same moment, Postgres' own lock file stops the slower.
 */
export async function claimFolder(dir: string): Promise<Result<void, EmbeddedInUse>> {
  const claim: Owner = { pid: process.pid, startedAt: await startedAt(process.pid) };
  for (;;) {
    if (await createOwnerFile(dir, claim)) return ok(undefined);
    const owner = await liveOwner(dir);
    if (owner !== undefined) return err({ type: 'EmbeddedInUse', dataDir: dir, pid: owner });
    await rm(ownerFile(dir), { force: true });
  }
}

/** A link appears whole or not at all, so that nobody reads a half-written claim. */
async function createOwnerFile(dir: string, claim: Owner): Promise<boolean> {
  const draft = `${ownerFile(dir)}.${claim.pid}`;
  await writeFile(draft, JSON.stringify(claim), { mode: 0o600 });
  try {
    await link(draft, ownerFile(dir));
    return true;
  } catch (error) {
    if (isExisting(error)) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Gives the folder back. */
export async function releaseFolder(dir: string): Promise<void> {
  await rm(ownerFile(dir), { force: true });
}

/** The pid of the living process that claimed the folder, if any. */
export async function liveOwner(dir: string): Promise<number | undefined> {
  const text = await readFile(ownerFile(dir), 'utf8').catch(() => '');
  const owner = parseOwner(text);
  if (!owner || !(await isRunning(owner.pid))) return undefined;
  // The same pid with another start is another process (a reboot, a new container).
  return (await startedAt(owner.pid)) === owner.startedAt ? owner.pid : undefined;
}

function ownerFile(dir: string): string {
  return join(dir, 'owner.json');
}

/** What is not a claim (a crash can leave an empty file) reads as nobody's. */
function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value)) return undefined;
    if (typeof value.pid !== 'number') return undefined;
    const start = 'startedAt' in value ? value.startedAt : undefined;
    return { pid: value.pid, startedAt: typeof start === 'string' ? start : undefined };
  } catch {
    return undefined;
  }
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
