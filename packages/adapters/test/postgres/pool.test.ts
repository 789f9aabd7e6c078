import { connect, createServer, type Socket } from 'node:net';
import type { Result } from 'neverthrow';
import type pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { DatabaseFault } from '../../src/postgres/faults.js';
import {
  type ConstraintViolated,
  createPool,
  type Database,
  defineStatement,
  type PoolOptions,
  query,
} from '../../src/postgres/pool.js';
import { testDatabase } from '../setup/database.js';

const { connectionString, pool: admin } = await testDatabase();
await admin.query(`
  create table things (id int constraint things_pkey primary key, size int constraint small check (size < 10));
  create function raise_state(state text) returns void language plpgsql as
    $$ begin raise exception using errcode = state; end $$;
  create function lock_both(first int, second int) returns void language plpgsql as $$ begin
    perform from things where id = first for update;
    perform pg_sleep(0.3);
    perform from things where id = second for update;
  end $$;`);

const pools: pg.Pool[] = [];
const lost: DatabaseFault[] = [];

afterEach(async () => {
  for (const pool of pools.splice(0)) if (!pool.ending) await pool.end();
  await admin.query('truncate things');
  lost.splice(0);
});

function open(options: Partial<PoolOptions> = {}): pg.Pool {
  const pool = createPool({
    connectionString,
    applicationName: 'pool test',
    onConnectionLost: (fault) => lost.push(fault),
    ...options,
  });
  pools.push(pool);
  return pool;
}

const one = defineStatement<{ one: number }>({ name: 'one', text: 'select 1 as one' });
const pid = defineStatement<{ pid: number }>({
  name: 'pid',
  text: 'select pg_backend_pid() as pid',
});
const sleep = defineStatement({ name: 'sleep', text: 'select pg_sleep($1)' });
const raise = defineStatement({ name: 'raise', text: 'select raise_state($1)' });
const insert = defineStatement<{ id: number }, 'things_pkey' | 'small'>({
  name: 'insert thing',
  text: 'insert into things (id, size) values ($1, $2) returning id',
  constraints: ['things_pkey', 'small'],
});

async function faultOf(
  answer: Promise<Result<unknown, DatabaseFault | ConstraintViolated<string>>>,
): Promise<DatabaseFault> {
  const error = (await answer)._unsafeUnwrapErr();
  if (error.type !== 'DatabaseUnavailable') throw new Error(`Not a fault: ${error.type}`);
  return error;
}

describe('a statement', () => {
  it('answers its rows and is counted by name, one round trip each', async () => {
    const names: string[] = [];
    const db: Database = { pool: open(), onQuery: (name) => names.push(name) };
    expect((await query(db, one))._unsafeUnwrap()).toEqual([{ one: 1 }]);
    expect((await query(db, insert, [1, 2]))._unsafeUnwrap()).toEqual([{ id: 1 }]);
    expect(names).toEqual(['one', 'insert thing']);
  });

  it('is prepared once per connection under its own name', async () => {
    const db = { pool: open({ max: 1 }) };
    await query(db, one);
    await query(db, one);
    const prepared = await db.pool.query('select name from pg_prepared_statements');
    expect(prepared.rows).toEqual([{ name: 'one' }]);
  });

  it('may not have a name that Postgres would cut', () => {
    expect(() => defineStatement({ name: 'n'.repeat(64), text: 'select 1' })).toThrow('63 bytes');
  });

  it('keeps every digit: numeric is text, int8 a number, times are dates, days are text', async () => {
    const types = defineStatement<Record<string, unknown>>({
      name: 'types',
      text: `select 20.98::numeric as amount, 9007199254740991::int8 as big, date '2026-01-31' as day,
             timestamptz '2026-01-31 12:00:00.123+01' as at`,
    });
    expect((await query({ pool: open() }, types))._unsafeUnwrap()).toEqual([
      {
        amount: '20.98',
        big: Number.MAX_SAFE_INTEGER,
        day: '2026-01-31',
        at: new Date('2026-01-31T11:00:00.123Z'),
      },
    ]);
  });

  it('throws rather than round an int8 that no number can hold', async () => {
    const big = defineStatement({ name: 'big', text: 'select 9007199254740993::int8' });
    await expect(query({ pool: open() }, big)).rejects.toThrow('too large');
  });
});

