import type { MadeRefund, ReconcileRecords, RecordPlace, SentRecord } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

// What was moved, as far as Stripe lists the same: no more of a row than that, so that a great many go
// through.

/** Reads transfers and refunds of a period, a page a statement. */
export function movedRecords(
  db: Database,
): Pick<ReconcileRecords, 'transfersWithin' | 'transfersNamed' | 'refundsWithin'> {
  return {
    transfersWithin: async ({ from, to, before, limit }) => {
      const rows = await query(db, TRANSFERS_WITHIN, { from, ...placeOr(to, before), limit });
      return rows.map((all) => all.map(toSent));
    },
    transfersNamed: async (stripeTransferIds) => {
      const rows = await query(db, TRANSFERS_NAMED, { stripeTransferIds });
      return rows.map((all) => all.map(toSent));
    },
    refundsWithin: async ({ from, to, before, limit }) => {
      const rows = await query(db, REFUNDS_WITHIN, { from, ...placeOr(to, before), limit });
      return rows.map((all) => all.map(toRefund));
    },
  };
}

/** Where a page begins: after the place that the one before came to, or at the end of the period. */
export function placeOr(to: Date, before: RecordPlace | null) {
  return { beforeAt: before?.at ?? to, beforeId: before?.id ?? '' };
}

interface SentRow {
  payment_id: string;
  stripe_transfer_id: string;
  stripe_account: string | null;
  amount_minor: number;
  reversed_minor: number;
  currency: string;
  created_at: Date;
  place: string;
}

const SENT = `
  select t.payment_id, t.stripe_transfer_id, t.stripe_account, t.amount_minor, t.reversed_minor,
    p.currency, t.created_at, t.created_at::text as place
  from transfers t join payments p on p.id = t.payment_id` as const;

const TRANSFERS_WITHIN = defineStatement<SentRow>()({
  name: 'reconcile_transfers_within',
  text: `
    ${SENT}
    where t.created_at >= :from and t.stripe_transfer_id is not null
      and (t.created_at, t.payment_id) < (:beforeAt::timestamptz, :beforeId)
    order by t.created_at desc, t.payment_id desc limit :limit`,
});

const TRANSFERS_NAMED = defineStatement<SentRow>()({
  name: 'reconcile_transfers_named',
  text: `${SENT} where t.stripe_transfer_id = any(:stripeTransferIds::text[])`,
});

function toSent(row: SentRow): SentRecord {
  return {
    paymentId: row.payment_id,
    stripeId: row.stripe_transfer_id,
    stripeAccount: row.stripe_account,
    amountMinor: row.amount_minor,
    reversedMinor: row.reversed_minor,
    currency: row.currency,
    at: row.created_at,
    place: { at: row.place, id: row.payment_id },
  };
}

interface RefundRow {
  payment_id: string;
  payment_at: Date;
  stripe_refund_id: string;
  status: MadeRefund['status'];
  amount_minor: number;
  created_at: Date;
  place: string;
}

/** A walk goes on behind one id: what tells the refunds of a payment apart is in it. */
const REFUND_PLACE = `(r.payment_id || ' ' || r.refund_id)` as const;

const REFUNDS_WITHIN = defineStatement<RefundRow & { place_id: string }>()({
  name: 'reconcile_refunds_within',
  text: `
    select r.payment_id, p.created_at as payment_at, r.stripe_refund_id, r.status, r.amount_minor,
      r.created_at, r.created_at::text as place, ${REFUND_PLACE} as place_id
    from refunds r join payments p on p.id = r.payment_id
    where r.created_at >= :from and r.stripe_refund_id is not null
      and r.created_at <= :beforeAt::timestamptz
      and (r.created_at, ${REFUND_PLACE}) < (:beforeAt::timestamptz, :beforeId)
    order by r.created_at desc, ${REFUND_PLACE} desc limit :limit`,
});

function toRefund(row: RefundRow & { place_id: string }): MadeRefund {
  return {
    paymentId: row.payment_id,
    paymentAt: row.payment_at,
    stripeId: row.stripe_refund_id,
    status: row.status,
    amountMinor: row.amount_minor,
    at: row.created_at,
    place: { at: row.place, id: row.place_id },
  };
}
