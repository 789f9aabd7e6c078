import { createHash, randomInt } from 'node:crypto';
import {
  type HoldersSeen,
  type LeaseHolder,
  SHARDS,
  type ShardLocks,
  type TakenShard,
} from '@campusg-pay/core';
import { defineStatement } from '../connection/statement.js';
import { openLockConnection } from './lock-connection.js';

/** Ours among the advisory locks of the database; the second key is a shard, or one of those below. */
const LOCK_CLASS = 1_665_364_023;

/** Advisory locks are the database's: those of a schema of our own must not meet another schema's. */
function lockClassOf(schema: string | undefined): number {
  if (schema === undefined || schema === 'public') return LOCK_CLASS;
  return createHash('sha256').update(schema).digest().readUInt32BE() >>> 1;
}

/** Held by every relay alike, so that they can be counted. */
const PRESENCE = SHARDS;

/** Each of those who take leases holds one of those that follow, for as long as it lives. */
const FIRST_HOLDER = SHARDS + 1;

/** A number for a process that takes leases: another one than those of all that live, surely enough. */
export function newLeaseHolder(): LeaseHolder {
  return randomInt(FIRST_HOLDER, 2 ** 31);
}

/** Longest wait for an answer; a connection that is silent for longer is given up. */
const ANSWER_WITHIN_MS = 2_000;

/** Longest wait for the server to take our leave. */
const GOODBYE_MS = 500;

/**
 * Opens the connection; best directly to Postgres. Through a pooler it keeps one session by a transaction
 * that it leaves open, and writes by a second connection. Throws where it can't be opened: `startShards`
 * tries again.
 *
 * @param options.schema where the tables are, as for `openPool`
 * @param options.searchPath where they are found, where that is not known as `schema`
 * @param options.holder names this relay, as for `startRelay`; never the same for two of them
 * @param options.leaseHolder of a process that also makes calls, as `newLeaseHolder` made it
 * @param options.onLost called once when it breaks, and not when it is ended
 */
export async function openShardLocks(options: {
  readonly connectionString: string;
  readonly schema?: string;
  readonly searchPath?: string | undefined;
  readonly holder: string;
  readonly leaseHolder?: LeaseHolder | undefined;
  readonly onLost: () => void;
}): Promise<ShardLocks> {
  const lockClass = lockClassOf(options.schema);
  const connection = await openLockConnection(options, ANSWER_WITHIN_MS);
  const { ask, write, lost } = connection;
  const { leaseHolder = null } = options;
  const [own] = await ask(ENTER, {
    lockClass,
    presence: PRESENCE,
    leaseHolder,
    onlyNow: connection.isPooled,
  });
  return {
    look: async () => {
      const [seen] = await ask(LOOK, { lockClass, presence: PRESENCE });
      // A pooler may also reset the session, and then the locks are gone although it is the same.
      if (seen === undefined || seen.pid !== own?.pid || !seen.entered) {
        lost();
        throw new Error(
          'the connection leads to another session each time: relays need a direct one to Postgres',
        );
      }
      // Its locks are nobody's business any more: the others ask the new primary.
      if (seen.standby) {
        lost();
        throw new Error('the server has become a standby: its locks are not those of the primary');
      }
      const { relays, free, live, missing } = seen;
      return { relays, free, holders: { live, missing } };
    },
    letGoOf: async (gone, now) => (await write(LET_GO, { lockClass, gone, now })).length,
    letGoOfOwn: async ({ self, underWay, openedBefore, now }) =>
      (await write(LET_GO_OF_OWN, { self, underWay, openedBefore, now })).length,
    take: async (shards) => {
      const taken = await ask(TAKE, { lockClass, shards });
      return write(NOTE, { holder: options.holder, shards: taken.map(({ shard }) => shard) });
    },
    giveBack: async (shards) => {
      // First the note, then the lock: whoever gets the lock must find the note.
      await write(CLEAR, { holder: options.holder, shards });
      await ask(LEAVE, { lockClass, shards });
    },
    end: () => connection.end(GOODBYE_MS),
  };
}

