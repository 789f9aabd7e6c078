import { randomUUID } from 'node:crypto';
import type pg from 'pg';

type Facts = Readonly<Record<string, unknown>>;

const at = '2026-01-05T09:00:00Z';

/** Writes rows past the stores: as little of each as there has to be, and what the test is about. */
export function moneyRows(pool: Pick<pg.Pool, 'query'>) {
  /** A row of any table, with what the test is about. */
  async function insert(table: string, row: Facts): Promise<void> {
    const columns = Object.keys(row);
    const places = columns.map((_, index) => `$${index + 1}`);
    await pool.query(
      `insert into ${table} (${columns.join(', ')}) values (${places.join(', ')})`,
      Object.values(row),
    );
  }

  async function payment(facts: Facts = {}): Promise<string> {
    const id = randomUUID();
    await insert('payments', {
      id,
      order_id: id,
      customer_id: 'c',
      runner_id: 'r',
      amount: 10,
      status: 'RELEASED',
      created_at: at,
      updated_at: at,
      currency: 'USD',
      attempt: 1,
      version: 1,
      revision: 1,
      payment_method_id: 'pm',
      correlation_id: 'x',
      payment_intent_id: `pi_${id}`,
      received_minor: 1000,
      ...facts,
    });
    return id;
  }

  async function transfer(paymentId: string, facts: Facts = {}) {
    await insert('transfers', {
      payment_id: paymentId,
      transfer_id: `transfer_${paymentId}`,
      status: 'owed',
      runner_id: 'r',
      amount_minor: 500,
      netted_minor: 0,
      reversed_minor: 0,
      debt_minor: 0,
      tries: 0,
      created_at: at,
      updated_at: at,
      ...facts,
    });
  }

  const sent = (paymentId: string) => ({ status: 'sent', stripe_transfer_id: `tr_${paymentId}` });

  async function refund(paymentId: string, facts: Facts = {}) {
    await insert('refunds', {
      payment_id: paymentId,
      refund_id: 'one',
      position: 1,
      amount_minor: 100,
      is_rest: false,
      status: 'owed',
      created_at: at,
      correlation_id: 'x',
      ...facts,
    });
  }

  async function debt(paymentId: string, facts: Facts = {}) {
    const debtId = randomUUID();
    await insert('runner_debts', {
      debt_id: debtId,
      runner_id: 'r',
      currency: 'USD',
      payment_id: paymentId,
      amount_minor: 100,
      left_minor: 100,
      created_at: at,
      ...facts,
    });
    return debtId;
  }

  async function call(paymentId: string, kind: string, params: object = {}, closed = false) {
    await insert('operations', {
      key: randomUUID(),
      payment_id: paymentId,
      kind,
      params,
      correlation_id: 'x',
      attempts: 1,
      opened_at: at,
      lease_until: at,
      closed_at: closed ? at : null,
      outcome: closed ? 'done' : null,
    });
  }

  return { insert, payment, transfer, sent, refund, debt, call };
}
