import { ANOTHER_DATABASE, isSameDatabase } from '../../postgres/schema/same-database.js';
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
  if (pooled.isErr()) return;
  const direct = config.databaseDirectUrl;
  if (direct === null) {
    if (pooled.value) yield warn('pooler', KEEPS_ONE, CURE);
    return;
  }
  const around = await isPooled(direct);
  if (around.isErr()) {
    const { found, cure } = explainDatabase(around.error, direct);
    const named = cure.replaceAll('DATABASE_URL', 'DATABASE_DIRECT_URL');
    yield failing('pooler', `DATABASE_DIRECT_URL: ${found}`, named);
    return;
  }
  const same = await isSameDatabase(url, direct);
  if (same.isOk() && !same.value) {
    yield failing('pooler', ANOTHER_DATABASE.detail, ANOTHER_DATABASE.cure);
    return;
  }
  yield around.value
    ? warn('pooler', 'DATABASE_DIRECT_URL leads to one', CURE)
    : ok('pooler', 'DATABASE_DIRECT_URL leads to the server itself');
}

const KEEPS_ONE =
  'DATABASE_URL leads to one: each replica keeps one of its connections in a transaction';
const CURE = 'set DATABASE_DIRECT_URL to the address of the server itself';
