import {
  type Found,
  formatMajor,
  type OurSide,
  type PaymentEventType,
  type ReconcileRecords,
} from '@campusg-pay/core';
import { type Database, defineStatement, query } from '../connection/pool.js';
import { PAYMENT_COLUMNS, type PaymentRow, toPayment } from '../payments/payment-row.js';

interface OursRow extends PaymentRow {
  place: string;
  versions: number[] | null;
  types: PaymentEventType[] | null;
  waiting_since: Date | null;
  live_of_order: number;
}

const LIVE = `('INITIATING', 'AUTHORIZED', 'RELEASED')`;

const COLUMNS = `
  ${PAYMENT_COLUMNS}, p.created_at::text as place, h.versions, h.types, w.waiting_since,
  l.live_of_order`;

const BESIDE = `
  left join operations o on o.key = p.operation_key
  cross join lateral (
    select array_agg(version order by version) as versions, array_agg(type order by version) as types
    from payment_events where payment_id = p.id
  ) h
  cross join lateral (select min(created_at) as waiting_since from outbox where payment_id = p.id) w
  cross join lateral (
    select count(*)::int as live_of_order from payments q
    where q.order_id = p.order_id and q.status in ${LIVE}
  ) l`;

const FROM = `select ${COLUMNS} from payments p ${BESIDE}`;

/** Reads in Postgres, one statement each. */
export function createReconcileRecords(db: Database): ReconcileRecords {
  const find = async (statement: typeof OF, values: readonly unknown[]) =>
    (await query(db, statement, values)).map((rows) => rows.map(toFound));
  return {
    count: async ({ from, to }) =>
      (await query(db, COUNT, [from, to])).map(([row]) => row?.count ?? 0),
    within: ({ from, to, before, limit }) =>
      find(WITHIN, [from, before?.at ?? to, before?.id ?? '', limit]),
    unfinished: ({ to, before, limit }) =>
      find(UNFINISHED, [to, before?.at ?? to, before?.id ?? '', limit]),
    of: ({ paymentIds, paymentIntentIds }) => find(OF, [paymentIds, paymentIntentIds]),
    liveOfOrder: (orderId) => find(LIVE_OF_ORDER, [orderId]),
    ourCustomers: async ({ stripeCustomerIds, around }) => {
      const found = await query(db, OUR_CUSTOMERS, [stripeCustomerIds, around]);
      return found.map((rows) => rows.map(({ id }) => id));
    },
    waitingFor: ({ stripeCustomerId, amount, createdAt }) =>
      find(WAITING_FOR, [stripeCustomerId, formatMajor(amount), amount.currency, createdAt]),
  };
}

const COUNT = defineStatement<{ count: number }>({
  name: 'reconcile_count',
  text: `select count(*) as count from payments where created_at >= $1 and created_at < $2`,
});

const WITHIN = defineStatement<OursRow>({
  name: 'reconcile_within',
  text: `
    ${FROM}
    where p.created_at >= $1 and (p.created_at, p.id) < ($2::timestamptz, $3)
    order by p.created_at desc, p.id desc limit $4`,
});

const UNFINISHED = defineStatement<OursRow>({
  name: 'reconcile_unfinished',
  text: `
    with open as (
      select id from payments
      where (status in ('INITIATING', 'AUTHORIZED') or operation_key is not null) and created_at < $1
      union
      select payment_id from outbox
    )
    ${FROM}
    where p.id in (select id from open) and p.created_at < $1
      and (p.created_at, p.id) < ($2::timestamptz, $3)
    order by p.created_at desc, p.id desc limit $4`,
});

const OF = defineStatement<OursRow>({
  name: 'reconcile_of',
  // Two lookups by index; an "or" over both would read the whole table.
  text: `
    ${FROM} where p.id = any($1::text[])
    union all
    ${FROM} where p.payment_intent_id = any($2::text[]) and p.id <> all($1::text[])`,
});

const LIVE_OF_ORDER = defineStatement<OursRow>({
  name: 'reconcile_live_of_order',
  text: `${FROM} where p.order_id = $1 and p.status in ${LIVE} order by p.attempt desc`,
});

const OUR_CUSTOMERS = defineStatement<{ id: string }>({
  name: 'reconcile_our_customers',
  text: `
    select stripe_customer_id as id from customers where stripe_customer_id = any($1::text[])
    union
    select stripe_customer_id from payments
    where stripe_customer_id = any($1::text[])
      and created_at between $2::timestamptz - interval '1 hour' and $2::timestamptz + interval '1 hour'`,
});

const WAITING_FOR = defineStatement<OursRow>({
  name: 'reconcile_waiting_for',
  // Written down before Stripe is asked; the call that made the intent may have been repeated.
  text: `
    ${FROM} left join customers c on c.customer_id = p.customer_id
    where p.status = 'INITIATING' and p.payment_intent_id is null
      and coalesce(p.stripe_customer_id, c.stripe_customer_id) = $1
      and p.amount = $2::numeric and p.currency = $3
      and p.created_at between $4::timestamptz - interval '1 hour' and $4::timestamptz + interval '1 minute'`,
});

function toFound(row: OursRow): Found {
  const place = { at: row.place, id: row.id };
  try {
    return { type: 'record', place, ours: toOurs(row) };
  } catch (error) {
    // One spoiled row must not hide what is wrong with all the others.
    if (!(error instanceof Error)) throw error;
    const { id, payment_intent_id: paymentIntentId } = row;
    return { type: 'unreadable', id, paymentIntentId, place, detail: error.message };
  }
}

function toOurs(row: OursRow): OurSide {
  const types = row.types ?? [];
  const history = (row.versions ?? []).flatMap((version, index) => {
    const type = types[index];
    return type === undefined ? [] : [{ version, type }];
  });
  return {
    payment: toPayment(row),
    history,
    liveOfOrder: row.live_of_order,
    waitingSince: row.waiting_since,
  };
}
