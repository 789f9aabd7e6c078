import type { CustomerDirectory, CustomerEntry } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

interface CustomerRow {
  customer_id: string;
  stripe_customer_id: string | null;
  request_key: string;
  requested_at: Date;
}

const RESERVE = defineStatement<CustomerRow>()({
  name: 'reserve_customer',
  // The empty update makes the row visible even if another made it in this very moment.
  text: `
    insert into customers (customer_id, request_key, requested_at)
    values (:customerId, :key, :now)
    on conflict (customer_id) do update set customer_id = excluded.customer_id
    returning customer_id, stripe_customer_id, request_key, requested_at`,
});

const LOOK_UP = defineStatement<Pick<CustomerRow, 'stripe_customer_id'>>()({
  name: 'look_up_customer',
  text: 'select stripe_customer_id from customers where customer_id = :customerId',
});

const RENEW = defineStatement()({
  name: 'renew_customer',
  text: `
    update customers set
      stripe_customer_id = null, request_key = :key, requested_at = :now
    where customer_id = :customerId and request_key = :oldKey
      and stripe_customer_id is not distinct from :oldStripeCustomerId`,
});

const REMEMBER = defineStatement<Pick<CustomerRow, 'stripe_customer_id'>>()({
  name: 'remember_customer',
  text: `
    update customers set stripe_customer_id = coalesce(stripe_customer_id, :stripeCustomerId)
    where customer_id = :customerId
    returning stripe_customer_id`,
});

/** Which platform user is which Stripe customer, in Postgres. */
export function createCustomerDirectory(db: Database): CustomerDirectory {
  return {
    reserve: async ({ customerId, key, now }) => {
      const reserved = await query(db, RESERVE, { customerId, key, now });
      return reserved.map(([row]) => toRecord(row));
    },
    lookUp: async (customerId) => {
      const found = await query(db, LOOK_UP, { customerId });
      return found.map(([row]) => row?.stripe_customer_id ?? null);
    },
    renew: async ({ record, key, now }) => {
      const renewed = await query(db, RENEW, {
        customerId: record.customerId,
        oldKey: record.key,
        oldStripeCustomerId: record.stripeCustomerId,
        key,
        now,
      });
      return renewed.map(() => undefined);
    },
    remember: async ({ customerId, stripeCustomerId }) => {
      const remembered = await query(db, REMEMBER, { customerId, stripeCustomerId });
      return remembered.map(([row]) => {
        if (!row?.stripe_customer_id) throw new Error('bug: remembered before it was reserved');
        return row.stripe_customer_id;
      });
    },
  };
}

function toRecord(row: CustomerRow | undefined): CustomerEntry {
  if (row === undefined) throw new Error('bug: an upsert returns its row');
  return {
    customerId: row.customer_id,
    stripeCustomerId: row.stripe_customer_id,
    key: row.request_key,
    requestedAt: row.requested_at,
  };
}
