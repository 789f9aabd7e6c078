import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SHARDS, type ShardLocks } from '@campusg-pay/core';
import pg from 'pg';
import { toDatabaseFault } from '../connection/database-fault.js';

/** Ours among the advisory locks of the database; the second key is the shard. */
const LOCK_CLASS = 1_665_364_023;

/** Held by every relay alike, so that they can be counted. */
const PRESENCE = SHARDS;

/** Longest wait for an answer; a connection that is silent for longer is given up. */
const ANSWER_WITHIN_MS = 2_000;

/** Longest wait for the server to take our leave. */
const GOODBYE_MS = 500;

/**
 * Opens the connection.
 *
 * @param options.onLost called once when it breaks, and not when it is ended
 */
export async function openShardLocks(options: {
  readonly connectionString: string;
  readonly holder: string;
  readonly onLost: () => void;
}): Promise<ShardLocks> {
  // Ours, so that it can be cut even while it waits for an answer that will not come.
  const wire = new Socket();
  const client = newClient(options.connectionString, wire);
  let over = false;
  const lost = () => {
    if (over) return;
    over = true;
    wire.destroy();
    options.onLost();
  };
  client.on('error', lost);
  client.on('end', lost);
  const ask = async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]) => {
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } catch (error) {
      // Whatever it was: without an answer nobody knows what we hold.
      lost();
      throw error;
    }
  };
  await client.connect().catch((error: unknown) => {
    over = true;
    wire.destroy();
    throw toDatabaseFault(error, 'connect') ?? error;
  });
  const [own] = await ask<{ pid: number }>(ENTER, [LOCK_CLASS, PRESENCE]);
  return {
    look: async () => {
      const [seen] = await ask<Seen>(LOOK, [LOCK_CLASS, PRESENCE]);
      if (seen === undefined || seen.pid !== own?.pid) {
        lost();
        throw new Error(
          'the connection leads to another session each time: relays need a direct one to Postgres',
        );
      }
      return { relays: seen.relays, free: seen.free };
    },
    take: async (shards) => {
      const taken = await ask<{ shard: number }>(TAKE, [LOCK_CLASS, shards]);
      return ask(NOTE, [options.holder, taken.map(({ shard }) => shard)]);
    },
    giveBack: async (shards) => {
      // First the note, then the lock: whoever gets the lock must find the note.
      await ask(CLEAR, [options.holder, shards]);
      await ask(LEAVE, [LOCK_CLASS, shards]);
    },
    end: async () => {
      if (over) return;
      over = true;
      await Promise.race([client.end(), sleep(GOODBYE_MS)]);
      wire.destroy();
    },
  };
}

function newClient(connectionString: string, wire: Socket): pg.Client {
  return new pg.Client({
    connectionString,
    stream: () => wire,
    application_name: 'campusg-pay relay',
    connectionTimeoutMillis: 5_000,
    statement_timeout: ANSWER_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    keepAlive: true,
  });
}

interface Seen extends pg.QueryResultRow {
  readonly pid: number;
  readonly relays: number;
  readonly free: number[];
}

const ENTER = 'select pg_backend_pid() as pid, pg_advisory_lock_shared($1, $2)';

const LOOK = `
  with held as materialized (
    select objid::bigint::int as shard, pid from pg_locks
    where locktype = 'advisory' and objsubid = 2 and granted and classid = $1::bigint::oid
      and database = (select oid from pg_database where datname = current_database())
  )
  select pg_backend_pid() as pid,
    (select count(*)::int from held where shard = $2) as relays,
    array(
      select shard::int from outbox_shards where shard not in (select shard from held) order by shard
    ) as free`;

const TAKE = `
  select shard from unnest($2::int[]) as shard where pg_try_advisory_lock($1, shard)`;

const NOTE = `
  with last as (
    select shard, holder from outbox_shards where shard = any($2::int[])
  ), noted as (
    update outbox_shards set holder = $1, since = now() where shard = any($2::int[])
  )
  select shard::int as shard, holder as "leftBy" from last`;

const CLEAR = `
  update outbox_shards set holder = null, since = now()
  where holder = $1 and shard = any($2::int[])`;

const LEAVE = 'select pg_advisory_unlock($1, shard) from unnest($2::int[]) as shard';
