import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Database, query } from '../../src/postgres/connection/query.js';
import { defineStatement } from '../../src/postgres/connection/statement.js';
import {
  admin,
  connectionString,
  faultOf,
  insert,
  lost,
  one,
  open,
  pid,
  raise,
  sleep,
} from '../setup/pool.js';
import { openProxy, portOf } from '../setup/wire.js';

describe('an outage', () => {
  it.each([
    ['40001', 'serialization', 'not-executed'],
    ['40P01', 'deadlock', 'not-executed'],
    ['53100', 'resources', 'not-executed'],
    ['53300', 'pool-exhausted', 'not-executed'],
    ['57P03', 'shutdown', 'not-executed'],
    ['08006', 'connection', 'unknown'],
    ['40003', 'connection', 'unknown'],
    ['25006', 'read-only', 'not-executed'],
    ['42P05', 'connection', 'not-executed'],
    ['42501', 'rights', 'not-executed'],
  ])('with state %s is a fault: %s, %s', async (code, reason, outcome) => {
    expect(await faultOf(query({ pool: open() }, raise, { state: code }))).toMatchObject({
      type: 'DatabaseUnavailable',
      reason,
      outcome,
      code,
    });
  });

  it('says that a statement ran too long, and that it left no trace', async () => {
    const fault = await faultOf(
      query({ pool: open({ statementTimeoutMs: 100 }) }, sleep, { seconds: 5 }),
    );
    expect(fault).toMatchObject({ reason: 'timeout', outcome: 'not-executed', code: '57014' });
  });

  it('says that a lock was not to be had in time', async () => {
    const holder = await admin.connect();
    await holder.query('begin; lock table things');
    const fault = await faultOf(
      query({ pool: open({ lockTimeoutMs: 100 }) }, insert, { id: 1, size: 1 }),
    );
    await holder.query('rollback');
    holder.release();
    expect(fault).toMatchObject({ reason: 'timeout', outcome: 'not-executed', code: '55P03' });
  });

  it('of one statement that lost a deadlock is over when it is sent once more', async () => {
    const sent: string[] = [];
    const db = { pool: open(), onQuery: (name: string) => sent.push(name) };
    await query(db, insert, { id: 1, size: 1 });
    await query(db, insert, { id: 2, size: 1 });
    const lock = defineStatement()({ name: 'lock', text: 'select lock_both(:first, :second)' });
    const both = await Promise.all([
      query(db, lock, { first: 1, second: 2 }),
      query(db, lock, { first: 2, second: 1 }),
    ]);
    expect(both.map((result) => result.isOk())).toEqual([true, true]);
    expect(sent.filter((name) => name === 'lock')).toHaveLength(3);
  });

  it.each(['40001', '40P01', '57014'])('with state %s is not tried for ever', async (code) => {
    const sent: string[] = [];
    await faultOf(
      query({ pool: open(), onQuery: (name) => sent.push(name) }, raise, { state: code }),
    );
    expect(sent).toHaveLength(code === '57014' ? 1 : 2);
  });

  it('says that no connection came free', async () => {
    const db = { pool: open({ max: 1, connectionTimeoutMs: 100 }) };
    const busy = query(db, sleep, { seconds: 2 });
    expect(await faultOf(query(db, one))).toMatchObject({
      reason: 'pool-exhausted',
      outcome: 'not-executed',
    });
    expect((await busy).isOk()).toBe(true);
  });

  it('in the middle of a statement leaves its outcome unknown, and the next one works', async () => {
    const db = { pool: open({ max: 1 }) };
    const [row] = (await query(db, pid))._unsafeUnwrap();
    const running = faultOf(query(db, sleep, { seconds: 5 }));
    const active = `select 1 from pg_stat_activity where pid = $1 and state = 'active'`;
    await expect.poll(async () => (await admin.query(active, [row?.pid])).rowCount).toBe(1);
    await admin.query('select pg_terminate_backend($1)', [row?.pid]);
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
    // A reserved one, on which no other test listens meanwhile.
    const port = '1';
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
    const db = { pool: open({ connectionString: through, statementTimeoutMs: 1_000, max: 1 }) };
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
    const running = faultOf(query(db, sleep, { seconds: 1 }));
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
        { seconds: 'secret' },
      ),
    );
    const state = await faultOf(query({ pool: open() }, raise, { state: '53100' }));
    expect(JSON.stringify([fault, state])).not.toMatch(/hunter2|secret|select|postgres:/);
  });
});
