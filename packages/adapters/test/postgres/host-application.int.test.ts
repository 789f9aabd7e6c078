import { createRequire } from 'node:module';
import { describeRepositoryContract } from '@campusg-pay/core/testing/contract';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { createPool } from '../../src/postgres/connection/pool.js';
import { type Database, query } from '../../src/postgres/connection/query.js';
import { searchPathOption } from '../../src/postgres/connection/schema-name.js';
import { defineStatement } from '../../src/postgres/connection/statement.js';
import { openShardLocks } from '../../src/postgres/outbox/shard-locks.js';
import { createCustomerDirectory } from '../../src/postgres/payments/customer-directory.js';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { createInbox } from '../../src/postgres/payments/webhook-inbox.js';
import { createRunnerDirectory } from '../../src/postgres/runners/runner-directory.js';
import { migrate, migrationStatus } from '../../src/postgres/schema/migrate.js';
import { loadMigrationTool } from '../../src/postgres/schema/migration-tool.js';
import { emptyDatabase } from '../setup/database.js';
import { outboxHeldBy } from '../setup/relay.js';

const schema = 'payments_of_host';
const { connectionString } = await emptyDatabase();
const migrated = await migrate({ connectionString, schema });

// Another copy of `pg` than ours, which reads values as nobody else does, far from UTC.
const host = new (secondCopyOfPg().Pool)({
  connectionString,
  options: `${searchPathOption(schema)} -c timezone=Asia/Kolkata`,
  types: { getTypeParser: () => (text: string | Buffer) => `as the host reads it: ${text}` },
});
// `end` does not wait for the goodbyes; a database dropped in the meantime breaks what is left of them.
host.on('error', (error) => {
  if (!host.ending) throw error;
});
// No cast: what a host has is what we take.
const db: Database = { pool: host };
const ours = createPool({ connectionString, schema, applicationName: 'host test' });

afterAll(async () => {
  await host.end();
  await ours.end();
});

function secondCopyOfPg(): typeof pg {
  const require = createRequire(import.meta.url);
  for (const file of Object.keys(require.cache)) {
    if (/[\\/](pg|pg-pool|pg-protocol|pg-types)[\\/]/.test(file)) delete require.cache[file];
  }
  return require('pg');
}

const tablesIn = async (name: string) => {
  const sql = `select tablename from pg_tables where schemaname = $1`;
  return (await ours.query<{ tablename: string }>(sql, [name])).rows.map((row) => row.tablename);
};

describeRepositoryContract('Postgres in a pool and a schema of the host', () => ({
  repository: createRepository(db),
  customers: createCustomerDirectory(db),
  runners: createRunnerDirectory(db),
  inbox: createInbox(db),
  announcements: async () => {
    const outbox = await outboxHeldBy('r', ours);
    const waiting = (await outbox.next(1_000_000))._unsafeUnwrap();
    return JSON.parse(JSON.stringify(waiting.map(({ announcement }) => announcement)));
  },
}));

describe('a pool of the host', () => {
  it('is of another copy of pg, whose errors are told apart all the same', async () => {
    expect(secondCopyOfPg().DatabaseError).not.toBe(pg.DatabaseError);
    const note = defineStatement()({
      name: 'note twice',
      text: `insert into stripe_events (id, type) values (:id, 'x')`,
      constraints: ['stripe_events_pkey'],
    });
    await query(db, note, { id: 'evt_twice' });
    expect((await query(db, note, { id: 'evt_twice' }))._unsafeUnwrapErr()).toEqual({
      type: 'ConstraintViolated',
      constraint: 'stripe_events_pkey',
    });
    const cancel = defineStatement()({
      name: 'cancel',
      text: `do $$ begin raise exception using errcode = '57014'; end $$`,
    });
    expect((await query(db, cancel))._unsafeUnwrapErr()).toMatchObject({
      type: 'DatabaseUnavailable',
      reason: 'timeout',
      outcome: 'not-executed',
    });
  });

  it('reads our values by our rules, and its own by its own', async () => {
    const values = defineStatement<Record<string, unknown>>()({
      name: 'values of all kinds',
      text: `
        select 20.98::numeric as amount, 7::int8 as big, date '2026-01-31' as day,
          timestamptz '2026-01-31 12:00:00.123456+01' as at, '{"a": [1]}'::jsonb as data`,
    });
    expect((await query(db, values))._unsafeUnwrap()).toEqual([
      {
        amount: '20.98',
        big: 7,
        day: '2026-01-31',
        at: new Date('2026-01-31T11:00:00.123Z'),
        data: { a: [1] },
      },
    ]);
    expect((await host.query('select 1 as one')).rows).toEqual([
      { one: 'as the host reads it: 1' },
    ]);
  });
});

