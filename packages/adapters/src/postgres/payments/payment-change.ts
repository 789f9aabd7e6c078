import {
  announce,
  type Change,
  type LeaseHolder,
  NOTHING_TAKEN,
  type Payment,
  type PaymentRepository,
  runnerOf,
  type WebhookNote,
} from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import { createBatch, lockTimeoutFor, SHORT_LOCK_WAIT } from '../connection/batch.js';
import { type ConstraintViolated, type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { MONEY_WRITES, moneyValues, NETTED_BY_ANOTHER } from './money-change.js';

/** What every change writes; nothing of those for which `changed` finds no row. */
const WRITES = `
    incoming as materialized (
      select incoming.*
      from ${SHORT_LOCK_WAIT}, json_to_recordset(:changes) as incoming (
        id text, "expectedRevision" integer, "expectedOperationKey" text,
        status text, version integer, revision integer, "updatedAt" timestamptz,
        "paymentIntentId" text, "stripeCustomerId" text, "runnerId" text,
        "requiresAction" boolean, "revertRequested" jsonb, "captureBefore" timestamptz,
        "receivedMinor" bigint, "refundedMinor" bigint, "dueMinor" bigint, "tipMinor" bigint,
        "feeMinor" bigint, "pendingRefund" jsonb, dispute jsonb, "revertMethod" text,
        "revertReason" text, failure jsonb, review text, "operationKey" text, expiring boolean,
        headroom jsonb, reviewed boolean,
        closed json, leased json, opened json, events json, webhook json, money json
      )
      -- Always so. It makes the planner expect one row, and look each up by its index: for the
      -- hundred that it takes any list for, it would read a young table from end to end.
      where revision = "expectedRevision" + 1
    ), changed as (
      update payments set
        status = incoming.status, version = incoming.version, revision = incoming.revision,
        updated_at = "updatedAt", payment_intent_id = "paymentIntentId",
        stripe_customer_id = "stripeCustomerId", runner_id = "runnerId",
        requires_action = "requiresAction", revert_requested = "revertRequested",
        capture_before = "captureBefore", received_minor = "receivedMinor",
        refunded_minor = "refundedMinor", due_minor = "dueMinor", tip_minor = "tipMinor",
        fee_minor = "feeMinor", pending_refund = "pendingRefund", dispute = incoming.dispute,
        revert_method = "revertMethod", revert_reason = "revertReason",
        failure = incoming.failure, review = incoming.review, operation_key = "operationKey",
        expiring = incoming.expiring, headroom = incoming.headroom, reviewed = incoming.reviewed
      from incoming
      where payments.id = incoming.id and payments.revision = "expectedRevision"
        and payments.operation_key is not distinct from "expectedOperationKey"
      returning payments.id, order_id, currency, "updatedAt", closed, leased, opened, events,
        webhook, money
    ), closed as (
      update operations set closed_at = changed."updatedAt", outcome = closed ->> 'outcome',
        detail = closed ->> 'detail'
      from changed where operations.key = closed ->> 'key'
    ), leased as (
      update operations set lease_until = (leased ->> 'leaseUntil')::timestamptz,
        attempts = (leased ->> 'attempts')::integer, resting = (leased ->> 'resting')::boolean,
        holder = (leased ->> 'holder')::integer
      from changed where operations.key = leased ->> 'key'
    ), opened as (
      insert into operations (
        key, payment_id, kind, params, correlation_id, attempts, opened_at, lease_until, holder
      )
      select operation.key, id, kind, params, "correlationId", attempts, "openedAt", "leaseUntil",
        holder
      from changed, json_to_record(opened) as operation (
        key text, kind text, params jsonb, "correlationId" text, attempts integer,
        "openedAt" timestamptz, "leaseUntil" timestamptz, holder integer
      )
      where opened is not null
    ), happened as (
      select id, order_id, changed."updatedAt", event.*
      from changed, json_to_recordset(events) as event (
        version integer, type text, data jsonb, "correlationId" text, answers text,
        announcement jsonb
      )
    ), recorded as (
      insert into payment_events (payment_id, version, type, data, correlation_id, answers, at)
      select id, version, type, data, "correlationId", answers, "updatedAt" from happened
    ), queued as (
      insert into outbox (payment_id, order_id, version, announcement)
      select id, order_id, version, announcement from happened order by id, version
    ), noted as (
      insert into stripe_events (id, type, payment_id)
      select webhook ->> 'id', webhook ->> 'type', id from changed where webhook is not null
      on conflict do nothing
    )` as const;

const SAVE = defineStatement<{ id: string }>()({
  name: 'save_changes',
  text: `with ${WRITES} select id from changed`,
});

const SAVE_WITH_MONEY = defineStatement<{ id: string }>()({
  name: 'save_changes_with_money',
  text: `with ${WRITES}, ${MONEY_WRITES} select id from changed`,
  constraints: [NETTED_BY_ANOTHER],
});

interface Wanted {
  readonly change: Change;
  readonly webhook: Omit<WebhookNote, 'paymentId'> | undefined;
  readonly holder: LeaseHolder | null;
}

/**
 * Writes changes with all that belongs to them, unless somebody wrote since they were decided. Those
 * that come together are one statement; of one payment there is one in it.
 */
export function createChanges(
  db: Database,
): (wanted: Wanted) => ReturnType<PaymentRepository['save']> {
  const batchOf = (statement: typeof SAVE | typeof SAVE_WITH_MONEY) =>
    createBatch<Wanted, 'saved' | 'stale', ConstraintViolated<typeof NETTED_BY_ANOTHER>>({
      namesOf: ({ change }) => [change.payment.id],
      // What was decided on the revision that is no more.
      after: ({ change }, other, answer) =>
        answer === 'saved' && change.expectedRevision < other.change.payment.revision
          ? 'stale'
          : undefined,
      run: async (wanted) => {
        const saved = await query(db, statement, {
          changes: JSON.stringify(wanted.map(changeValues)),
          lockTimeout: lockTimeoutFor(wanted),
        });
        return saved.map((rows) => {
          const written = new Set(rows.map(({ id }) => id));
          return wanted.map(({ change }) => (written.has(change.payment.id) ? 'saved' : 'stale'));
        });
      },
    });
  const save = batchOf(SAVE);
  const saveWithMoney = batchOf(SAVE_WITH_MONEY);
  return async (wanted) => {
    const saved = await (wanted.change.money === null ? save(wanted) : saveWithMoney(wanted));
    if (saved.isOk()) return ok(saved.value);
    return saved.error.type === 'ConstraintViolated' ? ok('stale') : err(saved.error);
  };
}

function changeValues({ change, webhook, holder }: Wanted) {
  const { payment, closed, leased, opened, money } = change;
  // Not behind a spread, which sets each field by itself.
  return Object.assign(paymentValues(payment), {
    expectedRevision: change.expectedRevision,
    expectedOperationKey: change.expectedOperationKey,
    closed,
    // What rests is held by nobody.
    leased: leased === null ? null : { ...leased, holder: leased.resting ? null : holder },
    opened: opened === null ? null : { ...opened, holder },
    events: eventsOf(change),
    webhook: webhook ?? null,
    money: money === null ? null : moneyValues(money, payment),
  });
}

/** The row as it shall be; columns that the status does not have are empty. */
function paymentValues(payment: Payment) {
  const initiating = payment.status === 'INITIATING' ? payment : null;
  const authorized = payment.status === 'AUTHORIZED' ? payment : null;
  const released = payment.status === 'RELEASED' ? payment : null;
  const reverted = payment.status === 'REVERTED' ? payment : null;
  const failed = payment.status === 'FAILED' ? payment : null;
  const taken = released ?? reverted ?? NOTHING_TAKEN;
  return {
    id: payment.id,
    status: payment.status,
    version: payment.version,
    revision: payment.revision,
    updatedAt: payment.updatedAt,
    paymentIntentId: payment.paymentIntentId,
    stripeCustomerId: payment.stripeCustomerId,
    // Who is to be paid is not yet known for certain while a hold is being captured.
    runnerId: authorized === null ? runnerOf(payment) : null,
    requiresAction: initiating?.requiresAction ?? false,
    revertRequested: initiating?.revertRequested ?? null,
    captureBefore: (authorized ?? released ?? reverted)?.captureBefore ?? null,
    expiring: authorized?.expiring ?? false,
    headroom: authorized?.headroom ?? reverted?.headroom ?? null,
    receivedMinor: taken.receivedMinor,
    dueMinor: taken.dueMinor,
    tipMinor: taken.tipMinor,
    feeMinor: taken.feeMinor,
    refundedMinor: toldByStatus(payment) === taken.refundedMinor ? null : taken.refundedMinor,
    pendingRefund: released?.pendingRefund ?? null,
    dispute: taken.dispute,
    revertMethod: reverted?.revertMethod ?? null,
    revertReason: reverted?.reason ?? null,
    failure: failed?.failure ?? null,
    review: payment.review,
    reviewed: payment.reviewed,
    operationKey: payment.operation?.key ?? null,
  };
}

/**
 * What was given back, as far as the status tells: that is not written down, so that it stays true
 * where a replica of before, which does not know the column, moves the payment on during a deploy.
 */
function toldByStatus(payment: Payment): number {
  const isRefunded = payment.status === 'REVERTED' && payment.revertMethod === 'refunded';
  return isRefunded ? payment.receivedMinor : 0;
}

/** The history and the outbox get the same events. */
function eventsOf({ events, payment }: Change) {
  return events.map((recorded) => ({
    version: recorded.version,
    type: recorded.event.type,
    data: recorded.event,
    correlationId: recorded.correlationId,
    answers: recorded.answers,
    announcement: announce(recorded, payment.updatedAt),
  }));
}

const WITHDRAW = defineStatement<{ withdrawn: number }>()({
  name: 'withdraw_payment',
  // What has happened to a payment stays: only one without any event can be taken back.
  text: `
    with withdrawn as (
      delete from payments
      where id = :id and revision = :revision and version = 0
        and operation_key is not distinct from :operationKey
      returning id
    ), forgotten as (
      delete from operations using withdrawn where payment_id = withdrawn.id
    )
    select 1 as withdrawn from withdrawn`,
});

/** Takes back a payment to which nothing has happened. */
export async function withdrawPayment(
  db: Database,
  { id, revision, operation }: Payment,
): ReturnType<PaymentRepository['withdraw']> {
  const operationKey = operation?.key ?? null;
  const withdrawn = await query(db, WITHDRAW, { id, revision, operationKey });
  return withdrawn.map((rows) => (rows.length === 1 ? 'withdrawn' : 'stale'));
}
