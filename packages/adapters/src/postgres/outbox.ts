import type { Announcement, DatabaseFault } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { toEvent } from './payment-row.js';
import { type Database, defineStatement, query } from './pool.js';

/** An announcement that waits to be published. */
export interface Waiting {
  readonly position: number;
  readonly announcement: Announcement;
}

/** What is not yet published. A row leaves once it is, so that the table stays small. */
export interface Outbox {
  /** The ones that wait longest. */
  next(limit: number): Promise<Result<Waiting[], DatabaseFault>>;
  /** Takes out what has been published. */
  remove(published: readonly Waiting[]): Promise<Result<void, DatabaseFault>>;
}

const NEXT = defineStatement<{ id: number; announcement: Announcement }>({
  name: 'next_in_outbox',
  text: 'select id, announcement from outbox order by id limit $1',
});

const REMOVE = defineStatement({
  name: 'remove_from_outbox',
  text: 'delete from outbox where id = any($1::bigint[])',
});

/** The outbox in Postgres. Rows come into it by `save` of the repository only. */
export function createOutbox(db: Database): Outbox {
  return {
    next: async (limit) => {
      const found = await query(db, NEXT, [limit]);
      return found.map((rows) =>
        rows.map(({ id, announcement }) => ({
          position: id,
          announcement: { ...announcement, event: toEvent(announcement.event) },
        })),
      );
    },
    remove: async (published) => {
      const removed = await query(db, REMOVE, [published.map(({ position }) => position)]);
      return removed.map(() => undefined);
    },
  };
}
