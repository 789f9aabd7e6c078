import { checkDatabase } from '../../postgres/schema/database-checkup.js';
import { migrationStatus } from '../../postgres/schema/migrate.js';
import { findOurSchema } from '../../postgres/schema/our-schema.js';
import { checkRights } from '../../postgres/schema/table-rights.js';
import { findDatabase } from '../attached-infrastructure.js';
import type { Config } from '../config.js';
import { explainDatabase, explainSchema } from '../database-wording.js';
import { type Check, failing, ok, warn } from './check.js';
import { skew } from './clock-skew.js';
import { checkSessions } from './session-checks.js';

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
  const tables = await schema(connectionString, config);
  yield tables;
  if (tables.state === 'ok') yield* checkSessions(config, connectionString);
}

async function schema(connectionString: string, config: Config): Promise<Check> {
  const searchPath = (await findOurSchema(connectionString)).unwrapOr(undefined);
  const status = await migrationStatus({ connectionString, searchPath });
  if (status.isErr()) {
    const { found, cure } = explainSchema(status.error, config.databaseUrl);
    return failing('schema', found, cure);
  }
  const { applied, pending, newer } = status.value;
  if (newer.length > 0) {
    const found = `has ${newer.join(', ')} of a newer release than this one`;
    return warn('schema', found, 'run that release again, or a newer one, as soon as you can');
  }
  if (pending.length > 0) {
    return failing('schema', `lacks ${pending.join(', ')}`, 'campusg-pay migrate');
  }
  const rights = await checkRights(
    { connectionString, searchPath },
    'operator',
    config.archive !== null,
  );
  if (rights.isOk()) return ok('schema', applied.at(-1) ?? 'empty');
  const { found, cure } = explainSchema(rights.error, config.databaseUrl);
  return failing('schema', found, cure);
}
