import { chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../src/postgres/connection/pool.js';
import { query } from '../../src/postgres/connection/query.js';
import { defineStatement } from '../../src/postgres/connection/statement.js';
import type { EmbeddedPostgres } from '../../src/postgres/embedded/embedded.js';
import { openShardLocks } from '../../src/postgres/outbox/shard-locks.js';
import { migrate } from '../../src/postgres/schema/migrate.js';
import { explainDatabase } from '../../src/service/database-wording.js';
import { admin } from '../setup/admin.js';
import { initialised, start } from '../setup/embedded.js';

const WHERE = defineStatement<{ port: string }>()({
  name: 'port',
  text: `select current_setting('port') as port`,
});
const NOTE = defineStatement()({ name: 'note', text: 'create table if not exists notes (id int)' });

/** A hot standby: it reads only, until it is promoted. */
async function startStandby(): Promise<EmbeddedPostgres> {
  const folder = await initialised();
  const cluster = join(folder, 'cluster');
  const { uid, gid } = statSync(cluster);
  writeFileSync(join(cluster, 'standby.signal'), '');
  chownSync(join(cluster, 'standby.signal'), uid, gid);
  return start(folder, { keep: true });
}

describe('a URL with several hosts', () => {
  let primary: EmbeddedPostgres;
  let standby: EmbeddedPostgres;
  let url: string;

  beforeAll(async () => {
    primary = await start(await initialised(), { keep: true });
    standby = await startStandby();
    // Both are copies of one, so that the password is the same.
    const ports = `127.0.0.1:${standby.port},127.0.0.1:${primary.port}`;
    url = standby.connectionString.replace(/127\.0\.0\.1:\d+/, ports);
  });
  afterAll(() => Promise.all([primary.close(), standby.close()]));

  const open = (connectionString: string) =>
    createPool({ connectionString, applicationName: 'hosts test', connectionTimeoutMs: 10_000 });
  const portOf = async (pool: ReturnType<typeof open>) =>
    Number((await query({ pool }, WHERE))._unsafeUnwrap()[0]?.port);

  it('leads to the one that takes writes, wherever it stands', async () => {
    const pool = open(url);
    expect(await Promise.all([portOf(pool), portOf(pool)])).toEqual([primary.port, primary.port]);
    await pool.end();
    expect((await migrate({ connectionString: url }))._unsafeUnwrap().applied).not.toEqual([]);
    const locks = await openShardLocks({ connectionString: url, holder: 'test', onLost: () => {} });
    expect((await locks.take([0])).map(({ shard }) => shard)).toEqual([0]);
    await locks.end();
  });

  it('whose first host is not there leads to the next', async () => {
    const pool = open(url.replace(String(standby.port), '1'));
    expect(await portOf(pool)).toBe(primary.port);
    await pool.end();
  });

  it('of standbys only is told so', async () => {
    const none = url.replace(String(primary.port), '1');
    const pool = open(none);
    const fault = (await query({ pool }, WHERE))._unsafeUnwrapErr();
    await pool.end();
    expect(fault).toMatchObject({ type: 'DatabaseUnavailable', code: 'ERR_TAKES_NO_WRITES' });
    expect(explainDatabase(fault, none).found).toMatch(
      /^no host of 127\.0\.0\.1:\d+, 127\.0\.0\.1:1 takes writes/,
    );
    const any = open(`${none}?target_session_attrs=any`);
    expect(await portOf(any)).toBe(standby.port);
    await any.end();
  });

  it('leaves one that is set to read only, and finds it again', async () => {
    const pool = open(url);
    expect(await portOf(pool)).toBe(primary.port);
    const readOnly = async (on: boolean) => {
      const set = `set default_transaction_read_only = ${on ? 'on' : 'off'}`;
      await admin(
        primary.connectionString,
        `begin read write; alter role campusg_pay ${set}; commit`,
      );
    };
    await readOnly(true);
    // An open connection is what it was when it was opened.
    await pool.query('set default_transaction_read_only = on');
    expect((await query({ pool }, NOTE)).isErr()).toBe(true);
    expect((await query({ pool }, NOTE))._unsafeUnwrapErr()).toMatchObject({
      code: 'ERR_TAKES_NO_WRITES',
    });
    await readOnly(false);
    expect((await query({ pool }, NOTE)).isOk()).toBe(true);
    await pool.end();
  });

  it('leads to the new primary after a failover, with the same pool', async () => {
    const pool = open(url);
    expect(await portOf(pool)).toBe(primary.port);
    await primary.close();
    expect((await query({ pool }, NOTE)).isErr()).toBe(true);
    await admin(standby.connectionString, 'select pg_promote()');
    expect((await query({ pool }, NOTE)).isOk()).toBe(true);
    expect(await portOf(pool)).toBe(standby.port);
    await pool.end();
  });
});
