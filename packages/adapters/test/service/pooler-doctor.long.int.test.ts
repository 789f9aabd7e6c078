import { startSandbox } from '@campusg-pay/sandbox';
import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/service/config.js';
import { checkUp } from '../../src/service/doctor/doctor.js';
import { admin } from '../setup/admin.js';
import { testDatabase } from '../setup/database.js';
import { startPgBouncer } from '../setup/pgbouncer.js';
import { hasPgBouncer } from '../setup/pgbouncer-process.js';

const sandbox = await startSandbox();
afterAll(() => sandbox.close());

/** What the doctor finds, by the name of the check. */
async function found(urls: Record<string, string>) {
  const environment = {
    STRIPE_SECRET_KEY: 'sk_test_doctor',
    STRIPE_API_BASE: sandbox.url,
    ...urls,
  };
  const checks = new Map<string, { state: string; fix: string | null }>();
  const config = readConfig(environment);
  for await (const check of checkUp(config, pino({ level: 'silent' })))
    checks.set(check.name, check);
  return checks;
}

describe.skipIf(!hasPgBouncer)('the doctor', () => {
  it('tells a pooler, and is content with a way around it', async () => {
    const { connectionString } = await testDatabase();
    const pooler = await startPgBouncer(connectionString, 'transaction');
    const DATABASE_URL = pooler.connectionString;
    const without = (await found({ DATABASE_URL })).get('pooler');
    expect(without).toMatchObject({
      state: 'warn',
      fix: 'set DATABASE_DIRECT_URL to the address of the server itself',
    });
    const around = await found({ DATABASE_URL, DATABASE_DIRECT_URL: connectionString });
    expect(around.get('pooler')).toMatchObject({ state: 'ok' });
    expect((await found({ DATABASE_URL: connectionString })).get('pooler')).toBeUndefined();
  });

  it('says what to set where the pooler gives a session for one statement', async () => {
    const { connectionString } = await testDatabase();
    const pooler = await startPgBouncer(connectionString, 'statement');
    const checks = await found({ DATABASE_URL: pooler.connectionString });
    expect(checks.get('database')).toMatchObject({
      state: 'fail',
      fix: 'set its pool_mode to transaction, or to session',
    });
  });

  it('says what to do about a database that is set to read only', async () => {
    const { connectionString } = await testDatabase();
    const name = new URL(connectionString).pathname.slice(1);
    await admin(connectionString, `alter database ${name} set default_transaction_read_only = on`);
    expect((await found({ DATABASE_URL: connectionString })).get('schema')).toMatchObject({
      state: 'fail',
      fix: expect.stringContaining('reset default_transaction_read_only'),
    });
  });
});
