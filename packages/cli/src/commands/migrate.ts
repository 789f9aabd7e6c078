import { databaseUrlFromEnvironment, migrate, migrationStatus } from '@campusg-pay/adapters';
import { EXIT } from '../exit.js';
import { explainConfig, explainPart } from '../explain.js';

/** `campusg-pay migrate`: what was done goes to stdout, what went wrong to stderr. */
export async function migrateCommand({ status }: { status?: true }): Promise<number> {
  // Only this variable: who migrates in production need not know the keys of Stripe.
  const read = databaseUrlFromEnvironment();
  if (read.isErr()) {
    console.error(explainConfig(read.error));
    return EXIT.usage;
  }
  const connectionString = read.value;
  if (connectionString === null) {
    console.error(
      'DATABASE_URL is not set. The embedded Postgres needs no migrate: serve does it.',
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