describe('a schema of the host', () => {
  it('has all tables, and the schema of everybody has none', async () => {
    expect(migrated._unsafeUnwrap().applied).not.toEqual([]);
    expect(await tablesIn(schema)).toEqual(
      expect.arrayContaining(['payments', 'outbox', 'schema_migrations']),
    );
    expect(await tablesIn('public')).toEqual([]);
  });

  it('is up to date by its own count', async () => {
    const own = await migrationStatus({ connectionString, schema });
    expect(own._unsafeUnwrap().pending).toEqual([]);
    const others = await migrationStatus({ connectionString });
    expect(others._unsafeUnwrap().applied).toEqual([]);
    expect((await migrate({ connectionString, schema }))._unsafeUnwrap().applied).toEqual([]);
  });

  it('that exists is filled by whoever may make tables, but no schemas', async () => {
    const { connectionString: away } = await emptyDatabase();
    const admin = new pg.Client({ connectionString: away });
    await admin.connect();
    const role = `tenant_${process.pid}`;
    await admin.query(`create role ${role} login password 'tenant'`);
    await admin.query(`create schema given authorization ${role}`);
    const url = new URL(away);
    [url.username, url.password] = [role, 'tenant'];
    const filled = await migrate({ connectionString: url.href, schema: 'given' });
    const made = await migrate({ connectionString: url.href, schema: 'not_given' });
    await admin.query(`drop owned by ${role}`);
    await admin.query(`drop role ${role}`);
    await admin.end();
    expect(filled._unsafeUnwrap().applied).not.toEqual([]);
    expect(made._unsafeUnwrapErr()).toMatchObject({ type: 'MigrationFailed' });
  });

  it('has shard locks of its own', async () => {
    const open = (name: string) =>
      openShardLocks({ connectionString, schema: name, holder: name, onLost: () => {} });
    await migrate({ connectionString, schema: 'another' });
    const [here, there] = [await open(schema), await open('another')];
    expect((await here.take([1, 2])).map(({ shard }) => shard)).toEqual([1, 2]);
    expect((await there.take([1])).map(({ shard }) => shard)).toEqual([1]);
    expect(await there.look()).toMatchObject({ relays: 1 });
    await here.end();
    await there.end();
  });

  it.each(['a"; drop table payments; --', 'two words', '', '1st', 'n'.repeat(64)])(
    'may not be called %j',
    async (name) => {
      const why = 'letters, digits and underscores';
      expect(() => searchPathOption(name)).toThrow(why);
      const options = { connectionString, schema: name };
      expect(() => createPool({ ...options, applicationName: 'x' })).toThrow(why);
      await expect(migrate(options)).rejects.toThrow(why);
    },
  );

  it('is not hidden by options in the URL', async () => {
    const hiding = `${connectionString}?options=-c%20search_path%3Dpublic`;
    const make = () => createPool({ connectionString: hiding, schema, applicationName: 'x' });
    expect(make).toThrow('in one place only');
  });
});

describe('the tool for migrations that is not installed', () => {
  it('is named, with how to install it', async () => {
    const missing = Object.assign(new Error(`Cannot find package 'node-pg-migrate'`), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    const load = loadMigrationTool(() => Promise.reject(missing));
    await expect(load).rejects.toThrow('npm install node-pg-migrate@9');
    const broken = new Error('broken');
    await expect(loadMigrationTool(() => Promise.reject(broken))).rejects.toBe(broken);
  });
});
