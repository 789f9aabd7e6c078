import type { DatabaseFault, Payment, PaymentRef, PaymentRepository } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { toEvent } from './event-row.js';
import { FROM_PAYMENTS, type PaymentRow, toPayment } from './payment-row.js';

const BY_ID = defineStatement<PaymentRow>()({
  name: 'payment_by_id',
  text: `${FROM_PAYMENTS} where p.id = :paymentId`,
});

const BY_INTENT = defineStatement<PaymentRow>()({
  name: 'payment_by_intent',
  text: `${FROM_PAYMENTS} where p.payment_intent_id = :paymentIntentId`,
});

const BY_ORDER = defineStatement<PaymentRow>()({
  name: 'latest_payment_of_order',
  text: `${FROM_PAYMENTS} where p.order_id = :orderId order by p.attempt desc limit 1`,
});

/** The payment by its id, its PaymentIntent, or the latest one of an order. */
export async function findPayment(
  db: Database,
  ref: PaymentRef,
): Promise<Result<Payment | null, DatabaseFault>> {
  const found = await rowsOf(db, ref);
  return found.map(([row]) => (row === undefined ? null : toPayment(row)));
}

function rowsOf(db: Database, ref: PaymentRef): Promise<Result<PaymentRow[], DatabaseFault>> {
  if ('paymentId' in ref) return query(db, BY_ID, { paymentId: ref.paymentId });
  if ('orderId' in ref) return query(db, BY_ORDER, { orderId: ref.orderId });
  return query(db, BY_INTENT, { paymentIntentId: ref.paymentIntentId });
}

const FIND_ALL = defineStatement<PaymentRow>()({
  name: 'find_payments',
  // Two lookups by index; an "or" over both would read the whole table.
  text: `
    ${FROM_PAYMENTS} where p.id = any(:paymentIds::text[])
    union all
    ${FROM_PAYMENTS} where p.payment_intent_id = any(:paymentIntentIds::text[])
      and p.id <> all(:paymentIds::text[])`,
});

const CREATED_WITHIN = defineStatement<PaymentRow>()({
  name: 'payments_created_within',
  text: `
    ${FROM_PAYMENTS}
    where p.payment_intent_id is not null and p.created_at < :to
      and (p.created_at, p.id) > (:afterCreatedAt, :afterId)
    order by p.created_at, p.id limit :limit`,
});

const LATEST = defineStatement<PaymentRow>()({
  name: 'latest_payments',
  text: `
    ${FROM_PAYMENTS}
    where p.payment_intent_id is not null order by p.created_at desc, p.id desc limit :limit`,
});

interface HistoryRow {
  version: number;
  data: unknown;
  correlation_id: string;
  at: Date;
}

const HISTORY = defineStatement<HistoryRow>()({
  name: 'history_of_payment',
  text: `
    select version, data, correlation_id, at
    from payment_events where payment_id = :paymentId order by version`,
});

/** The part of the repository that only reads. */
export function createLookups(
  db: Database,
): Pick<PaymentRepository, 'find' | 'findAll' | 'createdWithin' | 'latest' | 'history'> {
  return {
    find: (ref) => findPayment(db, ref),
    findAll: async ({ paymentIds, paymentIntentIds }) => {
      const found = await query(db, FIND_ALL, { paymentIds, paymentIntentIds });
      return found.map((rows) => rows.map(toPayment));
    },
    createdWithin: async ({ from, to, after, limit }) => {
      const found = await query(db, CREATED_WITHIN, {
        to,
        afterCreatedAt: after?.createdAt ?? from,
        afterId: after?.id ?? '',
        limit,
      });
      return found.map((rows) => rows.map(toPayment));
    },
    latest: async (limit) => {
      const found = await query(db, LATEST, { limit });
      return found.map((rows) => rows.map(toPayment));
    },
    history: async (paymentId) => {
      const found = await query(db, HISTORY, { paymentId });
      return found.map((rows) =>
        rows.map(({ version, data, correlation_id: correlationId, at }) => ({
          version,
          event: toEvent(data),
          correlationId,
          at,
        })),
      );
    },
  };
}
