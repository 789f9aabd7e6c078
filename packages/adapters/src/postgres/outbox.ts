import type { DatabaseFault } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { isReply, type Outgoing } from '../outgoing.js';
import { toEvent } from './payment-row.js';
import { type Database, defineStatement, query } from './pool.js';

/** An event or a reply that waits to be published. */
export interface Waiting {
  readonly position: number;
  readonly announcement: Outgoing;
}

/** What is not yet published. A row leaves once it is, so that the table stays small. */
export interface Outbox {
  /** The ones that wait longest. */
  next(limit: number): Promise<Result<Waiting[], DatabaseFault>>;
  /** Takes out what has been published. */
  remove(published: readonly Waiting[]): Promise<Result<void, DatabaseFault>>;
}

const NEXT = defineStatement<{ id: number; announcement: Outgoing }>({
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
          announcement: isReply(announcement)
            ? announcement
            : { ...announcement, event: toEvent(announcement.event) },
        })),
      );
    },
    remove: async (published) => {
      const removed = await query(db, REMOVE, [published.map(({ position }) => position)]);
      return removed.map(() => undefined);
    },
  };
}
