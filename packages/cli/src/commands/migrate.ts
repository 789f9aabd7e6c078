import { configFromEnvironment, migrate, migrationStatus } from '@campusg-pay/adapters';
import { EXIT } from '../exit.js';
import { explainConfig, explainPart } from '../explain.js';

/** `campusg-pay migrate`: what was done goes to stdout, what went wrong to stderr. */
export async function migrateCommand({ status }: { status?: true }): Promise<number> {
  const config = configFromEnvironment();
  if (config.isErr()) {
    console.error(explainConfig(config.error));
    return EXIT.usage;
  }
  const { databaseUrl: connectionString } = config.value;
  if (connectionString === null) {
    console.error(
      'DATABASE_URL is not set. The embedded Postgres is migrated by `campusg-pay serve`.',
    );
    return EXIT.usage;
  }
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
    console.error(explainPart(done.error));
    return EXIT.fault;
  }
  for (const line of done.value) console.log(line);
  return EXIT.ok;
}
