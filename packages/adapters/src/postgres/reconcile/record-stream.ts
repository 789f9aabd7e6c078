import {
  type DatabaseFault,
  type Found,
  formatMajor,
  type OurSide,
  type PaymentEventType,
  type ReconcileRecords,
  type Status,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { PAYMENT_COLUMNS, type PaymentRow, toPayment } from '../payments/payment-row.js';
import { movedRecords, placeOr } from './moved-records.js';

interface OursRow extends PaymentRow {
  place: string;
  versions: number[] | null;
  types: PaymentEventType[] | null;
  waiting_since: Date | null;
  live_of_order: number;
  transfer_at: Date | null;
  debts: { leftMinor: number; since: string }[] | null;
  archived: { version: number; status: Status } | null;
}

const LIVE = `('INITIATING', 'AUTHORIZED', 'RELEASED')`;

const COLUMNS = `
  ${PAYMENT_COLUMNS}, p.created_at::text as place, h.versions, h.types, w.waiting_since,
  l.live_of_order,
  (select t.created_at from transfers t where t.payment_id = p.id) as transfer_at,
  (
    select json_agg(json_build_object('leftMinor', d.left_minor, 'since', d.created_at))
    from runner_debts d where d.payment_id = p.id and d.left_minor > 0
  ) as debts, (
    select json_build_object('version', a.version, 'status', a.status)
    from archived_payments a where a.payment_id = p.id
  ) as archived` as const;

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
  ) l` as const;

const FROM = `select ${COLUMNS} from payments p ${BESIDE}` as const;

/** Reads in Postgres, one statement each. */
export function createReconcileRecords(db: Database): ReconcileRecords {
  return {
    ...movedRecords(db),
    count: (period) => countIn(db, period),
    within: ({ from, to, before, limit }) =>
      found(query(db, WITHIN, { from, ...placeOr(to, before), limit })),
    unfinished: ({ to, before, limit }) =>
      found(query(db, UNFINISHED, { to, ...placeOr(to, before), limit })),
    of: ({ paymentIds, paymentIntentIds }) =>
      found(query(db, OF, { paymentIds, paymentIntentIds })),
    liveOfOrder: (orderId) => found(query(db, LIVE_OF_ORDER, { orderId })),
    ourCustomers: async ({ stripeCustomerIds, around }) => {
      const ours = await query(db, OUR_CUSTOMERS, { stripeCustomerIds, around });
      return ours.map((rows) => rows.map(({ id }) => id));
    },
    waitingFor: ({ stripeCustomerId, amount, createdAt }) =>
      found(
        query(db, WAITING_FOR, {
          stripeCustomerId,
          amount: formatMajor(amount),
          currency: amount.currency,
          createdAt,
        }),
      ),
  };
}

/** A month a statement: of ten million payments one alone would run into its time limit. */
const SLICE_MS = 30 * 86_400_000;

async function countIn(
  db: Database,
  period: { readonly from: Date; readonly to: Date },
): Promise<Result<number, DatabaseFault>> {
  const first = await query(db, OLDEST, { from: period.from });
  if (first.isErr()) return err(first.error);
  const oldest = first.value[0]?.created_at ?? period.to;
  let count = 0;
  for (let from = oldest; from < period.to; ) {
    const to = new Date(Math.min(from.getTime() + SLICE_MS, period.to.getTime()));
    const counted = await query(db, COUNT, { from, to });
    if (counted.isErr()) return err(counted.error);
    count += counted.value[0]?.count ?? 0;
    from = to;
  }
  return ok(count);
}

async function found(
  answer: Promise<Result<OursRow[], DatabaseFault>>,
): Promise<Result<readonly Found[], DatabaseFault>> {
  return (await answer).map((rows) => rows.map(toFound));
}

const OLDEST = defineStatement<{ created_at: Date }>()({
  name: 'reconcile_oldest',
  text: 'select created_at from payments where created_at >= :from order by created_at limit 1',
});

const COUNT = defineStatement<{ count: number }>()({
  name: 'reconcile_count',
  text: `select count(*) as count from payments where created_at >= :from and created_at < :to`,
});

const WITHIN = defineStatement<OursRow>()({
  name: 'reconcile_within',
  text: `
    ${FROM}
    where p.created_at >= :from
      and (p.created_at, p.id) < (:beforeAt::timestamptz, :beforeId)
    order by p.created_at desc, p.id desc limit :limit`,
});

const UNFINISHED = defineStatement<OursRow>()({
  name: 'reconcile_unfinished',
  text: `
    with open as (
      select id from payments
      where status in ('INITIATING', 'AUTHORIZED') and created_at < :to
      union
      select payment_id from operations where closed_at is null
      union
      select payment_id from outbox
      union
      select payment_id from transfers
      where status in ('owed', 'waiting_account', 'waiting_funds', 'paused', 'needs_review')
      union
      select payment_id from runner_debts where left_minor > 0
      union
      select payment_id from refunds where status in ('owed', 'pending')
    )
    ${FROM}
    where p.id in (select id from open) and p.created_at < :to
      and (p.created_at, p.id) < (:beforeAt::timestamptz, :beforeId)
    order by p.created_at desc, p.id desc limit :limit`,
});

const OF = defineStatement<OursRow>()({
  name: 'reconcile_of',
  // Two lookups by index; an "or" over both would read the whole table.
  text: `
    ${FROM} where p.id = any(:paymentIds::text[])
    union all
    ${FROM} where p.payment_intent_id = any(:paymentIntentIds::text[])
      and p.id <> all(:paymentIds::text[])`,
});

const LIVE_OF_ORDER = defineStatement<OursRow>()({
  name: 'reconcile_live_of_order',
  text: `${FROM} where p.order_id = :orderId and p.status in ${LIVE} order by p.attempt desc`,
});

const OUR_CUSTOMERS = defineStatement<{ id: string }>()({
  name: 'reconcile_our_customers',
  text: `
    select stripe_customer_id as id from customers where stripe_customer_id = any(:stripeCustomerIds::text[])
    union
    select stripe_customer_id from payments
    where stripe_customer_id = any(:stripeCustomerIds::text[])
      and created_at between :around::timestamptz - interval '1 hour'
        and :around::timestamptz + interval '1 hour'`,
});

const WAITING_FOR = defineStatement<OursRow>()({
  name: 'reconcile_waiting_for',
  // Written down before Stripe is asked; the call that made the intent may have been repeated.
  text: `
    ${FROM} left join customers c on c.customer_id = p.customer_id
    where p.status = 'INITIATING' and p.payment_intent_id is null
      and coalesce(p.stripe_customer_id, c.stripe_customer_id) = :stripeCustomerId
      and p.amount = :amount::numeric and p.currency = :currency
      and p.created_at between :createdAt::timestamptz - interval '1 hour'
        and :createdAt::timestamptz + interval '1 minute'`,
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
    archived: row.archived,
    waitingSince: row.waiting_since,
    transferAt: row.transfer_at,
    debts: (row.debts ?? []).map(({ leftMinor, since }) => ({ leftMinor, since: new Date(since) })),
  };
}