interface Seen extends HoldersSeen {
  readonly pid: number;
  readonly entered: boolean;
  readonly standby: boolean;
  readonly relays: number;
  readonly free: number[];
}

const ENTER = defineStatement<{ pid: number }>()({
  name: 'enter_relay',
  // Shared, so that it is also ours again at once while the server has not yet noticed that the
  // connection which held it before is dead. That server notices within seconds where our host
  // vanished without a word.
  text: `
    select pg_backend_pid() as pid, pg_advisory_lock_shared(:lockClass, :presence),
      pg_advisory_lock_shared(:lockClass, :leaseHolder::int),
      set_config('tcp_keepalives_idle', '2', :onlyNow),
      set_config('tcp_keepalives_interval', '1', :onlyNow),
      set_config('tcp_keepalives_count', '3', :onlyNow),
      (
        select count(set_config(name, '0', :onlyNow)) from pg_settings
        where name in ('idle_session_timeout', 'transaction_timeout')
      )`,
});

/** Our locks in this database. They are read after what the statement sees of its tables was fixed. */
const HELD = `
  held as materialized (
    select objid::bigint::int as key, pid from pg_locks
    where locktype = 'advisory' and objsubid = 2 and granted
      and classid = :lockClass::bigint::oid
      and database = (select oid from pg_database where datname = current_database())
  )` as const;

const LOOK = defineStatement<Seen>()({
  name: 'look_at_shard_locks',
  text: `
    with ${HELD}
    select pg_backend_pid() as pid, pg_is_in_recovery() as standby,
      exists (select from held where key = :presence and pid = pg_backend_pid()) as entered,
      (select count(*)::int from held where key = :presence) as relays,
      array(
        select shard::int from outbox_shards where shard not in (select key from held)
        order by shard
      ) as free,
      (select count(distinct key)::int from held where key > :presence) as live,
      array(
        select distinct holder from operations
        where closed_at is null and holder is not null and holder not in (select key from held)
      ) as missing`,
});

const LET_GO = defineStatement<{ key: string }>()({
  name: 'let_go_of_the_gone',
  // What somebody writes at this moment is left for the next look.
  text: `
    with ${HELD}, gone as (
      select key from operations
      where closed_at is null and holder = any(:gone::int[])
        and holder not in (select key from held)
      for update skip locked
    )
    update operations set resting = true, lease_until = :now, holder = null
    from gone where operations.key = gone.key
    returning operations.key`,
});

const LET_GO_OF_OWN = defineStatement<{ key: string }>()({
  name: 'let_go_of_own',
  text: `
    with left_behind as (
      select key from operations
      where closed_at is null and holder = :self::int and opened_at <= :openedBefore
        and payment_id <> all(:underWay::text[])
      for update skip locked
    )
    update operations set resting = true, lease_until = :now, holder = null
    from left_behind where operations.key = left_behind.key
    returning operations.key`,
});

const TAKE = defineStatement<{ shard: number }>()({
  name: 'lock_shards',
  text: `
    select shard from unnest(:shards::int[]) as shard
    where pg_try_advisory_lock(:lockClass, shard)`,
});

const NOTE = defineStatement<TakenShard>()({
  name: 'note_shard_holder',
  text: `
    with last as (
      select shard, holder from outbox_shards where shard = any(:shards::int[])
    ), noted as (
      update outbox_shards set holder = :holder, since = now() where shard = any(:shards::int[])
    )
    select shard::int as shard, holder as "leftBy" from last`,
});

const CLEAR = defineStatement()({
  name: 'clear_shard_holder',
  text: `
    update outbox_shards set holder = null, since = now()
    where holder = :holder and shard = any(:shards::int[])`,
});

const LEAVE = defineStatement()({
  name: 'unlock_shards',
  text: 'select pg_advisory_unlock(:lockClass, shard) from unnest(:shards::int[]) as shard',
});
