import type { WebhookInbox, WebhookNote } from '@campusg-pay/core';
import { createBatch, lockTimeoutFor, SHORT_LOCK_WAIT } from '../connection/batch.js';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

const SEEN = defineStatement<{ id: string }>()({
  name: 'seen_webhooks',
  // Each by its index, however small the table was when this was planned.
  text: `
    select wanted.id
    from unnest(:eventIds::text[]) as wanted (id)
    cross join lateral (select from stripe_events e where e.id = wanted.id limit 1) seen`,
});

const NOTE = defineStatement()({
  name: 'note_webhooks',
  text: `
    insert into stripe_events (id, type, payment_id)
    select id, type, "paymentId"
    from ${SHORT_LOCK_WAIT}, json_to_recordset(:notes) as note (
      id text, type text, "paymentId" text
    )
    on conflict do nothing`,
});

/** The inbox of webhooks, in Postgres. Those that come together share a statement. */
export function createInbox(db: Database): WebhookInbox {
  return {
    seen: createBatch<string, boolean>({
      run: async (eventIds) => {
        const found = await query(db, SEEN, { eventIds });
        return found.map((rows) => {
          const seen = new Set(rows.map(({ id }) => id));
          return eventIds.map((id) => seen.has(id));
        });
      },
    }),
    note: createBatch<WebhookNote, void>({
      run: async (notes) => {
        const values = { notes: JSON.stringify(notes), lockTimeout: lockTimeoutFor(notes) };
        const noted = await query(db, NOTE, values);
        return noted.map(() => notes.map(() => undefined));
      },
    }),
  };
}
