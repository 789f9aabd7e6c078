import { afterAll } from 'vitest';
import {
  hasPgBouncer,
  launchPgBouncer,
  type PgBouncer,
  type PoolMode,
} from './pgbouncer-process.js';

if (!hasPgBouncer) {
  if (process.env.CI) throw new Error('CI needs pgbouncer for the tests through a pooler');
  console.warn('pgbouncer is not installed: the tests through a pooler are left out');
}

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A PgBouncer as it comes, in front of a server; ends with the file. */
export async function startPgBouncer(
  serverUrl: string,
  mode: PoolMode,
  more: readonly string[] = [],
): Promise<PgBouncer> {
  const started = await launchPgBouncer(serverUrl, mode, more);
  closers.push(started.close);
  return started;
}
