import { checkDatabase } from '../../postgres/schema/database-checkup.js';
import { migrationStatus } from '../../postgres/schema/migrate.js';
import { findDatabase } from '../attached-infrastructure.js';
import type { Config } from '../config.js';
import { explainDatabase } from '../database-wording.js';
import { type Check, failing, ok, warn } from './check.js';
import { skew } from './clock-skew.js';

const SLOW_MS = 50;

/** Whether the database can be reached, how far it is, and whether its schema is ours. */
export async function* checkRecords(config: Config): AsyncGenerator<Check> {
  const url = await findDatabase(config);
  if (url.isErr()) {
    const found = `no service runs with its data in ${config.dataDir}`;
    yield failing('database', found, 'start it: campusg-pay serve; or set DATABASE_URL');
    return;
  }
  const connectionString = url.value;
  const looked = await checkDatabase(connectionString);
  if (looked.isErr()) {
    const { found, cure } = explainDatabase(looked.error, config.databaseUrl);
    yield failing('database', found, cure);
    return;
  }
  const { latencyMs, aheadMs, version } = looked.value;
  const found = `Postgres ${version}, a round trip takes ${latencyMs.toFixed(1)} ms`;
  yield latencyMs > SLOW_MS
    ? warn('database', found, 'a command takes two or three: move the service nearer to it')
    : ok('database', found);
  yield skew('database clock', aheadMs);
  yield await schema(connectionString);
}

async function schema(connectionString: string): Promise<Check> {
  const status = await migrationStatus({ connectionString });
  if (status.isErr()) {
    const found = 'detail' in status.error ? status.error.detail : status.error.reason;
    return failing('schema', found, 'let the user of DATABASE_URL read the schema');
  }
  const { applied, pending } = status.value;
  return pending.length === 0
    ? ok('schema', applied.at(-1) ?? 'empty')
    : failing('schema', `lacks ${pending.join(', ')}`, 'campusg-pay migrate');
}