describe('a violated constraint', () => {
  it('is an answer when the statement lists it, and the connection is kept', async () => {
    const db = { pool: open({ max: 1 }) };
    const before = (await query(db, pid))._unsafeUnwrap();
    await query(db, insert, [1, 2]);
    const taken = await query(db, insert, [1, 2]);
    const tooLarge = await query(db, insert, [2, 10]);
    expect(taken._unsafeUnwrapErr()).toEqual({
      type: 'ConstraintViolated',
      constraint: 'things_pkey',
    });
    expect(tooLarge._unsafeUnwrapErr()).toMatchObject({ constraint: 'small' });
    expect((await query(db, pid))._unsafeUnwrap()).toEqual(before);
  });

  it('is a bug when the statement does not list it', async () => {
    const db = { pool: open() };
    const careless = defineStatement({ name: 'careless', text: insert.text });
    await query(db, insert, [1, 2]);
    await expect(query(db, careless, [1, 2])).rejects.toThrow('things_pkey');
  });

  it('is not confused with broken SQL, which throws', async () => {
    const broken = defineStatement({ name: 'broken', text: 'select nothing from nowhere' });
    await expect(query({ pool: open() }, broken)).rejects.toThrow('nowhere');
  });
});

describe('an outage', () => {
  it.each([
    ['40001', 'serialization', 'not-executed'],
    ['40P01', 'deadlock', 'not-executed'],
    ['53100', 'resources', 'not-executed'],
    ['53300', 'pool-exhausted', 'not-executed'],
    ['57P03', 'shutdown', 'not-executed'],
    ['08006', 'connection', 'unknown'],
    ['40003', 'connection', 'unknown'],
    ['25006', 'connection', 'not-executed'],
  ])('with state %s is a fault: %s, %s', async (code, reason, outcome) => {
    expect(await faultOf(query({ pool: open() }, raise, [code]))).toMatchObject({
      type: 'DatabaseUnavailable',
      reason,
      outcome,
      code,
    });
  });

  it('says that a statement ran too long, and that it left no trace', async () => {
    const fault = await faultOf(query({ pool: open({ statementTimeoutMs: 100 }) }, sleep, [5]));
    expect(fault).toMatchObject({ reason: 'timeout', outcome: 'not-executed', code: '57014' });
  });

  it('says that a lock was not to be had in time', async () => {
    const holder = await admin.connect();
    await holder.query('begin; lock table things');
    const fault = await faultOf(query({ pool: open({ lockTimeoutMs: 100 }) }, insert, [1, 1]));
    await holder.query('rollback');
    holder.release();
    expect(fault).toMatchObject({ reason: 'timeout', outcome: 'not-executed', code: '55P03' });
  });

  it('says that a deadlock was ended, on the losing side only', async () => {
    const db = { pool: open() };
    await query(db, insert, [1, 1]);
    await query(db, insert, [2, 1]);
    const lock = defineStatement({ name: 'lock', text: 'select lock_both($1, $2)' });
    const both = await Promise.all([query(db, lock, [1, 2]), query(db, lock, [2, 1])]);
    const losers = both.filter((result) => result.isErr());
    expect(losers.map((loser) => loser._unsafeUnwrapErr())).toMatchObject([{ reason: 'deadlock' }]);
  });

  it('says that no connection came free', async () => {
    const db = { pool: open({ max: 1, connectionTimeoutMs: 100 }) };
    const busy = query(db, sleep, [0.4]);
    expect(await faultOf(query(db, one))).toMatchObject({
      reason: 'pool-exhausted',
      outcome: 'not-executed',
    });
    expect((await busy).isOk()).toBe(true);
  });

  it('in the middle of a statement leaves its outcome unknown, and the next one works', async () => {
    const db = { pool: open({ max: 1 }) };
    const [row] = (await query(db, pid))._unsafeUnwrap();
    const running = faultOf(query(db, sleep, [5]));
    await admin.query('select pg_sleep(0.1), pg_terminate_backend($1)', [row?.pid]);
    expect(await running).toMatchObject({ reason: 'shutdown', outcome: 'unknown', code: '57P01' });
    expect((await query(db, one)).isOk()).toBe(true);
  });

  it('of an idle connection is told to the listener, and the next statement works', async () => {
    const db = { pool: open({ max: 1 }) };
    const [row] = (await query(db, pid))._unsafeUnwrap();
    await admin.query('select pg_terminate_backend($1)', [row?.pid]);
    await expect.poll(() => lost).toMatchObject([{ reason: 'shutdown', code: '57P01' }]);
    expect((await query(db, one)).isOk()).toBe(true);
  });

  it('of our own making, an ended pool, is a shutdown', async () => {
    const pool = open();
    await pool.end();
    expect(await faultOf(query({ pool }, one))).toMatchObject({ reason: 'shutdown' });
  });
});

