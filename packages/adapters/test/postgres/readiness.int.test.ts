import { describe, expect, it } from 'vitest';
import { createPool } from '../../src/postgres/connection/pool.js';
import { query } from '../../src/postgres/connection/query.js';
import { defineStatement } from '../../src/postgres/connection/statement.js';
import { checkWritable } from '../../src/postgres/schema/readiness.js';
import { testDatabase } from '../setup/database.js';

const { pool, connectionString } = await testDatabase();

const nameOf = (url: string) => new URL(url).pathname.slice(1);

/** A user with these rights alone, on a pool of its own. */
async function userWith(rights: string) {
  const user = `reader_${nameOf(connectionString)}_${Math.random().toString(36).slice(2)}`;
  await pool.query(`create role ${user} login password 'secret'; ${rights.replaceAll('$', user)}`);
  const url = new URL(connectionString);
  [url.username, url.password] = [user, 'secret'];
  const own = createPool({ connectionString: url.href, applicationName: 'reader', max: 1 });
  return {
    own,
    drop: async () => {
      await own.end();
      await pool.query(`drop owned by ${user}; drop role ${user}`);
    },
  };
}

describe('the database takes writes', () => {
  it('where it does, and nothing is written', async () => {
    expect((await checkWritable({ pool })).isOk()).toBe(true);
  });

  it('not where it is set to read only, and again when it is not', async () => {
    const name = nameOf(connectionString);
    await pool.query(`alter database ${name} set default_transaction_read_only = on`);
    const own = createPool({ connectionString, applicationName: 'read only', max: 1 });
    expect((await checkWritable({ pool: own }))._unsafeUnwrapErr()).toMatchObject({
      reason: 'read-only',
      code: '25006',
    });
    const writing = createPool({ connectionString, applicationName: 'writing', max: 1 });
    await writing.query('set default_transaction_read_only = off');
    await writing.query(`alter database ${name} reset default_transaction_read_only`);
    await writing.end();
    // Its connection was left, so that the next one meets the database as it is now.
    expect((await checkWritable({ pool: own })).isOk()).toBe(true);
    await own.end();
  });

  it.each([
    ['reads only', 'grant select on all tables in schema public to $'],
    [
      'may not queue events',
      'grant select, update on all tables in schema public to $; grant insert on payments to $',
    ],
  ])('not for a user who %s', async (_name, rights) => {
    const { own, drop } = await userWith(rights);
    expect((await checkWritable({ pool: own }))._unsafeUnwrapErr()).toMatchObject({
      reason: 'rights',
      code: '42501',
    });
    await drop();
  });
});

describe('a plan', () => {
  const all = defineStatement()({ name: 'all_plans', text: 'select * from plans' });

  it('that a migration outdated is made anew, on every connection that has it', async () => {
    await pool.query('create table plans (a int); insert into plans values (1)');
    const own = createPool({ connectionString, applicationName: 'plans', max: 3 });
    const three = () => Promise.all([1, 2, 3].map(() => query({ pool: own }, all)));
    await three();
    await pool.query('alter table plans add b int default 2');
    for (const answer of await three()) expect(answer._unsafeUnwrap()).toEqual([{ a: 1, b: 2 }]);
    await own.end();
  });

  it('that a pooler threw away is made anew', async () => {
    const own = createPool({ connectionString, applicationName: 'plans', max: 1 });
    await query({ pool: own }, all);
    await own.query('discard all');
    expect((await query({ pool: own }, all)).isOk()).toBe(true);
    await own.end();
  });

  it('whose name somebody else took is made without it', async () => {
    const own = createPool({ connectionString, applicationName: 'plans', max: 1 });
    await own.query('prepare all_plans as select 1');
    expect((await query({ pool: own }, all)).isOk()).toBe(true);
    expect((await query({ pool: own }, all)).isOk()).toBe(true);
    await own.end();
  });
});
