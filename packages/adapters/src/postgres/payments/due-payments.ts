import type { LeaseHolder, PaymentRepository } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { FROM_PAYMENTS, PAYMENT_COLUMNS, type PaymentRow, toPayment } from './payment-row.js';

const TAKE_OWING = defineStatement<PaymentRow>()({
  name: 'take_owing_payments',
  // Both rows are locked, so that whoever finishes the call now and we don't take it at once.
  text: `
    with due as (
      select p.id, o.key, o.lease_until
      from operations o join payments p on p.id = o.payment_id and p.operation_key = o.key
      where o.closed_at is null and o.lease_until <= :now
      order by o.lease_until, o.opened_at limit :limit
      for update of p, o skip locked
    ), o as (
      update operations set lease_until = :leaseUntil, resting = false, holder = :holder::int,
        attempts = attempts + 1
      from due where operations.key = due.key
      returning operations.*
    ), p as (
      update payments set revision = revision + 1, updated_at = :now
      from due where payments.id = due.id
      returning payments.*
    )
    select ${PAYMENT_COLUMNS}
    from p join o on o.key = p.operation_key join due on due.id = p.id
    order by due.lease_until, o.opened_at`,
});

const UNSETTLED = defineStatement<PaymentRow>()({
  name: 'due_payments',
  text: `
    ${FROM_PAYMENTS}
    where p.operation_key is null and p.id > :after
      and (p.status = 'INITIATING' and p.updated_at < :initiatingBefore
        or p.status = 'AUTHORIZED' and (p.capture_before <= :now
          or p.capture_before <= :tellBefore and not p.expiring
          or p.capture_before <= :actBefore))
    order by p.id limit :limit`,
});

const DUE_TRANSFERS = defineStatement<PaymentRow>()({
  name: 'due_transfers',
  // By the index of what is due. Where a replica of before has given all of it back, nothing is sent.
  text: `
    ${FROM_PAYMENTS} join transfers due on due.payment_id = p.id
    where due.next_try_at <= :now
      and due.status in ('owed', 'waiting_account', 'waiting_funds', 'needs_review')
      and p.operation_key is null and p.status = 'RELEASED'
    order by due.next_try_at, p.id limit :limit`,
});

/** The part of the repository that finds what has to be done now. */
export function createDuePayments(
  db: Database,
  leaseHolder: () => LeaseHolder | null,
): Pick<PaymentRepository, 'takeOwing' | 'due' | 'dueTransfers'> {
  return {
    takeOwing: async ({ now, leaseUntil, limit }) => {
      const taken = await query(db, TAKE_OWING, { now, leaseUntil, limit, holder: leaseHolder() });
      return taken.map((rows) => rows.map(toPayment));
    },
    due: async ({ initiatingBefore, now, tellBefore, actBefore, after, limit }) => {
      const found = await query(db, UNSETTLED, {
        initiatingBefore,
        now,
        tellBefore,
        actBefore,
        after: after ?? '',
        limit,
      });
      return found.map((rows) => rows.map(toPayment));
    },
    dueTransfers: async ({ now, limit }) => {
      const found = await query(db, DUE_TRANSFERS, { now, limit });
      return found.map((rows) => rows.map(toPayment));
    },
  };
}
