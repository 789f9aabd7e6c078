import {
  type Claim,
  type DatabaseFault,
  formatMajor,
  type InitiatingPayment,
  isLive,
  type LeaseHolder,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { findPayment } from './payment-lookups.js';

/** Losing a claim to a payment that is gone again when we look is rare; doing so ten times is not. */
const MAX_ROUNDS = 10;

const CLAIM = defineStatement<{ attempt: number; stripe_customer_id: string | null }>()({
  name: 'claim_payment',
  // The conflict clause names no index on purpose: a taken id and a live payment both end it.
  text: `
    with claimed as (
      insert into payments (
        id, order_id, customer_id, payment_method_id, amount, currency, description,
        correlation_id, status, version, revision, operation_key, created_at, updated_at,
        attempt, stripe_customer_id
      )
      select :id, :orderId, :customerId, :paymentMethodId, :amount, :currency, :description,
        :correlationId, 'INITIATING', 0, 1, :operationKey, :createdAt, :createdAt,
        (select coalesce(max(attempt), 0) + 1 from payments where order_id = :orderId),
        coalesce(
          :stripeCustomerId,
          (select stripe_customer_id from customers where customer_id = :customerId)
        )
      on conflict do nothing
      returning id, attempt, stripe_customer_id
    ), journaled as (
      insert into operations (
        key, payment_id, kind, params, correlation_id, attempts, opened_at, lease_until, holder
      )
      select :operationKey, id, 'authorize', :params, :correlationId, :attempts, :createdAt,
        :leaseUntil, :holder::int
      from claimed
    )
    select attempt, stripe_customer_id from claimed`,
});

/** Writes down a new payment with its authorize operation, unless its order or its id is taken. */
export async function claimPayment(
  db: Database,
  payment: InitiatingPayment,
  holder: LeaseHolder | null,
): Promise<Result<Claim, DatabaseFault>> {
  const { id, orderId } = payment;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const inserted = await query(db, CLAIM, { ...claimValues(payment), holder });
    if (inserted.isErr()) return err(inserted.error);
    const row = inserted.value[0];
    if (row !== undefined) {
      const { attempt, stripe_customer_id: stripeCustomerId } = row;
      return ok({ type: 'claimed', payment: { ...payment, attempt, stripeCustomerId } });
    }
    // Only what was committed before the statement began can be seen in it, so look again.
    const latest = await findPayment(db, { orderId });
    if (latest.isErr()) return err(latest.error);
    if (latest.value !== null && isLive(latest.value)) {
      return ok({ type: 'live', payment: latest.value });
    }
    const taken = await findPayment(db, { paymentId: id });
    if (taken.isErr()) return err(taken.error);
    if (taken.value !== null) return ok({ type: 'id_taken' });
  }
  return err({ type: 'DatabaseUnavailable', reason: 'the order changed hands over and over' });
}

function claimValues(payment: InitiatingPayment) {
  const { amount, operation } = payment;
  if (operation?.kind !== 'authorize') throw new Error('bug: a claim owes an authorize');
  return {
    id: payment.id,
    orderId: payment.orderId,
    customerId: payment.customerId,
    stripeCustomerId: payment.stripeCustomerId,
    paymentMethodId: payment.paymentMethodId,
    amount: formatMajor(amount),
    currency: amount.currency,
    description: payment.description,
    correlationId: payment.correlationId,
    createdAt: payment.createdAt,
    operationKey: operation.key,
    params: JSON.stringify(operation.params),
    attempts: operation.attempts,
    leaseUntil: operation.leaseUntil,
  };
}
