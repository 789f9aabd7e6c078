import type { WebhookInbox } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

const SEEN = defineStatement<{ seen: boolean }>()({
  name: 'seen_webhook',
  text: 'select exists (select from stripe_events where id = :eventId) as seen',
});

const NOTE = defineStatement()({
  name: 'note_webhook',
  text: `
    insert into stripe_events (id, type, payment_id) values (:id, :type, :paymentId)
    on conflict do nothing`,
});

/** The inbox of webhooks, in Postgres. */
export function createInbox(db: Database): WebhookInbox {
  return {
    seen: async (eventId) => {
      const found = await query(db, SEEN, { eventId });
      return found.map(([row]) => row?.seen === true);
    },
    note: async ({ id, type, paymentId }) => {
      const noted = await query(db, NOTE, { id, type, paymentId });
      return noted.map(() => undefined);
    },
  };
}
