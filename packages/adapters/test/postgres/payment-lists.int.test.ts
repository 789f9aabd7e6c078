import {
  ANY_PAYMENT,
  type PaymentFilter,
  type PaymentPlace,
  type PaymentSearch,
  STATUSES,
  TRANSFER_STATUSES,
} from '@campusg-pay/core';
import { describePaymentSearch } from '@campusg-pay/core/testing/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../src/postgres/connection/pool.js';
import { createPaymentSearch } from '../../src/postgres/listing/payment-search.js';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { testDatabase } from '../setup/database.js';

const contract = await testDatabase();

describePaymentSearch('Postgres', () => ({
  repository: createRepository({ pool: contract.pool }),
  looking: createPaymentSearch({ pool: contract.pool }),
}));

const PAYMENTS = 10_000;
const START = Date.parse('2026-01-01T00:00:00Z');

/** Some twenty customers and runners are in a tenth of the payments, and all others in one or two. */
const SEED = `
  insert into payments (
    id, payment_intent_id, order_id, customer_id, runner_id, amount, status, created_at, updated_at,
    currency, attempt, version, revision, payment_method_id, correlation_id, received_minor, failure,
    review
  )
  select 'p' || n, 'pi_' || n, 'order_' || n / 2,
    'customer_' || case when n % 10 = 0 then n % 20 else n end,
    case when n % 3 = 0 then 'runner_' || case when n % 30 = 0 then n % 20 else n end end,
    20.98,
    case when n % 2 = 1 then 'FAILED' when n % 1000 = 0 then 'INITIATING'
      when n % 3 = 0 then 'RELEASED' else 'AUTHORIZED' end,
    timestamptz '2026-01-01T00:00:00Z' + n / 3 * interval '1 minute', now(), 'USD', n % 2 + 1, 1, 1,
    'pm', 'c', case when n % 6 = 0 then 2098 else 0 end,
    case when n % 2 = 1 then '{"code":"c","declineCode":null,"message":"m"}'::jsonb end,
    case when n % 500 = 2 then 'look' end
  from generate_series(1, ${PAYMENTS}) n`;

const SEED_TRANSFERS = `
  insert into transfers (payment_id, transfer_id, status, runner_id, stripe_account, amount_minor,
    netted_minor, reversed_minor, debt_minor, stripe_transfer_id, tries, created_at, updated_at)
  select id, 't_' || id, case when id like '%00' then 'waiting_funds' else 'sent' end, runner_id,
    'acct_' || substr(id, length(id) - 1), 2098, 0, 0, 0,
    case when id not like '%00' then 'tr_' || id end, 0, created_at, created_at
  from payments where status = 'RELEASED' and runner_id is not null`;

/** What the lists of HTTP and of the terminal ask for; each is a plan of its own. */
const LISTS: Readonly<Record<string, Partial<PaymentFilter>>> = {
  all: {},
  ...Object.fromEntries(STATUSES.map((status) => [status, { statuses: [status] }])),
  'of a customer': { customerId: 'customer_10' },
  'of a customer, by status': { customerId: 'customer_0', statuses: ['AUTHORIZED'] },
  'of a runner': { runnerId: 'runner_0' },
  'of a runner of few': { runnerId: 'runner_999' },
  'of an order': { orderId: 'order_77' },
  'of a period': {
    createdFrom: new Date(START + 60_000),
    createdBefore: new Date(START + 600_000),
  },
  'of a period, by status': { statuses: ['RELEASED'], createdFrom: new Date(START) },
  'of an account': { runnerAccount: 'acct_36' },
  'of an account, by transfer': { runnerAccount: 'acct_00', transferStatuses: ['waiting_funds'] },
  'under review': { review: true },
  ...Object.fromEntries(
    TRANSFER_STATUSES.filter((status) => status !== 'sent').map((status) => [
      `transfers ${status}`,
      { transferStatuses: [status] },
    ]),
  ),
};

describe(`of ${PAYMENTS} payments`, async () => {
  const database = await testDatabase();
  beforeAll(async () => {
    await database.pool.query(SEED);
    await database.pool.query(SEED_TRANSFERS);
    await database.pool.query('vacuum analyze payments, transfers, refunds, operations');
  });

  const middle: PaymentPlace = { id: 'p5000', createdAt: new Date(START + 1666 * 60_000) };
  type Ask = (
    looking: PaymentSearch,
    after: PaymentPlace | null,
  ) => ReturnType<PaymentSearch['list']>;
  const ask: Readonly<Record<string, Ask>> = {
    ...Object.fromEntries(
      Object.entries(LISTS).map(([name, filter]) => [
        name,
        (looking, after) => looking.list({ ...ANY_PAYMENT, ...filter }, { after, limit: 21 }),
      ]),
    ),
    'of a user': (looking, after) => looking.ofUser('customer_10', { after, limit: 21 }),
  };

  // A statement is planned for its values at first, and for any values after that.
  describe.each(['force_custom_plan', 'force_generic_plan'])('with %s', (mode) => {
    it.each(Object.keys(ask))('the list %s reads no more than it must', async (name) => {
      const url = new URL(database.connectionString);
      url.searchParams.set('options', `-c plan_cache_mode=${mode}`);
      const pool = createPool({ connectionString: url.href, applicationName: 'plans', max: 1 });
      try {
        const looking = createPaymentSearch({ pool });
        const asked = ask[name];
        if (asked === undefined) throw new Error('no such list');
        for (const after of [null, middle]) {
          await pool.query('select pg_stat_reset()');
          await asked(looking, after);
          const { gone, rows } = await readOf(pool);
          const page = after === null ? 'first page' : 'in the middle';
          expect(gone, page).toEqual([]);
          // Twenty-one are told; of one customer in many, or of an account, some more are looked at.
          expect(rows, page).toBeLessThan(PAYMENTS / 10);
        }
      } finally {
        await pool.end();
      }
    });
  });
});

/** Since the last reset: tables that were gone through from end to end, and rows read by an index. */
async function readOf(pool: ReturnType<typeof createPool>) {
  await pool.query('select pg_stat_force_next_flush()');
  const { rows } = await pool.query<{ relname: string; seq: number; rows: number }>(
    `select relname, seq_scan::int as seq, coalesce(idx_tup_fetch, 0)::int as rows
     from pg_stat_user_tables where relname in ('payments', 'transfers') order by 1`,
  );
  const gone = rows.filter(({ seq }) => seq > 0).map(({ relname }) => relname);
  return { gone, rows: rows.reduce((sum, one) => sum + one.rows, 0) };
}
