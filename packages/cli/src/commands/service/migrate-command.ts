import {
  type ConfigError,
  configFromEnvironment,
  databaseUrlFromEnvironment,
  findDatabase,
  migrate,
  migrationStatus,
} from '@campusg-pay/adapters';
import { err, ok, type Result } from 'neverthrow';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, tell } from '../../terminal/output.js';
import { explainConfig, explainPart } from '../../wording/faults.js';
import { tellWarnings } from '../settings-warnings.js';

/** `campusg-pay migrate`: what was done goes to stdout, what went wrong to stderr. */
export async function migrateCommand({ status }: { status?: true }): Promise<number> {
  const chosen = await chooseDatabase(status === true);
  if (chosen.isErr()) return chosen.error;
  const connectionString = chosen.value;
  const done = status
    ? (await migrationStatus({ connectionString })).map(({ applied, pending }) => [
        ...applied.map((name) => `applied  ${name}`),
        ...pending.map((name) => `pending  ${name}`),
      ])
    : (await migrate({ connectionString })).map(({ applied, current }) => [
        ...applied.map((name) => `applied  ${name}`),
        `The database is at ${current ?? 'no migration'}.`,
      ]);
  if (done.isErr()) {
    tell(explainPart(done.error, connectionString));
    return EXIT.fault;
  }
  await print(done.value);
  return EXIT.ok;
}

/** The database that is meant; else the exit code. */
async function chooseDatabase(onlyLook: boolean): Promise<Result<string, number>> {
  // Only this variable: who migrates in production need not know the keys of Stripe.
  tellWarnings();
  const read = databaseUrlFromEnvironment();
  if (read.isErr()) return wrongConfig(read.error);
  if (read.value !== null) return ok(read.value);
  if (!onlyLook) {
    tell('DATABASE_URL is not set. The embedded Postgres is migrated by campusg-pay serve.');
    return err(EXIT.usage);
  }
  const config = configFromEnvironment();
  if (config.isErr()) return wrongConfig(config.error);
  const embedded = await findDatabase(config.value);
  if (embedded.isOk()) return ok(embedded.value);
  tell(explainPart(embedded.error, null));
  return err(EXIT.fault);
}

function wrongConfig(errors: readonly ConfigError[]): Result<never, number> {
  tell(explainConfig(errors));
  return err(EXIT.usage);
}
