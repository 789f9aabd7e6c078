import {
  type Currency,
  formatMajor,
  type PaymentFilter,
  type PaymentPlace,
  type PaymentSearch,
  type Slice,
} from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { FROM_PAYMENTS, type PaymentRow, toPayment } from '../payments/payment-row.js';

/**
 * One statement for each condition that an index begins with. So it is an index condition whatever the
 * plan is made for: one for all values knows nothing of what is null, and would go through the table.
 */
const listBy = <const Driver extends string>(driver: Driver) =>
  `
    ${FROM_PAYMENTS}
    where ${driver}
      and p.created_at >= :createdFrom::timestamptz
      and (p.created_at, p.id) < (:beforeAt::timestamptz, :beforeId::text)
      and (:statuses::text[] is null or p.status = any(:statuses))
      and (:customerId::text is null or p.customer_id = :customerId)
      and (:runnerId::text is null or p.runner_id = :runnerId)
      and (:orderId::text is null or p.order_id = :orderId)
      and (:currency::text is null or p.currency = :currency)
      and (:minAmount::numeric is null or p.amount >= :minAmount)
      and (:maxAmount::numeric is null or p.amount <= :maxAmount)
      and (not :review::boolean or (p.review is not null and not p.reviewed))
    order by p.created_at desc, p.id desc limit :limit` as const;

const LIST_ALL = defineStatement<PaymentRow>()({ name: 'list_payments', text: listBy('true') });

const LIST_OF_STATUS = defineStatement<PaymentRow>()({
  name: 'list_payments_of_status',
  text: listBy('p.status = :status'),
});

const LIST_OF_CUSTOMER = defineStatement<PaymentRow>()({
  name: 'list_payments_of_customer',
  text: listBy('p.customer_id = :customerId'),
});

const LIST_OF_RUNNER = defineStatement<PaymentRow>()({
  name: 'list_payments_of_runner',
  text: listBy('p.runner_id = :runnerId'),
});

const LIST_OF_ORDER = defineStatement<PaymentRow>()({
  name: 'list_payments_of_order',
  text: listBy('p.order_id = :orderId'),
});

const LIST_UNDER_REVIEW = defineStatement<PaymentRow>()({
  name: 'list_payments_under_review',
  text: listBy('p.review is not null and not p.reviewed'),
});

const LIST_OF_ACCOUNT = defineStatement<PaymentRow>()({
  name: 'list_payments_of_account',
  text: listBy(`p.id in (
        select t.payment_id from transfers t
        where t.stripe_account = :runnerAccount
          and (:transferStatuses::text[] is null or t.status = any(:transferStatuses)))`),
});

const LIST_OF_TRANSFERS = defineStatement<PaymentRow>()({
  name: 'list_payments_of_transfers',
  text: listBy(`p.id in (
        select t.payment_id from transfers t where t.status = any(:transferStatuses))`),
});

/** Each side by its own index; one that a user is both of is one payment. */
const LIST_OF_USER = defineStatement<PaymentRow>()({
  name: 'list_payments_of_user',
  text: `
    ${FROM_PAYMENTS}
    where p.id in (
      (select id from payments
        where customer_id = :userId
          and (created_at, id) < (:beforeAt::timestamptz, :beforeId::text)
        order by created_at desc, id desc limit :limit)
      union
      (select id from payments
        where runner_id = :userId
          and (created_at, id) < (:beforeAt::timestamptz, :beforeId::text)
        order by created_at desc, id desc limit :limit)
    )
    order by p.created_at desc, p.id desc limit :limit`,
});

const NAMED = defineStatement<PaymentRow>()({
  name: 'named_payments',
  text: `
    ${FROM_PAYMENTS}
    where p.id in (
      select id from payments where id = :text or payment_intent_id = :text or order_id = :text
      union all
      select payment_id from transfers where transfer_id = :text or stripe_transfer_id = :text
      union all
      select payment_id from refunds where stripe_refund_id = :text
    )
    order by p.attempt desc`,
});

/** The search in Postgres. */
export function createPaymentSearch(db: Database): PaymentSearch {
  return {
    list: async (filter, slice) => {
      const found = await listWith(db, filter, valuesOf(filter, slice));
      return found.map((rows) => rows.map(toPayment));
    },
    ofUser: async (userId, { after, limit }) => {
      const found = await query(db, LIST_OF_USER, { userId, ...before(after, null), limit });
      return found.map((rows) => rows.map(toPayment));
    },
    named: async (text) => {
      const found = await query(db, NAMED, { text });
      return found.map((rows) => rows.map(toPayment));
    },
  };
}

/** Asks by the condition that leaves the fewest. */
function listWith(
  db: Database,
  filter: PaymentFilter,
  values: ReturnType<typeof valuesOf>,
): ReturnType<typeof query<PaymentRow>> {
  const [status, ...moreStatuses] = filter.statuses;
  if (filter.orderId !== null) return query(db, LIST_OF_ORDER, values);
  if (filter.runnerAccount !== null) return query(db, LIST_OF_ACCOUNT, values);
  if (filter.transferStatuses.length > 0) return query(db, LIST_OF_TRANSFERS, values);
  if (filter.customerId !== null) return query(db, LIST_OF_CUSTOMER, values);
  if (filter.runnerId !== null) return query(db, LIST_OF_RUNNER, values);
  if (filter.review) return query(db, LIST_UNDER_REVIEW, values);
  if (status !== undefined && moreStatuses.length === 0)
    return query(db, LIST_OF_STATUS, { ...values, status });
  return query(db, LIST_ALL, values);
}

function valuesOf(filter: PaymentFilter, { after, limit }: Slice<PaymentPlace>) {
  const { statuses, transferStatuses, currency, createdFrom, createdBefore } = filter;
  const { customerId, runnerId, orderId, runnerAccount, review } = filter;
  return {
    statuses: statuses.length === 0 ? null : statuses,
    createdFrom: createdFrom ?? '-infinity',
    customerId,
    runnerId,
    orderId,
    currency,
    minAmount: major(filter.minMinor, currency),
    maxAmount: major(filter.maxMinor, currency),
    review,
    runnerAccount,
    transferStatuses: transferStatuses.length === 0 ? null : transferStatuses,
    limit,
    ...before(after, createdBefore),
  };
}

/** No id is empty: of a time alone, all that were made then are after it. */
function before(after: PaymentPlace | null, createdBefore: Date | null) {
  const isAfterNearer =
    after !== null && (createdBefore === null || after.createdAt < createdBefore);
  return isAfterNearer
    ? { beforeAt: after.createdAt, beforeId: after.id }
    : { beforeAt: createdBefore ?? 'infinity', beforeId: '' };
}

function major(amountMinor: number | null, currency: Currency | null): string | null {
  if (amountMinor === null) return null;
  if (currency === null) throw new Error('bug: minor units without their currency');
  return formatMajor({ amountMinor, currency });
}
