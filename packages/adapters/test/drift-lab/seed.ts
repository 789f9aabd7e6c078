import type { SeedMoves } from '@campusg-pay/sandbox';
import type pg from 'pg';
import type { Seeded } from './books.js';

/** Writes payments with their histories, a statement for a thousand or so. */
export async function insertPayments(pool: pg.Pool, books: readonly Seeded[]): Promise<void> {
  await pool.query(INSERT_PAYMENTS, [JSON.stringify(books.map(({ row }) => row))]);
  const events = books.flatMap(({ row, events: of }) =>
    of.map((event, index) => ({
      payment_id: row.id,
      version: index + 1,
      type: event.type,
      data: event,
      at: row.created_at,
    })),
  );
  await pool.query(INSERT_EVENTS, [JSON.stringify(events)]);
  const transfers = books.flatMap(({ sent }) => sent?.row ?? []);
  if (transfers.length > 0) await pool.query(INSERT_TRANSFERS, [JSON.stringify(transfers)]);
  const refunds = books.flatMap(({ back }) => back?.row ?? []);
  if (refunds.length > 0) await pool.query(INSERT_REFUNDS, [JSON.stringify(refunds)]);
}

/** What goes with the PaymentIntents of these at Stripe. */
export function movesOf(books: readonly Seeded[]): Required<SeedMoves> {
  return {
    transfers: books.flatMap(({ sent }) => sent?.transfer ?? []),
    refunds: books.flatMap(({ back }) => back?.refund ?? []),
  };
}

const INSERT_TRANSFERS = `
  insert into transfers select * from jsonb_populate_recordset(null::transfers, $1)`;

const INSERT_REFUNDS = `
  insert into refunds select * from jsonb_populate_recordset(null::refunds, $1)`;

const INSERT_PAYMENTS = `
  insert into payments (
    id, payment_intent_id, order_id, customer_id, runner_id, amount, status, created_at, updated_at,
    currency, attempt, version, revision, stripe_customer_id, payment_method_id, correlation_id,
    operation_key, requires_action, capture_before, received_minor, due_minor, tip_minor, fee_minor,
    refunded_minor, revert_method, failure
  )
  select id, payment_intent_id, order_id, customer_id, runner_id, amount, status, created_at,
    updated_at, currency, attempt, version, revision, stripe_customer_id, payment_method_id,
    correlation_id, operation_key, requires_action, capture_before, received_minor, due_minor,
    tip_minor, fee_minor, refunded_minor, revert_method, failure
  from jsonb_populate_recordset(null::payments, $1)`;

const INSERT_EVENTS = `
  insert into payment_events (payment_id, version, type, data, correlation_id, at)
  select payment_id, version, type, data, 'lab', at
  from jsonb_populate_recordset(null::payment_events, $1)`;

/** Parts of a stream, so that a million fit through. */
export function* inParts<Item>(items: Iterable<Item>, size: number): Generator<Item[]> {
  let part: Item[] = [];
  for (const item of items) {
    part.push(item);
    if (part.length < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}
