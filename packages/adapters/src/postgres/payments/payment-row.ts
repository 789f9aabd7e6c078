import {
  type Dispute,
  type Headroom,
  type HoldFailure,
  type Operation,
  type OperationKind,
  type Payment,
  type PendingRefund,
  parseCurrency,
  parseMajor,
  type RevertMethod,
  type Status,
  type Taken,
} from '@campusg-pay/core';
import { TAKEN_COLUMNS, type TakenRow, toRefundsAndTransfer } from './taken-row.js';

/** A payment with its open operation, as {@link PAYMENT_COLUMNS} selects it. */
export interface PaymentRow extends TakenRow {
  id: string;
  payment_intent_id: string | null;
  order_id: string;
  customer_id: string;
  runner_id: string | null;
  amount: string;
  status: Status;
  description: string | null;
  created_at: Date;
  updated_at: Date;
  currency: string;
  attempt: number;
  version: number;
  revision: number;
  stripe_customer_id: string | null;
  payment_method_id: string;
  correlation_id: string;
  requires_action: boolean;
  revert_requested: { reason: string | null; correlationId: string } | null;
  capture_before: Date | null;
  expiring: boolean;
  headroom: Headroom | null;
  pending_refund: PendingRefund | null;
  dispute: Dispute | null;
  revert_method: RevertMethod | null;
  revert_reason: string | null;
  failure: HoldFailure | null;
  review: string | null;
  reviewed: boolean;
  op_key: string | null;
  op_kind: Operation['kind'] | null;
  op_params: unknown;
  op_correlation_id: string | null;
  op_attempts: number | null;
  op_opened_at: Date | null;
  op_lease_until: Date | null;
  op_resting: boolean | null;
}

/** Select list for `payments p left join operations o on o.key = p.operation_key`. */
export const PAYMENT_COLUMNS = `
  p.id, p.payment_intent_id, p.order_id, p.customer_id, p.runner_id, p.amount, p.status,
  p.description, p.created_at, p.updated_at, p.currency, p.attempt, p.version, p.revision,
  p.stripe_customer_id, p.payment_method_id, p.correlation_id, p.requires_action,
  p.revert_requested, p.capture_before, p.expiring, p.headroom, ${TAKEN_COLUMNS},
  p.pending_refund, p.dispute, p.revert_method, p.revert_reason,
  p.failure, p.review, p.reviewed, o.key as op_key, o.kind as op_kind, o.params as op_params,
  o.correlation_id as op_correlation_id, o.attempts as op_attempts, o.opened_at as op_opened_at,
  o.lease_until as op_lease_until, o.resting as op_resting` as const;

/** What was given back, in SQL. The column is empty where the status tells it. */
export const GIVEN_BACK = `
  coalesce(refunded_minor, case when revert_method = 'refunded' then received_minor else 0 end)` as const;

/** Payments, each with its open operation. */
export const FROM_PAYMENTS = `
  select ${PAYMENT_COLUMNS}
  from payments p left join operations o on o.key = p.operation_key` as const;

/** The payment a row stands for. A row that is no payment breaks a check of ours: it throws. */
export function toPayment(row: PaymentRow): Payment {
  const operation = toOperation(row);
  // Behind a spread each field is set by itself, at fifteen times the cost; this is done for each row.
  const payment = Object.assign(baseOf(row), detailsOf(row), { status: row.status, operation });
  if (!owes(row.status, operation)) throw corrupt(row, `owes a ${operation?.kind}`);
  // Which fields and which operation belong to the status was checked above, by hand.
  return payment as Payment;
}

function baseOf(row: PaymentRow) {
  const amount = parseCurrency(row.currency).andThen((currency) =>
    parseMajor(row.amount, currency),
  );
  if (amount.isErr()) throw corrupt(row, `has the amount ${row.amount} ${row.currency}`);
  return {
    id: row.id,
    orderId: row.order_id,
    attempt: row.attempt,
    customerId: row.customer_id,
    stripeCustomerId: row.stripe_customer_id,
    paymentMethodId: row.payment_method_id,
    amount: amount.value,
    description: row.description,
    correlationId: row.correlation_id,
    review: row.review,
    reviewed: row.reviewed,
    version: row.version,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The fields that only some statuses have. */
function detailsOf(row: PaymentRow) {
  const paymentIntentId = row.payment_intent_id;
  const captureBefore = row.capture_before;
  const runnerId = row.runner_id;
  switch (row.status) {
    case 'INITIATING':
      return {
        paymentIntentId,
        requiresAction: row.requires_action,
        revertRequested: row.revert_requested,
      };
    case 'AUTHORIZED':
      return { paymentIntentId, captureBefore, expiring: row.expiring, headroom: row.headroom };
    case 'RELEASED':
      return {
        paymentIntentId,
        captureBefore,
        runnerId,
        ...takenOf(row),
        pendingRefund: row.pending_refund,
      };
    case 'REVERTED': {
      const { revert_method: revertMethod, revert_reason: reason } = row;
      const details = { paymentIntentId, captureBefore, runnerId, ...takenOf(row) };
      const ended = { ...details, revertMethod, reason };
      return row.headroom === null ? ended : { ...ended, headroom: row.headroom };
    }
    case 'FAILED':
      return { paymentIntentId, failure: row.failure };
  }
}

function takenOf(row: PaymentRow): Taken {
  const { received_minor: receivedMinor } = row;
  const isRefunded = row.revert_method === 'refunded';
  return {
    receivedMinor,
    dueMinor: row.due_minor,
    tipMinor: row.tip_minor,
    feeMinor: row.fee_minor,
    refundedMinor: row.refunded_minor ?? (isRefunded ? receivedMinor : 0),
    dispute: row.dispute === null ? null : inOrder(row.dispute),
    ...toRefundsAndTransfer(row),
  };
}

/** Of jsonb the fields come in an order of their own. */
function inOrder({ disputeId, status, reason, amountMinor, dueBy }: Dispute): Dispute {
  const told = { disputeId, status, reason, amountMinor };
  return dueBy === undefined ? told : { ...told, dueBy };
}

function toOperation(row: PaymentRow): Operation | null {
  if (row.op_key === null) return null;
  const operation = {
    key: row.op_key,
    kind: row.op_kind,
    params: row.op_params,
    openedAt: row.op_opened_at,
    attempts: row.op_attempts,
    leaseUntil: row.op_lease_until,
    resting: row.op_resting,
    correlationId: row.op_correlation_id,
  };
  // Written from an Operation and from nothing else.
  return operation as Operation;
}

/** Which statuses owe which call. */
const OWED_BY: Readonly<Record<OperationKind, readonly Status[]>> = {
  authorize: ['INITIATING'],
  capture: ['AUTHORIZED'],
  void: ['INITIATING', 'AUTHORIZED'],
  refund: ['RELEASED'],
  transfer: ['RELEASED'],
  reversal: ['RELEASED', 'REVERTED'],
};

function owes(status: Status, operation: Operation | null): boolean {
  return operation === null || OWED_BY[operation.kind].includes(status);
}

function corrupt(row: PaymentRow, what: string): Error {
  return new Error(`bug: payment ${row.id} is ${row.status} and ${what}`);
}
