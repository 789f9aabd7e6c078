import type { ShardLocks } from '@campusg-pay/core';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { openShardLocks } from '../../src/postgres/outbox/shard-locks.js';
import { admin } from '../setup/admin.js';
import { testDatabase } from '../setup/database.js';
import { until } from '../setup/service.js';

const { pool, connectionString } = await testDatabase();

const opened: ShardLocks[] = [];
afterEach(async () => {
  for (const locks of opened.splice(0)) await locks.end();
  await pool.query('update outbox_shards set holder = null');
});

async function open(holder: string, onLost: () => void = () => {}): Promise<ShardLocks> {
  const locks = await openShardLocks({ connectionString, holder, onLost });
  opened.push(locks);
  return locks;
}

const freeAt = async (locks: ShardLocks) => (await locks.look()).free;

describe('the locks of the shards', () => {
  it('are held by one relay at a time, until it gives them back', async () => {
    const [first, second] = [await open('first'), await open('second')];
    expect(await first.take([1, 2, 3])).toHaveLength(3);
    expect(await second.take([2, 3, 4])).toEqual([{ shard: 4, leftBy: null }]);
    expect(await first.look()).toMatchObject({ relays: 2 });
    for (const locks of [first, second]) {
      expect((await freeAt(locks)).filter((shard) => shard <= 5)).toEqual([0, 5]);
    }
    await first.giveBack([2]);
    expect(await second.take([1, 2])).toEqual([{ shard: 2, leftBy: null }]);
  });

  it('end with their connection, and tell who had them', async () => {
    const second = await open('second');
    const first = await open('first');
    await first.take([7]);
    await first.end();
    await until(
      () => freeAt(second),
      (free) => free.includes(7),
    );
    expect(await second.take([7])).toEqual([{ shard: 7, leftBy: 'first' }]);
    expect(await second.look()).toMatchObject({ relays: 1 });
  });

  it('are told as lost once, at once, and then nothing is to be had of them', async () => {
    let lost = 0;
    const first = await open('first', () => {
      lost += 1;
    });
    await first.take([9]);
    await admin(
      connectionString,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'campusg-pay relay'`,
    );
    await until(
      () => lost,
      (times) => times > 0,
    );
    await expect(first.take([10])).rejects.toThrow();
    await first.end();
    expect(lost).toBe(1);
  });

  it('are not counted on where each statement meets another session, as behind a pooler', async () => {
    await pool.query('create schema behind_pooler');
    await pool.query(`create function behind_pooler.pg_backend_pid() returns int
      language sql volatile as 'select (random() * 1000000)::int'`);
    const pooled = new URL(connectionString);
    pooled.searchParams.set('options', '-c search_path=behind_pooler,pg_catalog,public');
    let lost = 0;
    const locks = await openShardLocks({
      connectionString: pooled.href,
      holder: 'pooled',
      onLost: () => {
        lost += 1;
      },
    });
    await expect(locks.look()).rejects.toThrow('another session each time');
    expect(lost).toBe(1);
    await locks.end();
  });

  it('are given back after the note of who has them is gone', async () => {
    const [first, second] = [await open('first'), await open('second')];
    await first.take([11]);
    const reader = new pg.Client({ connectionString });
    await reader.connect();
    await reader.query('begin');
    await reader.query('select 1 from outbox_shards where shard = 11 for update');
    // The note waits for the reader.
    const givenBack = first.giveBack([11]);
    await until(
      async () => (await pool.query('select 1 from pg_locks where not granted')).rowCount,
      (waiting) => waiting === 1,
    );
    expect(await freeAt(second)).not.toContain(11);
    await reader.query('rollback');
    await givenBack;
    await reader.end();
    expect(await freeAt(second)).toContain(11);
  });
});
