import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campusgPay, newFolder, serve } from './cli.js';
import { type OwnDatabase, ownDatabase } from './database.js';

let database: OwnDatabase;
beforeAll(async () => {
  database = await ownDatabase('nothing');
});
afterAll(() => database.drop());

const migrate = (env: Record<string, string>, ...options: string[]) =>
  campusgPay(['migrate', ...options], env);

/** The lines on stdout, of a run that must have gone well. */
async function linesOf(run: ReturnType<typeof campusgPay>): Promise<string[]> {
  const { code, stdout, stderr } = await run;
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout.trimEnd().split('\n');
}

describe('migrate', () => {
  it('lists what is pending, applies it, and lists it as applied', async () => {
    const env = { DATABASE_URL: database.connectionString };
    const pending = await linesOf(migrate(env, '--status'));
    expect(pending[0]).toBe('pending  000001_payments');
    expect(await database.sql("select to_regclass('payments') as found")).toEqual([
      { found: null },
    ]);

    const names = pending.map((line) => line.replace('pending  ', ''));
    const applied = names.map((name) => `applied  ${name}`);
    const last = `The database is at ${names.at(-1)}.`;
    expect(await linesOf(migrate(env))).toEqual([...applied, last]);
    expect(await linesOf(migrate(env, '--status'))).toEqual(applied);
    expect(await linesOf(migrate(env))).toEqual([last]);
    expect(await database.sql('select count(*)::int as payments from payments')).toEqual([
      { payments: 0 },
    ]);
  });

  it('needs no other variable in production', async () => {
    const env = { NODE_ENV: 'production', DATABASE_URL: database.connectionString };
    expect(await linesOf(migrate(env, '--status'))).not.toEqual([]);
  });

  it('tells of the embedded database too, while a service has it, but leaves it to serve', async () => {
    const env = { CAMPUSG_PAY_DATA_DIR: await newFolder() };
    const before = await migrate(env, '--status');
    expect([before.code, before.stdout]).toEqual([3, '']);
    expect(before.stderr).toContain('No service runs with its data in');
    await serve(env);
    const applied = await linesOf(migrate(env, '--status'));
    expect(applied[0]).toBe('applied  000001_payments');
    expect((await migrate(env)).code).toBe(1);
  });

  it.each([
    [
      'nobody listens',
      () => '127.0.0.1:1',
      /nobody listens on 127\.0\.0\.1:1 .* Start Postgres there/,
    ],
    [
      'the host has no address',
      () => 'nowhere.invalid:5432',
      /host nowhere\.invalid:5432 .*DATABASE_URL/,
    ],
  ])('says in one line that %s, without the password', async (_, hostOf, line) => {
    const url = new URL(database.connectionString);
    url.host = hostOf();
    const { code, stdout, stderr } = await migrate({ DATABASE_URL: url.href });
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain(url.password);
  });

  it('says in one line that the database refuses the password', async () => {
    const url = new URL(database.connectionString);
    url.password = 'not-the-password';
    const { code, stderr } = await migrate({ DATABASE_URL: url.href });
    expect(code).toBe(3);
    expect(stderr).toBe(
      'The database can\'t be used: the password of the user "campusg_pay" is wrong, or there is no such user (28P01). ' +
        'Correct user and password in DATABASE_URL; what is special in them is percent-encoded.\n',
    );
  });

  it('leaves the tables of another application alone, as serve and doctor do', async () => {
    const foreign = await ownDatabase('nothing');
    await foreign.sql('create table schema_migrations (version text primary key)');
    const env = { DATABASE_URL: foreign.connectionString, CAMPUSG_PAY_DATA_DIR: await newFolder() };
    const said =
      'the table schema_migrations in the schema "public" belongs to another application';
    for (const command of [['migrate'], ['migrate', '--status'], ['serve'], ['status']]) {
      const { code, stderr } = await campusgPay(command, { ...env, PORT: '0', SANDBOX_PORT: '0' });
      expect([command, code, stderr]).toEqual([command, 3, expect.stringContaining(said)]);
      expect(stderr).toContain('Give us a database of our own: create database campusg_pay');
    }
    const { code, stdout } = await campusgPay(['doctor'], env);
    expect(code).toBe(3);
    expect(stdout.replace(/\s+/g, ' ')).toContain(said);
    expect(await foreign.sql("select relname from pg_class where relname = 'payments'")).toEqual(
      [],
    );
    await foreign.drop();
  });

  it.each([
    ['not set', {}, /^DATABASE_URL is not set\./],
    ['no database', { DATABASE_URL: 'mysql://u:secret@h/d' }, /DATABASE_URL must be a postgres:/],
  ])('refuses to guess when DATABASE_URL is %s', async (_, env, line) => {
    const { code, stdout, stderr } = await migrate({ ...env });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(line);
    expect(stderr).not.toContain('secret');
  });
});
