import {
  announce,
  type Change,
  type Claim,
  type DatabaseFault,
  formatMajor,
  type HistoryEntry,
  type InitiatingPayment,
  isLive,
  type PaymentRef,
  type PaymentRepository,
  runnerOf,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { type Database, defineStatement, query } from '../connection/pool.js';
import { PAYMENT_COLUMNS, type PaymentRow, toEvent, toPayment } from './payment-row.js';

/** Losing a claim to a payment that is gone again when we look is rare; doing so ten times is not. */
const MAX_CLAIM_ROUNDS = 10;

/** The payment records in Postgres. Every method is one statement, named and prepared. */
export function createRepository(db: Database): PaymentRepository {
  return {
    claim: (payment) => claim(db, payment),
    save: async (change, webhook) => {
      const values = [...paymentValues(change), ...journalValues(change), ...eventValues(change)];
      const noted = [webhook?.id ?? null, webhook?.type ?? null];
      const { payment, expectedOperationKey } = change;
      const expiring = payment.status === 'AUTHORIZED' && payment.expiring;
      const { reviewed } = payment;
      const guarded = [...values, ...noted, expectedOperationKey, expiring, reviewed];
      const saved = await query(db, SAVE, guarded);
      return saved.map((rows) => (rows.length === 1 ? 'saved' : 'stale'));
    },
    find: async (ref) => {
      const found = await query(db, ...lookup(ref));
      return found.map((rows) => (rows[0] === undefined ? null : toPayment(rows[0])));
    },
    withdraw: async ({ id, revision, operation }) => {
      const withdrawn = await query(db, WITHDRAW, [id, revision, operation?.key ?? null]);
      return withdrawn.map((rows) => (rows.length === 1 ? 'withdrawn' : 'stale'));
    },
    takeOwing: async ({ now, leaseUntil, limit }) => {
      const taken = await query(db, TAKE_OWING, [now, leaseUntil, limit]);
      return taken.map((rows) => rows.map(toPayment));
    },
    unsettled: async ({ initiatingBefore, now, tellBefore, actBefore, after, limit }) => {
      const times = [initiatingBefore, now, tellBefore, actBefore];
      const found = await query(db, UNSETTLED, [...times, after ?? '', limit]);
      return found.map((rows) => rows.map(toPayment));
    },
    findAll: async ({ paymentIds, paymentIntentIds }) => {
      const found = await query(db, FIND_ALL, [paymentIds, paymentIntentIds]);
      return found.map((rows) => rows.map(toPayment));
    },
    createdWithin: async ({ from, to, after, limit }) => {
      const start = [after?.createdAt ?? from, after?.id ?? ''];
      const found = await query(db, CREATED_WITHIN, [...start, to, limit]);
      return found.map((rows) => rows.map(toPayment));
    },
    latest: async (limit) => (await query(db, LATEST, [limit])).map((rows) => rows.map(toPayment)),
    history: async (paymentId) => {
      const found = await query(db, HISTORY, [paymentId]);
      return found.map((rows) => rows.map(toHistoryEntry));
    },
  };
}

const CLAIM = defineStatement<{ attempt: number; stripe_customer_id: string | null }>({
  name: 'claim_payment',
  // The conflict clause names no index on purpose: a taken id and a live payment both end it.
  text: `
    with claimed as (
      insert into payments (
        id, order_id, customer_id, payment_method_id, amount, currency, description,
        correlation_id, status, version, revision, operation_key, created_at, updated_at,
        attempt, stripe_customer_id
      )
      select $1, $2, $3, $4, $5, $6, $7, $8, 'INITIATING', 0, 1, $10, $9, $9,
        (select coalesce(max(attempt), 0) + 1 from payments where order_id = $2),
        coalesce($14, (select stripe_customer_id from customers where customer_id = $3))
      on conflict do nothing
      returning id, attempt, stripe_customer_id
    ), journaled as (
      insert into operations (
        key, payment_id, kind, params, correlation_id, attempts, opened_at, lease_until
      )
      select $10, id, 'authorize', $11, $8, $12, $9, $13 from claimed
    )
    select attempt, stripe_customer_id from claimed`,
});

async function claim(
  db: Database,
  payment: InitiatingPayment,
): Promise<Result<Claim, DatabaseFault>> {
  const { id, orderId } = payment;
  for (let round = 0; round < MAX_CLAIM_ROUNDS; round += 1) {
    const inserted = await query(db, CLAIM, claimValues(payment));
    if (inserted.isErr()) return err(inserted.error);
    const row = inserted.value[0];
    if (row !== undefined) {
      const { attempt, stripe_customer_id: stripeCustomerId } = row;
      return ok({ type: 'claimed', payment: { ...payment, attempt, stripeCustomerId } });
    }
    // Only what was committed before the statement began can be seen in it, so look again.
    const latest = await query(db, BY_ORDER, [orderId]);
    if (latest.isErr()) return err(latest.error);
    const live = latest.value.map(toPayment).find(isLive);
    if (live !== undefined) return ok({ type: 'live', payment: live });
    const taken = await query(db, BY_ID, [id]);
    if (taken.isErr()) return err(taken.error);
    if (taken.value.length > 0) return ok({ type: 'id_taken' });
  }
  return err({ type: 'DatabaseUnavailable', reason: 'the order changed hands over and over' });
}

function claimValues(payment: InitiatingPayment): unknown[] {
  const { id, orderId, customerId, paymentMethodId, amount, description } = payment;
  const { operation, correlationId, createdAt, stripeCustomerId } = payment;
  if (operation?.kind !== 'authorize') throw new Error('bug: a claim owes an authorize');
  return [
    ...[id, orderId, customerId, paymentMethodId, formatMajor(amount), amount.currency],
    ...[description, correlationId, createdAt],
    ...[operation.key, JSON.stringify(operation.params), operation.attempts, operation.leaseUntil],
    stripeCustomerId,
  ];
}

const SAVE = defineStatement<{ saved: number }>({
  name: 'save_change',
  text: `
    with changed as (
      update payments set
        status = $3, version = $4, revision = $5, updated_at = $6, payment_intent_id = $7,
        stripe_customer_id = $8, runner_id = $9, requires_action = $10, revert_requested = $11,
        capture_before = $12, received_minor = $13, revert_method = $14, revert_reason = $15,
        failure = $16, review = $17, operation_key = $18, expiring = $36, reviewed = $37
      where id = $1 and revision = $2 and operation_key is not distinct from $35
      returning id, order_id
    ), closed as (
      update operations set closed_at = $6, outcome = $20, detail = $21
      from changed where operations.key = $19
    ), leased as (
      update operations set lease_until = $23, attempts = $24
      from changed where operations.key = $22
    ), opened as (
      insert into operations (
        key, payment_id, kind, params, correlation_id, attempts, opened_at, lease_until
      )
      select $25, id, $26, $27, $28, $29, $30, $31 from changed where $25::text is not null
    ), happened as (
      select id, order_id, event.*
      from changed, jsonb_to_recordset($32) as event (
        version integer, type text, data jsonb, "correlationId" text, answers text,
        announcement jsonb
      )
    ), recorded as (
      insert into payment_events (payment_id, version, type, data, correlation_id, answers, at)
      select id, version, type, data, "correlationId", answers, $6 from happened
    ), queued as (
      insert into outbox (payment_id, order_id, version, announcement)
      select id, order_id, version, announcement from happened order by version
    ), noted as (
      insert into stripe_events (id, type, payment_id)
      select $33, $34, id from changed where $33::text is not null
      on conflict do nothing
    )
    select 1 as saved from changed`,
});

/** $1 to $18: the row as it shall be, guarded by the revision that was read. */
function paymentValues({ payment, expectedRevision }: Change): unknown[] {
  const initiating = payment.status === 'INITIATING' ? payment : null;
  const reverted = payment.status === 'REVERTED' ? payment : null;
  const received = (payment.status === 'RELEASED' ? payment : reverted)?.receivedMinor ?? 0;
  const held = payment.status === 'INITIATING' || payment.status === 'FAILED' ? null : payment;
  const runnerId = payment.status === 'AUTHORIZED' ? null : runnerOf(payment);
  return [
    ...[payment.id, expectedRevision, payment.status, payment.version, payment.revision],
    ...[payment.updatedAt, payment.paymentIntentId, payment.stripeCustomerId, runnerId],
    ...[initiating?.requiresAction ?? false, json(initiating?.revertRequested ?? null)],
    ...[held?.captureBefore ?? null, received, reverted?.revertMethod ?? null],
    ...[reverted?.reason ?? null, json(payment.status === 'FAILED' ? payment.failure : null)],
    ...[payment.review, payment.operation?.key ?? null],
  ];
}

/** $19 to $31: what was closed, leased and opened in the journal. */
function journalValues({ closed, leased, opened }: Change): unknown[] {
  return [
    ...[closed?.key ?? null, closed?.outcome ?? null, closed?.detail ?? null],
    ...[leased?.key ?? null, leased?.leaseUntil ?? null, leased?.attempts ?? null],
    ...[opened?.key ?? null, opened?.kind ?? null, json(opened?.params ?? null)],
    ...[opened?.correlationId ?? null, opened?.attempts ?? null],
    ...[opened?.openedAt ?? null, opened?.leaseUntil ?? null],
  ];
}

/** $32: the history and the outbox get the same events. */
function eventValues({ events, payment }: Change): unknown[] {
  const rows = events.map((recorded) => ({
    version: recorded.version,
    type: recorded.event.type,
    data: recorded.event,
    correlationId: recorded.correlationId,
    answers: recorded.answers,
    announcement: announce(recorded, payment.updatedAt),
  }));
  return [JSON.stringify(rows)];
}

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

const FROM_PAYMENTS = `
  select ${PAYMENT_COLUMNS}
  from payments p left join operations o on o.key = p.operation_key`;

const BY_ID = defineStatement<PaymentRow>({
  name: 'payment_by_id',
  text: `${FROM_PAYMENTS} where p.id = $1`,
});

const BY_INTENT = defineStatement<PaymentRow>({
  name: 'payment_by_intent',
  text: `${FROM_PAYMENTS} where p.payment_intent_id = $1`,
});

const BY_ORDER = defineStatement<PaymentRow>({
  name: 'latest_payment_of_order',
  text: `${FROM_PAYMENTS} where p.order_id = $1 order by p.attempt desc limit 1`,
});

function lookup(ref: PaymentRef): [typeof BY_ID, [string]] {
  if ('paymentId' in ref) return [BY_ID, [ref.paymentId]];
  return 'orderId' in ref ? [BY_ORDER, [ref.orderId]] : [BY_INTENT, [ref.paymentIntentId]];
}

const WITHDRAW = defineStatement<{ withdrawn: number }>({
  name: 'withdraw_payment',
  // What has happened to a payment stays: only one without any event can be taken back.
  text: `
    with withdrawn as (
      delete from payments
      where id = $1 and revision = $2 and version = 0 and operation_key is not distinct from $3
      returning id
    ), forgotten as (
      delete from operations using withdrawn where payment_id = withdrawn.id
    )
    select 1 as withdrawn from withdrawn`,
});

const TAKE_OWING = defineStatement<PaymentRow>({
  name: 'take_owing_payments',
  // Both rows are locked, so that whoever finishes the call now and we don't take it at once.
  text: `
    with due as (
      select p.id, o.key, o.lease_until
      from operations o join payments p on p.operation_key = o.key
      where o.closed_at is null and o.lease_until <= $1
      order by o.lease_until, o.opened_at limit $3
      for update of p, o skip locked
    ), o as (
      update operations set lease_until = $2, attempts = attempts + 1
      from due where operations.key = due.key
      returning operations.*
    ), p as (
      update payments set revision = revision + 1, updated_at = $1
      from due where payments.id = due.id
      returning payments.*
    )
    select ${PAYMENT_COLUMNS}
    from p join o on o.key = p.operation_key join due on due.id = p.id
    order by due.lease_until, o.opened_at`,
});

const UNSETTLED = defineStatement<PaymentRow>({
  name: 'unsettled_payments',
  text: `
    ${FROM_PAYMENTS}
    where p.operation_key is null and p.id > $5
      and (p.status = 'INITIATING' and p.updated_at < $1
        or p.status = 'AUTHORIZED' and (p.capture_before <= $2
          or p.capture_before <= $3 and not p.expiring
          or p.capture_before <= $4))
    order by p.id limit $6`,
});

const FIND_ALL = defineStatement<PaymentRow>({
  name: 'find_payments',
  // Two lookups by index; an "or" over both would read the whole table.
  text: `
    ${FROM_PAYMENTS} where p.id = any($1::text[])
    union all
    ${FROM_PAYMENTS} where p.payment_intent_id = any($2::text[]) and p.id <> all($1::text[])`,
});

const CREATED_WITHIN = defineStatement<PaymentRow>({
  name: 'payments_created_within',
  text: `
    ${FROM_PAYMENTS}
    where p.payment_intent_id is not null and p.created_at < $3
      and (p.created_at, p.id) > ($1, $2)
    order by p.created_at, p.id limit $4`,
});

const LATEST = defineStatement<PaymentRow>({
  name: 'latest_payments',
  text: `
    ${FROM_PAYMENTS}
    where p.payment_intent_id is not null order by p.created_at desc, p.id desc limit $1`,
});

interface HistoryRow {
  version: number;
  data: unknown;
  correlation_id: string;
  at: Date;
}

const HISTORY = defineStatement<HistoryRow>({
  name: 'history_of_payment',
  text: `
    select version, data, correlation_id, at
    from payment_events where payment_id = $1 order by version`,
});

function toHistoryEntry(row: HistoryRow): HistoryEntry {
  const { version, data, correlation_id: correlationId, at } = row;
  return { version, event: toEvent(data), correlationId, at };
}
