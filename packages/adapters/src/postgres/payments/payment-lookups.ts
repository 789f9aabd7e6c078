import type { DatabaseFault, Payment, PaymentRef, PaymentRepository } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { createBatch } from '../connection/batch.js';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { toEvent } from './event-row.js';
import { FROM_PAYMENTS, type PaymentRow, toPayment } from './payment-row.js';

const BY_ID = defineStatement<PaymentRow>()({
  name: 'payments_by_id',
  // Each by its index, however small the table was when this was planned.
  text: `
    select found.*
    from unnest(:paymentIds::text[]) as wanted (id)
    cross join lateral (${FROM_PAYMENTS} where p.id = wanted.id limit 1) found`,
});

const BY_INTENT = defineStatement<PaymentRow>()({
  name: 'payments_by_intent',
  text: `
    select found.*
    from unnest(:paymentIntentIds::text[]) as wanted (id)
    cross join lateral (${FROM_PAYMENTS} where p.payment_intent_id = wanted.id limit 1) found`,
});

const BY_ORDER = defineStatement<PaymentRow>()({
  name: 'latest_payments_of_orders',
  text: `
    select latest.*
    from unnest(:orderIds::text[]) as wanted (id)
    cross join lateral (
      ${FROM_PAYMENTS} where p.order_id = wanted.id order by p.attempt desc limit 1
    ) latest`,
});

type Find = (ref: PaymentRef) => Promise<Result<Payment | null, DatabaseFault>>;

/** Finds a payment by its id, its PaymentIntent, or the latest one of an order; together in one statement. */
function createFind(db: Database): Find {
  const byId = createBatch<string, Payment | null>({
    run: async (ids) =>
      (await query(db, BY_ID, { paymentIds: distinct(ids) })).map((rows) =>
        inOrderOf(ids, rows, ({ id }) => id),
      ),
  });
  const byOrder = createBatch<string, Payment | null>({
    run: async (ids) =>
      (await query(db, BY_ORDER, { orderIds: distinct(ids) })).map((rows) =>
        inOrderOf(ids, rows, ({ order_id: orderId }) => orderId),
      ),
  });
  const byIntent = createBatch<string, Payment | null>({
    run: async (ids) =>
      (await query(db, BY_INTENT, { paymentIntentIds: distinct(ids) })).map((rows) =>
        inOrderOf(ids, rows, ({ payment_intent_id: intentId }) => intentId),
      ),
  });
  return (ref) => {
    if ('paymentId' in ref) return byId(ref.paymentId);
    return 'orderId' in ref ? byOrder(ref.orderId) : byIntent(ref.paymentIntentId);
  };
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** The payment of each of the names; null where there is none. */
function inOrderOf(
  names: readonly string[],
  rows: readonly PaymentRow[],
  nameOf: (row: PaymentRow) => string | null,
): (Payment | null)[] {
  const found = new Map(rows.map((row) => [nameOf(row), toPayment(row)]));
  return names.map((name) => found.get(name) ?? null);
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
    find: createFind(db),
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
