import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { readPidFile } from './database-server.js';
import { urlOfEmbedded } from './embedded.js';
import { liveOwner } from './owner.js';

/**
 * The URL of the embedded Postgres that another process runs in this folder, or null where none
 * does. Starts nothing, and makes no folder.
 */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | null> {
  const requested = await realpath(dataDir).catch(() => null);
  if (requested === null) return null;
  const moved = await readFile(join(requested, 'moved-to.txt'), 'utf8').catch(() => '');
  const dir = moved.trim() || requested;
  if ((await liveOwner(dir)) === undefined) return null;
  const server = await readPidFile(join(dir, 'cluster'));
  // Somebody else's password file can't be read: then it is not ours to attach to either.
  const password = await readFile(join(dir, 'password'), 'utf8').catch(() => '');
  if (server?.status !== 'ready' || password === '') return null;
  return urlOfEmbedded({ password: password.trim(), port: server.port });
}
