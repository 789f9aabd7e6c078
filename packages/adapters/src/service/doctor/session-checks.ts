import { isPooled, tryWriting } from '../../postgres/schema/session-checkup.js';
import type { Config } from '../config.js';
import { type Check, failing, ok, warn } from './check.js';

/** What keeps a session from work, by the fault's reason, and what to do about it. */
const CURES: Readonly<Record<string, readonly [found: string, fix: string]>> = {
  'read-only': [
    'takes no writes: it is a standby, or set to read only',
    'point DATABASE_URL at the primary, or: alter database <name> reset default_transaction_read_only',
  ],
  rights: [
    'the database user lacks a right on our tables',
    'grant select, insert, update, delete on all tables in schema public to <user>',
  ],
  'statement-pooling': [
    'the pooler gives a session for one statement only',
    'set its pool_mode to transaction, or to session',
  ],
};

/** What is known about a fault that does not pass by itself; null for all others. */
export function sessionTrouble(name: string, reason: string): Check | null {
  const known = CURES[reason];
  return known === undefined ? null : failing(name, known[0], known[1]);
}

/** Whether sessions can do what a service does in them: write, and keep their locks. */
export async function* checkSessions(config: Config, url: string): AsyncGenerator<Check> {
  const tried = await tryWriting(url);
  if (tried.isErr()) {
    const { reason } = tried.error;
    yield sessionTrouble('writing', reason) ??
      failing('writing', reason, 'see docs/operations.md, or ask again');
  } else yield ok('writing', 'the database takes writes');
  const pooled = await isPooled(url);
  if (pooled.isErr() || !pooled.value) return;
  const direct = config.databaseDirectUrl;
  const around = direct === null ? null : await isPooled(direct);
  if (around?.isOk() && !around.value) {
    yield ok('pooler', 'DATABASE_URL leads to one, DATABASE_DIRECT_URL to the server');
    return;
  }
  const found =
    direct === null
      ? 'DATABASE_URL leads to one: each replica keeps one of its connections in a transaction'
      : 'DATABASE_DIRECT_URL leads to one too, or nowhere';
  yield warn('pooler', found, 'set DATABASE_DIRECT_URL to the address of the server itself');
}
