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
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { MONEY_WRITES, moneyValues, NETTED_BY_ANOTHER } from './money-change.js';

/** What every change writes; nothing of it where `changed` finds no row. */
const WRITES = `
    changed as (
      update payments set
        status = :status, version = :version, revision = :revision, updated_at = :updatedAt,
        payment_intent_id = :paymentIntentId, stripe_customer_id = :stripeCustomerId,
        runner_id = :runnerId, requires_action = :requiresAction,
        revert_requested = :revertRequested, capture_before = :captureBefore,
        received_minor = :receivedMinor, refunded_minor = :refundedMinor,
        due_minor = :dueMinor, tip_minor = :tipMinor, fee_minor = :feeMinor,
        pending_refund = :pendingRefund, dispute = :dispute, revert_method = :revertMethod,
        revert_reason = :revertReason, failure = :failure, review = :review,
        operation_key = :operationKey, expiring = :expiring, headroom = :headroom, reviewed = :reviewed
      where id = :id and revision = :expectedRevision
        and operation_key is not distinct from :expectedOperationKey
      returning id, order_id
    ), closed as (
      update operations set closed_at = :updatedAt, outcome = :outcome, detail = :detail
      from changed where operations.key = :closedKey
    ), leased as (
      update operations set lease_until = :leasedUntil, attempts = :leasedAttempts,
        resting = :leasedResting, holder = :leasedHolder::int
      from changed where operations.key = :leasedKey
    ), opened as (
      insert into operations (
        key, payment_id, kind, params, correlation_id, attempts, opened_at, lease_until, holder
      )
      select :openedKey, id, :openedKind, :openedParams, :openedCorrelationId, :openedAttempts,
        :openedAt, :openedLeaseUntil, :openedHolder::int
      from changed where :openedKey::text is not null
    ), happened as (
      select id, order_id, event.*
      from changed, jsonb_to_recordset(:events) as event (
        version integer, type text, data jsonb, "correlationId" text, answers text,
        announcement jsonb
      )
    ), recorded as (
      insert into payment_events (payment_id, version, type, data, correlation_id, answers, at)
      select id, version, type, data, "correlationId", answers, :updatedAt from happened
    ), queued as (
      insert into outbox (payment_id, order_id, version, announcement)
      select id, order_id, version, announcement from happened order by version
    ), noted as (
      insert into stripe_events (id, type, payment_id)
      select :webhookId, :webhookType, id from changed where :webhookId::text is not null
      on conflict do nothing
    )` as const;

const SAVE = defineStatement<{ saved: number }>()({
  name: 'save_change',
  text: `with ${WRITES} select 1 as saved from changed`,
});

const SAVE_WITH_MONEY = defineStatement<{ saved: number }>()({
  name: 'save_change_with_money',
  text: `with ${WRITES}, ${MONEY_WRITES} select 1 as saved from changed`,
  constraints: [NETTED_BY_ANOTHER],
});

/** Writes one change with all that belongs to it, unless somebody wrote since it was decided. */
export async function saveChange(
  db: Database,
  {
    change,
    webhook,
    holder,
  }: {
    readonly change: Change;
    readonly webhook: Omit<WebhookNote, 'paymentId'> | undefined;
    readonly holder: LeaseHolder | null;
  },
): ReturnType<PaymentRepository['save']> {
  const values = {
    ...paymentValues(change.payment),
    ...journalValues(change, holder),
    expectedRevision: change.expectedRevision,
    expectedOperationKey: change.expectedOperationKey,
    events: JSON.stringify(eventsOf(change)),
    webhookId: webhook?.id ?? null,
    webhookType: webhook?.type ?? null,
  };
  const { money, payment } = change;
  const saved =
    money === null
      ? await query(db, SAVE, values)
      : await query(db, SAVE_WITH_MONEY, { ...values, ...moneyValues(money, payment) });
  if (saved.isErr())
    return saved.error.type === 'ConstraintViolated' ? ok('stale') : err(saved.error);
  return ok(saved.value.length === 1 ? 'saved' : 'stale');
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
    revertRequested: json(initiating?.revertRequested ?? null),
    captureBefore: (authorized ?? released ?? reverted)?.captureBefore ?? null,
    expiring: authorized?.expiring ?? false,
    headroom: json(authorized?.headroom ?? reverted?.headroom ?? null),
    receivedMinor: taken.receivedMinor,
    dueMinor: taken.dueMinor,
    tipMinor: taken.tipMinor,
    feeMinor: taken.feeMinor,
    refundedMinor: toldByStatus(payment) === taken.refundedMinor ? null : taken.refundedMinor,
    pendingRefund: json(released?.pendingRefund ?? null),
    dispute: json(taken.dispute),
    revertMethod: reverted?.revertMethod ?? null,
    revertReason: reverted?.reason ?? null,
    failure: json(failed?.failure ?? null),
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

/** What is closed, leased and opened in the journal. What rests is held by nobody. */
function journalValues({ closed, leased, opened }: Change, holder: LeaseHolder | null) {
  return {
    closedKey: closed?.key ?? null,
    outcome: closed?.outcome ?? null,
    detail: closed?.detail ?? null,
    leasedKey: leased?.key ?? null,
    leasedUntil: leased?.leaseUntil ?? null,
    leasedAttempts: leased?.attempts ?? null,
    leasedResting: leased?.resting ?? null,
    leasedHolder: leased?.resting === false ? holder : null,
    openedKey: opened?.key ?? null,
    openedKind: opened?.kind ?? null,
    openedParams: json(opened?.params ?? null),
    openedCorrelationId: opened?.correlationId ?? null,
    openedAttempts: opened?.attempts ?? null,
    openedAt: opened?.openedAt ?? null,
    openedLeaseUntil: opened?.leaseUntil ?? null,
    openedHolder: opened === null ? null : holder,
  };
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

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
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
