import {
  type Claim,
  type DatabaseFault,
  formatMajor,
  type InitiatingPayment,
  isLive,
  type LeaseHolder,
  type Payment,
  type PaymentRef,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { createBatch, lockTimeoutFor, SHORT_LOCK_WAIT } from '../connection/batch.js';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

/** Losing a claim to a payment that is gone again when we look is rare; doing so ten times is not. */
const MAX_ROUNDS = 10;

interface ClaimRow {
  readonly id: string;
  readonly attempt: number;
  readonly stripe_customer_id: string | null;
}

const CLAIM = defineStatement<ClaimRow>()({
  name: 'claim_payments',
  // The conflict clause names no index on purpose: a taken id and a live payment both end it.
  text: `
    with wanted as materialized (
      select wanted.*
      from ${SHORT_LOCK_WAIT}, json_to_recordset(:claims) as wanted (
        id text, "orderId" text, "customerId" text, "paymentMethodId" text, amount numeric,
        currency text, description text, "correlationId" text, "operationKey" text,
        "createdAt" timestamptz, "stripeCustomerId" text, params jsonb, attempts integer,
        "leaseUntil" timestamptz, holder integer
      )
    ), claimed as (
      insert into payments (
        id, order_id, customer_id, payment_method_id, amount, currency, description,
        correlation_id, status, version, revision, operation_key, created_at, updated_at,
        attempt, stripe_customer_id
      )
      select id, "orderId", "customerId", "paymentMethodId", amount, currency, description,
        "correlationId", 'INITIATING', 0, 1, "operationKey", "createdAt", "createdAt",
        (select coalesce(max(p.attempt), 0) + 1 from payments p where p.order_id = "orderId"),
        coalesce(
          "stripeCustomerId",
          (select c.stripe_customer_id from customers c where c.customer_id = "customerId")
        )
      from wanted
      on conflict do nothing
      returning id, attempt, stripe_customer_id
    ), journaled as (
      insert into operations (
        key, payment_id, kind, params, correlation_id, attempts, opened_at, lease_until, holder
      )
      select "operationKey", id, 'authorize', params, "correlationId", attempts, "createdAt",
        "leaseUntil", holder
      from claimed join wanted using (id)
    )
    select id, attempt, stripe_customer_id from claimed`,
});

interface Wanted {
  readonly payment: InitiatingPayment;
  readonly holder: LeaseHolder | null;
}

/**
 * Writes down new payments with their authorize operations, unless their order or their id is taken.
 * Those that come together are one statement.
 *
 * @param find looks a payment up
 */
export function createClaims(
  db: Database,
  find: (ref: PaymentRef) => Promise<Result<Payment | null, DatabaseFault>>,
): (wanted: Wanted) => Promise<Result<Claim, DatabaseFault>> {
  const insert = createBatch<Wanted, ClaimRow | null>({
    namesOf: ({ payment }) => [`id ${payment.id}`, `order ${payment.orderId}`],
    run: async (claims) => {
      const inserted = await query(db, CLAIM, {
        claims: JSON.stringify(claims.map(claimValues)),
        lockTimeout: lockTimeoutFor(claims),
      });
      return inserted.map((rows) => {
        const byId = new Map(rows.map((row) => [row.id, row]));
        return claims.map(({ payment }) => byId.get(payment.id) ?? null);
      });
    },
  });
  return async (wanted) => {
    const { payment } = wanted;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const inserted = await insert(wanted);
      if (inserted.isErr()) return err(inserted.error);
      const row = inserted.value;
      if (row !== null) {
        const { attempt, stripe_customer_id: stripeCustomerId } = row;
        return ok({ type: 'claimed', payment: { ...payment, attempt, stripeCustomerId } });
      }
      const bar = await whatBars(payment, find);
      if (bar.isErr()) return err(bar.error);
      if (bar.value !== null) return ok(bar.value);
    }
    return err({ type: 'DatabaseUnavailable', reason: 'the order changed hands over and over' });
  };
}

/** Only what was committed before a statement began can be seen in it, so this looks again. */
async function whatBars(
  { id, orderId }: InitiatingPayment,
  find: (ref: PaymentRef) => Promise<Result<Payment | null, DatabaseFault>>,
): Promise<Result<Claim | null, DatabaseFault>> {
  const latest = await find({ orderId });
  if (latest.isErr()) return err(latest.error);
  if (latest.value !== null && isLive(latest.value)) {
    return ok({ type: 'live', payment: latest.value });
  }
  const taken = await find({ paymentId: id });
  return taken.map((payment) => (payment === null ? null : { type: 'id_taken' }));
}

function claimValues({ payment, holder }: Wanted) {
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
    params: operation.params,
    attempts: operation.attempts,
    leaseUntil: operation.leaseUntil,
    holder,
  };
}
