import type { DatabaseFault, OperationKind, Status } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

/** A call that is owed to Stripe. */
export interface OwedCall {
  readonly key: string;
  readonly kind: OperationKind;
  readonly paymentId: string;
  readonly orderId: string;
  readonly status: Status;
  readonly amount: string;
  readonly currency: string;
  readonly attempts: number;
  readonly openedAt: Date;
  readonly leaseUntil: Date;
}

/** An event that waits to be published. */
export interface WaitingEvent {
  readonly position: number;
  readonly paymentId: string | null;
  readonly orderId: string;
  readonly version: number | null;
  /** e.g. `authorized`. */
  readonly type: string | null;
  readonly replay: boolean;
  readonly since: Date;
}

const OWED = defineStatement<OwedCall>()({
  name: 'owed_calls',
  text: `
    select o.key, o.kind, p.id as "paymentId", p.order_id as "orderId", p.status, p.amount,
      p.currency, o.attempts, o.opened_at as "openedAt", o.lease_until as "leaseUntil"
    from operations o join payments p on p.id = o.payment_id and p.operation_key = o.key
    where o.closed_at is null and (:dueAt::timestamptz is null or o.lease_until <= :dueAt)
    order by o.lease_until, o.opened_at limit :limit`,
});

const WAITING = defineStatement<WaitingEvent>()({
  name: 'waiting_events',
  text: `
    select id as position, payment_id as "paymentId", order_id as "orderId", version,
      announcement -> 'event' ->> 'type' as type,
      coalesce((announcement ->> 'replay')::boolean, false) as replay, created_at as since
    from outbox where id > :after order by id limit :limit`,
});

/** What waits to be done. */
export interface Backlog {
  /** Calls owed to Stripe, those due longest first; with `dueAt` only those nobody works on then. */
  owedCalls(wanted: {
    readonly dueAt: Date | null;
    readonly limit: number;
  }): Promise<Result<readonly OwedCall[], DatabaseFault>>;
  /** Events to be published, in the order in which they were written, those after a position. */
  waitingEvents(wanted: {
    readonly after: number;
    readonly limit: number;
  }): Promise<Result<readonly WaitingEvent[], DatabaseFault>>;
}

/** The backlogs in Postgres. */
export function createBacklog(db: Database): Backlog {
  return {
    owedCalls: ({ dueAt, limit }) => query(db, OWED, { dueAt, limit }),
    waitingEvents: ({ after, limit }) => query(db, WAITING, { after, limit }),
  };
}
