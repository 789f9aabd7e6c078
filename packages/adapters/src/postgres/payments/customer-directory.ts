import type { CustomerDirectory, CustomerRecord, WebhookInbox } from '@campusg-pay/core';
import { type Database, defineStatement, query } from '../connection/pool.js';

interface CustomerRow {
  customer_id: string;
  stripe_customer_id: string | null;
  request_key: string;
  requested_at: Date;
}

const RESERVE = defineStatement<CustomerRow>({
  name: 'reserve_customer',
  // The empty update makes the row visible even if another made it in this very moment.
  text: `
    insert into customers (customer_id, request_key, requested_at) values ($1, $2, $3)
    on conflict (customer_id) do update set customer_id = excluded.customer_id
    returning customer_id, stripe_customer_id, request_key, requested_at`,
});

const LOOK_UP = defineStatement<Pick<CustomerRow, 'stripe_customer_id'>>({
  name: 'look_up_customer',
  text: 'select stripe_customer_id from customers where customer_id = $1',
});

const RENEW = defineStatement({
  name: 'renew_customer',
  text: `
    update customers set stripe_customer_id = null, request_key = $4, requested_at = $5
    where customer_id = $1 and request_key = $2 and stripe_customer_id is not distinct from $3`,
});

const REMEMBER = defineStatement<Pick<CustomerRow, 'stripe_customer_id'>>({
  name: 'remember_customer',
  text: `
    update customers set stripe_customer_id = coalesce(stripe_customer_id, $2)
    where customer_id = $1
    returning stripe_customer_id`,
});

/** Which platform user is which Stripe customer, in Postgres. */
export function createCustomerDirectory(db: Database): CustomerDirectory {
  return {
    reserve: async ({ customerId, key, now }) => {
      const reserved = await query(db, RESERVE, [customerId, key, now]);
      return reserved.map(([row]) => toRecord(row));
    },
    lookUp: async (customerId) => {
      const found = await query(db, LOOK_UP, [customerId]);
      return found.map(([row]) => row?.stripe_customer_id ?? null);
    },
    renew: async ({ record, key, now }) => {
      const { customerId, key: oldKey, stripeCustomerId } = record;
      const renewed = await query(db, RENEW, [customerId, oldKey, stripeCustomerId, key, now]);
      return renewed.map(() => undefined);
    },
    remember: async ({ customerId, stripeCustomerId }) => {
      const remembered = await query(db, REMEMBER, [customerId, stripeCustomerId]);
      return remembered.map(([row]) => {
        if (!row?.stripe_customer_id) throw new Error('bug: remembered before it was reserved');
        return row.stripe_customer_id;
      });
    },
  };
}

function toRecord(row: CustomerRow | undefined): CustomerRecord {
  if (row === undefined) throw new Error('bug: an upsert returns its row');
  return {
    customerId: row.customer_id,
    stripeCustomerId: row.stripe_customer_id,
    key: row.request_key,
    requestedAt: row.requested_at,
  };
}

const SEEN = defineStatement<{ seen: boolean }>({
  name: 'seen_webhook',
  text: 'select exists (select from stripe_events where id = $1) as seen',
});

const NOTE = defineStatement({
  name: 'note_webhook',
  text: `
    insert into stripe_events (id, type, payment_id) values ($1, $2, $3)
    on conflict do nothing`,
});

/** The inbox of webhooks, in Postgres. */
export function createInbox(db: Database): WebhookInbox {
  return {
    seen: async (eventId) => {
      const found = await query(db, SEEN, [eventId]);
      return found.map(([row]) => row?.seen === true);
    },
    note: async ({ id, type, paymentId }) => {
      const noted = await query(db, NOTE, [id, type, paymentId]);
      return noted.map(() => undefined);
    },
  };
}
