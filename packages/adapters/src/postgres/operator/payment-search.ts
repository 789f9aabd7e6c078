import { type Currency, formatMajor, type Looking } from '@campusg-pay/core';
import { type Database, defineStatement, query } from '../connection/pool.js';
import { PAYMENT_COLUMNS, type PaymentRow, toPayment } from '../payments/payment-row.js';

const FROM_PAYMENTS = `
  select ${PAYMENT_COLUMNS}
  from payments p left join operations o on o.key = p.operation_key`;

const LIST = defineStatement<PaymentRow>({
  name: 'list_payments',
  // Planned for its values, as every statement is at first: what is null then vanishes.
  text: `
    ${FROM_PAYMENTS}
    where ($1::text[] is null or p.status = any($1))
      and ($2::timestamptz is null or p.created_at >= $2)
      and ($3::timestamptz is null or p.created_at < $3)
      and ($4::text is null or p.customer_id = $4)
      and ($5::text is null or p.runner_id = $5)
      and ($6::text is null or p.order_id = $6)
      and ($7::text is null or p.currency = $7)
      and ($8::numeric is null or p.amount >= $8)
      and ($9::numeric is null or p.amount <= $9)
      and (not $10::boolean or (p.review is not null and not p.reviewed))
      and ($11::timestamptz is null or (p.created_at, p.id) < ($11, $12))
    order by p.created_at desc, p.id desc limit $13`,
});

const NAMED = defineStatement<PaymentRow>({
  name: 'named_payments',
  text: `
    ${FROM_PAYMENTS}
    where p.id = $1 or p.payment_intent_id = $1 or p.order_id = $1
    order by p.attempt desc`,
});

/** Looking in Postgres. */
export function createLooking(db: Database): Looking {
  return {
    list: async (filter, { after, limit }) => {
      const { statuses, createdFrom, createdBefore, customerId, runnerId, orderId } = filter;
      const { currency, minMinor, maxMinor, review } = filter;
      const values = [
        ...[statuses.length === 0 ? null : statuses, createdFrom, createdBefore],
        ...[customerId, runnerId, orderId, currency],
        ...[major(minMinor, currency), major(maxMinor, currency), review],
        ...[after?.createdAt ?? null, after?.id ?? null, limit],
      ];
      return (await query(db, LIST, values)).map((rows) => rows.map(toPayment));
    },
    named: async (text) => (await query(db, NAMED, [text])).map((rows) => rows.map(toPayment)),
  };
}

function major(amountMinor: number | null, currency: Currency | null): string | null {
  if (amountMinor === null) return null;
  if (currency === null) throw new Error('bug: minor units without their currency');
  return formatMajor({ amountMinor, currency });
}
