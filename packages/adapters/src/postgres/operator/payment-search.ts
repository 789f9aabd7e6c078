import { type Currency, formatMajor, type PaymentSearch } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { FROM_PAYMENTS, type PaymentRow, toPayment } from '../payments/payment-row.js';

const LIST = defineStatement<PaymentRow>()({
  name: 'list_payments',
  // Planned for its values, as every statement is at first: what is null then vanishes.
  text: `
    ${FROM_PAYMENTS}
    where (:statuses::text[] is null or p.status = any(:statuses))
      and (:createdFrom::timestamptz is null or p.created_at >= :createdFrom)
      and (:createdBefore::timestamptz is null or p.created_at < :createdBefore)
      and (:customerId::text is null or p.customer_id = :customerId)
      and (:runnerId::text is null or p.runner_id = :runnerId)
      and (:orderId::text is null or p.order_id = :orderId)
      and (:currency::text is null or p.currency = :currency)
      and (:minAmount::numeric is null or p.amount >= :minAmount)
      and (:maxAmount::numeric is null or p.amount <= :maxAmount)
      and (not :review::boolean or (p.review is not null and not p.reviewed))
      and (:afterCreatedAt::timestamptz is null
        or (p.created_at, p.id) < (:afterCreatedAt, :afterId))
    order by p.created_at desc, p.id desc limit :limit`,
});

const NAMED = defineStatement<PaymentRow>()({
  name: 'named_payments',
  text: `
    ${FROM_PAYMENTS}
    where p.id = :text or p.payment_intent_id = :text or p.order_id = :text
    order by p.attempt desc`,
});

/** The search in Postgres. */
export function createPaymentSearch(db: Database): PaymentSearch {
  return {
    list: async (filter, { after, limit }) => {
      const { statuses, currency } = filter;
      const found = await query(db, LIST, {
        statuses: statuses.length === 0 ? null : statuses,
        createdFrom: filter.createdFrom,
        createdBefore: filter.createdBefore,
        customerId: filter.customerId,
        runnerId: filter.runnerId,
        orderId: filter.orderId,
        currency,
        minAmount: major(filter.minMinor, currency),
        maxAmount: major(filter.maxMinor, currency),
        review: filter.review,
        afterCreatedAt: after?.createdAt ?? null,
        afterId: after?.id ?? null,
        limit,
      });
      return found.map((rows) => rows.map(toPayment));
    },
    named: async (text) => {
      const found = await query(db, NAMED, { text });
      return found.map((rows) => rows.map(toPayment));
    },
  };
}

function major(amountMinor: number | null, currency: Currency | null): string | null {
  if (amountMinor === null) return null;
  if (currency === null) throw new Error('bug: minor units without their currency');
  return formatMajor({ amountMinor, currency });
}
