import { isReply, type Outbox, type Outgoing } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { toEvent } from '../payments/event-row.js';

// One short walk along the index a shard: the order over all shards is nobody's need, and asking for
// it would step over the backlog of a relay that is stuck, or sort all that waits, each time.
const NEXT = defineStatement<{ shard: number; id: number; announcement: Outgoing }>()({
  name: 'waiting_in_outbox',
  text: `
    select s.shard::int as shard, o.id, o.announcement
    from outbox_shards s
    cross join lateral (
      select id, announcement from outbox where shard = s.shard order by id limit :each
    ) o
    where s.holder = :holder and s.shard = any(:shards::smallint[])
    order by o.id`,
});

const REMOVE = defineStatement()({
  name: 'remove_published',
  // By the primary key, row by row.
  text: `
    delete from outbox
    using unnest(:shards::smallint[], :positions::bigint[]) as published (shard, id)
    where outbox.shard = published.shard and outbox.id = published.id`,
});

const BACKLOG = defineStatement<{ rows: number; age: number }>()({
  name: 'outbox_backlog',
  text: `
    select count(*) as rows,
      coalesce(ceil(extract(epoch from now() - min(created_at)) * 1000), 0)::bigint as age
    from outbox`,
});

/** The outbox in Postgres. Rows come into it with the change that they tell of. */
export function createOutbox(db: Database): Outbox {
  return {
    next: async ({ holder, shards }, limit) => {
      const each = Math.ceil(limit / Math.max(shards.length, 1));
      const found = await query(db, NEXT, { holder, shards, each });
      return found.map((rows) => ({
        rows: rows.map(({ shard, id, announcement }) => ({
          shard,
          position: id,
          announcement: isReply(announcement)
            ? announcement
            : { ...announcement, event: toEvent(announcement.event) },
        })),
        isMore: hasFullShard(rows, each),
      }));
    },
    remove: async (published) => {
      const removed = await query(db, REMOVE, {
        shards: published.map(({ shard }) => shard),
        positions: published.map(({ position }) => position),
      });
      return removed.map(() => undefined);
    },
    backlog: async () => {
      const counted = await query(db, BACKLOG);
      return counted.map(([row]) => ({
        rows: row?.rows ?? 0,
        oldestAgeMs: Math.max(row?.age ?? 0, 0),
      }));
    },
  };
}

function hasFullShard(rows: readonly { readonly shard: number }[], each: number): boolean {
  const counts = new Map<number, number>();
  for (const { shard } of rows) counts.set(shard, (counts.get(shard) ?? 0) + 1);
  return [...counts.values()].some((count) => count >= each);
}
