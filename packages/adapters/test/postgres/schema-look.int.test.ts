import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate, migrationStatus } from '../../src/postgres/schema/migrate.js';
import { findOurSchema } from '../../src/postgres/schema/our-schema.js';
import { admin } from '../setup/admin.js';
import { emptyDatabase } from '../setup/database.js';

const owner = `owner_${process.pid}`;
const guest = `guest_${process.pid}`;
const roles = [owner, guest];
let connectionString = '';
const databases: string[] = [];

beforeEach(async () => {
  ({ connectionString } = await emptyDatabase());
  databases.push(new URL(connectionString).pathname.slice(1));
  for (const role of roles) {
    await admin(
      connectionString,
      `do $$ begin create role ${role} login password 'x'; exception when duplicate_object then null; end $$`,
    );
  }
});
afterAll(async () => {
  const url = new URL(connectionString);
  for (const database of databases) {
    url.pathname = `/${database}`;
    await admin(url.href, `drop owned by ${roles.join(', ')} cascade`);
  }
  await admin(connectionString, `drop role ${roles.join(', ')}`);
});

const sql = (text: string) => admin<{ name: string }>(connectionString, text);

function as(role: string, query = ''): string {
  const url = new URL(connectionString);
  url.username = role;
  url.password = 'x';
  return `${url.href}${query}`;
}

/** All that is in the database, to see that nothing was changed. */
const everything = () =>
  sql(`
    select n.nspname || '.' || c.relname as name from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname not like 'pg_%' and n.nspname <> 'information_schema' order by 1`);

/** What migrating and looking both say of it, having changed nothing. */
async function refused(url = connectionString): Promise<{ detail: string; cure: string }> {
  const before = await everything();
  const migrated = (await migrate({ connectionString: url }))._unsafeUnwrapErr();
  const status = await migrationStatus({ connectionString: url });
  if (status.isErr()) expect(status.error).toEqual(migrated);
  expect(await everything()).toEqual(before);
  expect(migrated).toMatchObject({ type: 'MigrationFailed', cure: expect.any(String) });
  return migrated as { detail: string; cure: string } & typeof migrated;
}

describe('what belongs to another application is left alone:', () => {
  it.each([
    ['Rails', 'create table schema_migrations (version text primary key)'],
    [
      'golang-migrate',
      'create table schema_migrations (version bigint primary key, dirty boolean)',
    ],
    [
      'node-pg-migrate',
      `create table schema_migrations (id serial, name text, run_on timestamp);
       insert into schema_migrations (name, run_on) values ('1690000000000_users', now())`,
    ],
    [
      'somebody who numbers as we do',
      `create table schema_migrations (id serial, name text, run_on timestamp);
       insert into schema_migrations (name, run_on) values ('000001_users', now())`,
    ],
  ])('a table schema_migrations of %s', async (_, text) => {
    await sql(text);
    const { detail, cure } = await refused();
    expect(detail).toBe(
      'the table schema_migrations in the schema "public" belongs to another application',
    );
    expect(cure).toMatch(
      /create database campusg_pay.*create schema campusg_pay, with \?options=-c%20search_path%3Dcampusg_pay/,
    );
  });

  it('tables of the names that ours have', async () => {
    await sql('create table payments (id int); create view customers as select 1 as id');
    const { detail } = await refused();
    expect(detail).toMatch(
      /^the schema "public" has payments, customers already, which we did not make/,
    );
  });

  it('and a schema of our own beside it works, named in the URL', async () => {
    await sql('create table schema_migrations (version text); create table payments (id int)');
    const url = `${connectionString}?options=-c%20search_path%3Down`;
    expect((await refused(url)).detail).toMatch(
      /search path of the user "campusg_pay" names no schema/,
    );
    await sql('create schema own');
    const { applied } = (await migrate({ connectionString: url }))._unsafeUnwrap();
    expect(applied[0]).toBe('000001_payments');
    expect((await migrationStatus({ connectionString: url }))._unsafeUnwrap().pending).toEqual([]);
    expect((await everything()).map(({ name }) => name)).toContain('own.schema_migrations');
  });

  it('and a schema named in the URL is not left for the tables of another installation', async () => {
    await migrate({ connectionString });
    await sql('create schema second');
    const url = `${connectionString}?options=-c%20search_path%3Dsecond`;
    expect((await findOurSchema(connectionString))._unsafeUnwrap()).toBe('public');
    expect((await findOurSchema(url))._unsafeUnwrap()).toBe('second');
  });
});

