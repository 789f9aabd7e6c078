import pg from 'pg';
import { migrate } from '../../../packages/adapters/src/postgres/schema/migrate.js';
import {
  type PostgresServer,
  startPostgres,
} from '../../../packages/adapters/test/setup/postgres-server.js';
import type { Engine } from './judge.js';
import { readState, SHARDED, writeState } from './state.js';

export interface FdwCluster extends Engine {
  readonly servers: readonly PostgresServer[];
  close(): Promise<void>;
}

/** One Postgres whose payments are partitions on two others, by `postgres_fdw`. */
export async function startFdwCluster(): Promise<FdwCluster> {
  const servers = await Promise.all([startPostgres(), startPostgres(), startPostgres()]);
  const [front, ...shards] = servers;
  if (front === undefined) throw new Error('three were started');
  for (const { connectionString } of servers) (await migrate({ connectionString }))._unsafeUnwrap();
  const clients = await Promise.all(shards.map(connected));
  for (const client of clients) await makeShard(client);
  const client = await connected(front);
  await client.query('create extension postgres_fdw');
  for (const [n, shard] of shards.entries()) {
    await client.query(`
      create server shard_${n} foreign data wrapper postgres_fdw
        options (host '127.0.0.1', port '${shard.port}', dbname 'campusg_pay', async_capable 'true');
      create user mapping for current_user server shard_${n}
        options (user 'campusg_pay', password '${shard.password}')`);
  }
  // They go with the tables that they read.
  const { rows: views } = await client.query<{ make: string }>(
    `select format('create or replace view %I as %s', viewname, definition) as make
     from pg_views where schemaname = 'public'`,
  );
  for (const [table, key] of Object.entries(SHARDED)) {
    await client.query(partitioned(table, key, shards.length));
  }
  for (const { make } of views) await client.query(make);
  return {
    servers,
    connectionString: front.connectionString,
    load: async (state) => {
      await client.query(`truncate ${[...state.keys()].join(', ')} cascade`);
      await writeState(client, state);
    },
    dump: (tables) => readState(client, tables),
    close: async () => {
      for (const one of [client, ...clients]) await one.end();
      for (const server of servers) await server.destroy();
    },
  };
}

async function connected({ connectionString }: PostgresServer): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  // It goes with its server.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** What a row refers to may be on the other one; numbers are given by the front. */
async function makeShard(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ drop: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop
     from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`,
  );
  for (const { drop } of rows) await client.query(drop);
  await client.query('alter table outbox alter id drop identity');
}

/** No unique index over partitions that are elsewhere, and no foreign key to them. */
function partitioned(table: string, key: string, shards: number): string {
  const partitions = Array.from(
    { length: shards },
    (_, n) => `
      create foreign table ${table}_${n} partition of ${table}
        for values with (modulus ${shards}, remainder ${n})
        server shard_${n} options (table_name '${table}')`,
  );
  const numbered =
    table === 'outbox'
      ? `; create sequence outbox_number; alter table outbox alter id set default nextval('outbox_number')`
      : '';
  return `
    create table new_${table} (like ${table} including defaults including generated) partition by hash (${key});
    drop table ${table} cascade;
    alter table new_${table} rename to ${table};
    ${partitions.join(';')}${numbered}`;
}
