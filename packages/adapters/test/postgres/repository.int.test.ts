import { createEscrow } from '@campusg-pay/core';
import { memorySystem } from '@campusg-pay/core/testing';
import { describeRepositoryContract } from '@campusg-pay/core/testing/contract';
import { describe, expect, it } from 'vitest';
import { createCustomerDirectory } from '../../src/postgres/payments/customer-directory.js';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { createInbox } from '../../src/postgres/payments/webhook-inbox.js';
import { createRunnerDirectory } from '../../src/postgres/runners/runner-directory.js';
import { testDatabase } from '../setup/database.js';
import { outboxHeldBy } from '../setup/relay.js';

const { pool } = await testDatabase();
const db = { pool };

describeRepositoryContract('Postgres', () => ({
  repository: createRepository(db),
  customers: createCustomerDirectory(db),
  runners: createRunnerDirectory(db),
  inbox: createInbox(db),
  announcements: async () => {
    const outbox = await outboxHeldBy('r', pool);
    const waiting = (await outbox.next(1_000_000))._unsafeUnwrap();
    // As they are in the row: times are text there.
    return JSON.parse(JSON.stringify(waiting.map(({ announcement }) => announcement)));
  },
}));

describe('the schema itself refuses', () => {
  const columns = `id, order_id, customer_id, amount, status, created_at, updated_at, currency,
    attempt, version, revision, payment_method_id, correlation_id, payment_intent_id`;
  const row = (changes: Record<string, string>) => {
    const id = `p${Math.random()}`;
    const values: Record<string, string> = {
      id: `'${id}'`,
      order_id: `'${id}'`,
      amount: '20.98',
      status: `'INITIATING'`,
      attempt: '1',
      currency: `'USD'`,
      intent: 'null',
      ...changes,
    };
    const { id: key, order_id: order, amount, status, attempt, currency, intent } = values;
    return `insert into payments (${columns}) values (${key}, ${order}, 'c', ${amount}, ${status},
      now(), now(), ${currency}, ${attempt}, 0, 1, 'pm', 'x', ${intent})`;
  };

  it.each<[string, Record<string, string>, string]>([
    ['an amount of nothing', { amount: '0' }, 'payments_amount_positive'],
    ['a negative amount', { amount: '-1' }, 'payments_amount_positive'],
    ['a status nobody knows', { status: `'PAID'`, intent: `'pi_1'` }, 'payments_status_known'],
    ['a hold without a PaymentIntent', { status: `'AUTHORIZED'` }, 'payments_held_has_intent'],
    ['a failure without a reason', { status: `'FAILED'` }, 'payments_failed_has_failure'],
    ['a currency in lower case', { currency: `'usd'` }, 'payments_currency_code'],
    ['an empty id', { id: `''` }, 'payments_id_length'],
  ])('%s', async (_what, changes, constraint) => {
    await expect(pool.query(row(changes))).rejects.toMatchObject({ constraint });
  });

  it('a second live payment of an order, whatever asks for it', async () => {
    await pool.query(row({ order_id: `'twice'` }));
    await expect(pool.query(row({ order_id: `'twice'`, attempt: '2' }))).rejects.toMatchObject({
      constraint: 'payments_one_live_per_order',
    });
  });
});

it('what a replica of before reverts is given back, though it does not know that column', async () => {
  const { ports, authorizing } = memorySystem();
  const stores = {
    repository: createRepository(db),
    customers: createCustomerDirectory(db),
    runners: createRunnerDirectory(db),
    inbox: createInbox(db),
  };
  const escrow = createEscrow({ ...ports, ...stores });
  const orderId = 'reverted by a replica of before';
  const payment = { orderId };
  (await escrow.authorize(authorizing({ orderId })))._unsafeUnwrap();
  (await escrow.release({ payment, runnerId: 'r', correlationId: 'c' }))._unsafeUnwrap();
  await pool.query(
    `update payments set status = 'REVERTED', revert_method = 'refunded', revision = revision + 1
     where order_id = $1`,
    [orderId],
  );
  const found = (await escrow.find(payment))._unsafeUnwrap();
  expect(found).toMatchObject({ status: 'REVERTED', receivedMinor: 2098, refundedMinor: 2098 });
});