describe('a database out of reach', () => {
  const at = (change: (url: URL) => void): Database => {
    const url = new URL(connectionString);
    change(url);
    return { pool: open({ connectionString: url.href, connectionTimeoutMs: 300 }) };
  };

  it('refuses the connection: nothing was executed', async () => {
    const port = await freePort();
    const fault = await faultOf(
      query(
        at((url) => (url.port = port)),
        one,
      ),
    );
    expect(fault).toMatchObject({ reason: 'connection', outcome: 'not-executed' });
    expect(fault.code).toBe('ECONNREFUSED');
  });

  it.each([
    ['a wrong password', (url: URL) => (url.password = 'wrong'), '28P01'],
    ['a missing database', (url: URL) => (url.pathname = '/nowhere'), '3D000'],
  ])('because of %s is a matter of access', async (_name, change, code) => {
    expect(await faultOf(query(at(change), one))).toMatchObject({ reason: 'access', code });
  });

  it('that takes the connection and says nothing is given up on', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    const port = await portOf(silent);
    expect(
      await faultOf(
        query(
          at((url) => (url.port = port)),
          one,
        ),
      ),
    ).toMatchObject({
      reason: 'connection',
      outcome: 'not-executed',
    });
    silent.close();
  });

  it('that falls silent in the middle leaves the outcome unknown, and that wire is left', async () => {
    const proxy = await openProxy(connectionString);
    const through = proxy.connectionString;
    const db = { pool: open({ connectionString: through, statementTimeoutMs: 100, max: 1 }) };
    await query(db, one);
    proxy.fallSilent();
    expect(await faultOf(query(db, one))).toMatchObject({ reason: 'timeout', outcome: 'unknown' });
    expect((await query(db, one)).isOk()).toBe(true);
    proxy.close();
  });

  it('whose wire is cut in the middle leaves the outcome unknown, and we live on', async () => {
    const proxy = await openProxy(connectionString);
    const db = { pool: open({ connectionString: proxy.connectionString }) };
    await query(db, one);
    const running = faultOf(query(db, sleep, [1]));
    setTimeout(proxy.cut, 50);
    expect(await running).toMatchObject({ reason: 'connection', outcome: 'unknown' });
    expect((await query(db, one)).isOk()).toBe(true);
    proxy.close();
  });

  it('never shows the password, the SQL or the values', async () => {
    const fault = await faultOf(
      query(
        at((url) => (url.password = 'hunter2')),
        sleep,
        ['secret'],
      ),
    );
    const state = await faultOf(query({ pool: open() }, raise, ['53100']));
    expect(JSON.stringify([fault, state])).not.toMatch(/hunter2|secret|select|postgres:/);
  });
});

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function portOf(server: ReturnType<typeof createServer>): Promise<string> {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  return String(typeof address === 'object' ? address?.port : address);
}

/** A wire to the real server that can fall silent or be cut; new connections work again. */
async function openProxy(target: string) {
  const { port } = new URL(target);
  const sockets: Socket[] = [];
  const server = createServer((inside) => {
    const outside = connect(Number(port), '127.0.0.1');
    inside.pipe(outside).pipe(inside);
    for (const socket of [inside, outside]) sockets.push(socket.on('error', () => {}));
  }).listen(0, '127.0.0.1');
  const url = new URL(target);
  url.port = await portOf(server);
  const cut = () => {
    for (const socket of sockets.splice(0)) socket.destroy();
  };
  return {
    connectionString: url.href,
    fallSilent: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    cut,
    close: () => {
      cut();
      server.close();
    },
  };
}