describe('our own tables', () => {
  it('that are there in part only are refused', async () => {
    await migrate({ connectionString });
    await sql('drop table outbox_shards, parked_commands');
    expect((await migrationStatus({ connectionString }))._unsafeUnwrapErr()).toMatchObject({
      detail: expect.stringMatching(
        /^the schema "public" lacks outbox_shards, parked_commands, although/,
      ),
      cure: expect.stringContaining('backup'),
    });
  });

  it('whose record of migrations is lost are refused', async () => {
    await migrate({ connectionString });
    await sql('drop table schema_migrations');
    expect((await refused()).detail).toMatch(
      /has payments, operations, .* \(no migration of ours is noted\)/,
    );
  });

  it('of a newer release are left as they are, and told', async () => {
    await migrate({ connectionString });
    await sql(`insert into schema_migrations (name, run_on) values ('000999_future', now())`);
    expect((await migrate({ connectionString }))._unsafeUnwrap().applied).toEqual([]);
    const { newer, pending } = (await migrationStatus({ connectionString }))._unsafeUnwrap();
    expect([newer, pending]).toEqual([['000999_future'], []]);
  });

  it('that older releases made along the search path of the user are found', async () => {
    await sql(
      `create schema theirs authorization ${owner}; grant create on schema public to ${owner}`,
    );
    await sql(`alter role ${owner} set search_path = theirs`);
    await migrate({ connectionString: as(owner) });
    await sql('alter table theirs.schema_migrations set schema public');
    const { pending } = (await migrationStatus({ connectionString: as(owner) }))._unsafeUnwrap();
    expect(pending).toEqual([]);
    await sql(`alter role ${owner} reset search_path`);
  });
});

describe('a right that is missing is named as the statement that gives it:', () => {
  it('to make tables, which Postgres 15 took from everybody', async () => {
    const { cure } = await refused(as(guest));
    expect(cure).toMatch(new RegExp(`^grant create on schema "public" to "${guest}"; or run`));
    await sql(`grant create on schema public to ${guest}`);
    expect((await migrate({ connectionString: as(guest) })).isOk()).toBe(true);
  });

  it('to use the schema', async () => {
    await migrate({ connectionString });
    await sql('revoke usage on schema public from public');
    const { detail, cure } = await refused(as(guest, '?options=-c%20search_path%3Dpublic'));
    expect(detail).toMatch(/names no schema that exists and that it may use/);
    expect(cure).toContain(`grant usage on schema NAME to "${guest}"`);
    const given = await migrate({ connectionString: as(guest), schema: 'public' });
    expect(given._unsafeUnwrapErr()).toMatchObject({
      cure: `grant usage on schema "public" to "${guest}"`,
    });
  });

  it('to read what has been applied', async () => {
    await migrate({ connectionString });
    expect((await refused(as(guest))).cure).toMatch(
      new RegExp(`^grant select on "public".schema_migrations to "${guest}"`),
    );
  });

  it('to change the tables of another user', async () => {
    await sql(`grant create on schema public to ${owner}, ${guest}`);
    await migrate({ connectionString: as(owner) });
    await sql(`grant all on all tables in schema public to ${guest}`);
    // As if some had not been there yet, of those that make no tables.
    await sql(`delete from schema_migrations where name ~ '^00001[12]'`);
    const { detail, cure } = await refused(as(guest));
    expect(detail).toContain(`belong to the user "${owner}"`);
    expect(cure).toMatch(new RegExp(`^grant "${owner}" to "${guest}"; or run campusg-pay migrate`));
  });
});
