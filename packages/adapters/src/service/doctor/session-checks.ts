import { isPooled, tryWriting } from '../../postgres/schema/session-checkup.js';
import type { Config } from '../config.js';
import { explainDatabase } from '../database-wording.js';
import { type Check, failing, ok, warn } from './check.js';

/** Whether sessions can do what a service does in them: write, and keep their locks. */
export async function* checkSessions(config: Config, url: string): AsyncGenerator<Check> {
  const tried = await tryWriting(url);
  if (tried.isErr()) {
    const { found, cure } = explainDatabase(tried.error, config.databaseUrl);
    yield failing('writing', found, cure);
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
