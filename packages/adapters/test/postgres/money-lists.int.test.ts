import {
  type MoneySearch,
  REFUND_STATUSES,
  type Slice,
  TRANSFER_STATUSES,
  type TransferPlace,
} from '@campusg-pay/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../src/postgres/connection/pool.js';
import { createMoneySearch } from '../../src/postgres/listing/money-search.js';
import { createPaymentSearch } from '../../src/postgres/listing/payment-search.js';
import { testDatabase } from '../setup/database.js';

const PAYMENTS = 10_000;
const database = await testDatabase();
const money = createMoneySearch({ pool: database.pool });

/** One in a hundred waits; the refunds are of every second payment; one in fifty runners owes. */
const SEED = [
  `insert into payments (id, payment_intent_id, order_id, customer_id, runner_id, amount, status,
     created_at, updated_at, currency, attempt, version, revision, payment_method_id, correlation_id,
     received_minor)
   select 'p' || n, 'pi_' || n, 'order_' || n, 'customer', 'runner_' || n % 1000, 20.98, 'RELEASED',
     timestamptz '2026-01-01Z' + n * interval '1 minute', now(), 'USD', 1, 1, 1, 'pm', 'c', 2098
   from generate_series(1, ${PAYMENTS}) n`,
  `insert into transfers (payment_id, transfer_id, status, runner_id, stripe_account, amount_minor,
     netted_minor, reversed_minor, debt_minor, stripe_transfer_id, tries, created_at, updated_at)
   select id, 't_' || id, case when id like '%00' then 'waiting_funds' else 'sent' end, runner_id,
     'acct_' || runner_id, 2000, 0, 0, 0, case when id not like '%00' then 'tr_' || id end, 0,
     created_at, created_at
   from payments`,
  `insert into refunds (payment_id, refund_id, position, amount_minor, is_rest, status,
     stripe_refund_id, created_at, correlation_id)
   select id, 'r', 1, 100, false, case when id like '%00' then 'pending' else 'succeeded' end,
     're_' || id, created_at, 'c'
   from payments where id like '%0'`,
  `insert into runners (runner_id, stripe_account, created_at, updated_at)
   select 'runner_' || n, 'acct_runner_' || n, now(), now() from generate_series(0, 899) n`,
  `insert into runner_debts (debt_id, runner_id, currency, payment_id, amount_minor, left_minor,
     created_at)
   select 'd_' || id, runner_id, currency, id, 500, case when id like '%00' then 200 else 0 end,
     created_at from payments where id like '%50' or id like '%00'`,
  `insert into debt_nettings (debt_id, payment_id, amount_minor, created_at)
   select debt_id, payment_id, amount_minor - left_minor, created_at from runner_debts`,
  'vacuum analyze',
];

beforeAll(async () => {
  for (const statement of SEED) await database.pool.query(statement);
});

const ALL_TRANSFERS = { statuses: [], runnerId: null, stripeAccount: null } as const;
const ALL_REFUNDS = { statuses: [], paymentId: null } as const;
const middle = { createdAt: new Date('2026-01-04T11:20:00Z'), paymentId: 'p5000', refundId: 'r' };
const none = { after: null, limit: 21 };
const some = { after: middle, limit: 21 };

type Ask = (money: MoneySearch) => Promise<unknown>;
const ASKS: Readonly<Record<string, Ask>> = {
  'all transfers': (one) => one.transfers(ALL_TRANSFERS, none),
  'all transfers, in the middle': (one) => one.transfers(ALL_TRANSFERS, some),
  ...Object.fromEntries(
    TRANSFER_STATUSES.map((status) => [
      `transfers ${status}`,
      (one: MoneySearch) => one.transfers({ ...ALL_TRANSFERS, statuses: [status] }, some),
    ]),
  ),
  'of a runner': (one) => one.transfers({ ...ALL_TRANSFERS, runnerId: 'runner_7' }, none),
  'to an account': (one) =>
    one.transfers({ ...ALL_TRANSFERS, stripeAccount: 'acct_runner_7' }, some),
  'all refunds': (one) => one.refunds(ALL_REFUNDS, some),
  ...Object.fromEntries(
    REFUND_STATUSES.map((status) => [
      `refunds ${status}`,
      (one: MoneySearch) => one.refunds({ ...ALL_REFUNDS, statuses: [status] }, none),
    ]),
  ),
  'of a payment': (one) => one.refunds({ ...ALL_REFUNDS, paymentId: 'p100' }, none),
  'one runner': (one) => one.runner('runner_50'),
  'the debts of a runner': (one) => one.debtsOf('runner_50', 100),
};

describe.each(['force_custom_plan', 'force_generic_plan'])('with %s', (mode) => {
  it.each(Object.keys(ASKS))('%s reads no more than it must', async (name) => {
    const url = new URL(database.connectionString);
    url.searchParams.set('options', `-c plan_cache_mode=${mode}`);
    const pool = createPool({ connectionString: url.href, applicationName: 'plans', max: 1 });
    try {
      await pool.query('select pg_stat_reset()');
      await ASKS[name]?.(createMoneySearch({ pool }));
      await pool.query('select pg_stat_force_next_flush()');
      const { rows } = await pool.query<{ relname: string; seq: number; rows: number }>(
        `select relname, seq_scan::int as seq, coalesce(idx_tup_fetch, 0)::int as rows
         from pg_stat_user_tables where relname in ('payments', 'transfers', 'refunds')`,
      );
      expect(rows.filter(({ seq }) => seq > 0)).toEqual([]);
      const fetched = rows.reduce((sum, one) => sum + one.rows, 0);
      expect(fetched).toBeLessThan(PAYMENTS / 10);
    } finally {
      await pool.end();
    }
  });
});

describe('the lists of money', () => {
  it('tell each transfer once, page by page, the newest first', async () => {
    const seen: string[] = [];
    let after: TransferPlace | null = null;
    do {
      const slice: Slice<TransferPlace> = { after, limit: 3 };
      const filter = { ...ALL_TRANSFERS, runnerId: 'runner_100' };
      const page = (await money.transfers(filter, slice))._unsafeUnwrap();
      seen.push(...page.map(({ paymentId }) => paymentId));
      after = page.at(-1) ?? null;
    } while (after !== null);
    expect(seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((n) => `p${n === 0 ? '' : n}100`));
  });

  it('tell of a runner what waits and what they owe, account or none', async () => {
    const found = (await money.runner('runner_900'))._unsafeUnwrap();
    expect(found).toEqual({
      runnerId: 'runner_900',
      stripeAccount: null,
      transfersEnabled: null,
      accountReason: null,
      debts: [{ currency: 'USD', amountMinor: 2000 }],
      waiting: [{ currency: 'USD', amountMinor: 20_000 }],
    });
    expect((await money.runner('nobody'))._unsafeUnwrap()).toBeNull();
    const [debt] = (await money.debtsOf('runner_900', 1))._unsafeUnwrap();
    expect(debt).toMatchObject({ paymentId: 'p9900', amountMinor: 500, leftMinor: 200 });
    expect(debt?.nettings).toMatchObject([{ paymentId: 'p9900', amountMinor: 300 }]);
  });

  it('tell all runners once, in order, and those who owe', async () => {
    const all = new Set<string>();
    for (let after: { runnerId: string } | null = null; ; ) {
      const filter = { stripeAccount: null, owing: false };
      const page: readonly { runnerId: string }[] = (
        await money.runners(filter, { after, limit: 300 })
      )._unsafeUnwrap();
      for (const { runnerId } of page) all.add(runnerId);
      after = page.at(-1) ?? null;
      if (after === null) break;
    }
    expect(all.size).toBe(1000);
    const owing = (
      await money.runners({ stripeAccount: null, owing: true }, { after: null, limit: 100 })
    )._unsafeUnwrap();
    expect(owing.map(({ runnerId }) => runnerId)).toEqual(
      [0, 100, 200, 300, 400, 500, 600, 700, 800, 900].map((n) => `runner_${n}`),
    );
    const filter = { stripeAccount: 'acct_runner_7', owing: false };
    const ofAccount = (await money.runners(filter, { after: null, limit: 10 }))._unsafeUnwrap();
    expect(ofAccount.map(({ runnerId }) => runnerId)).toEqual(['runner_7']);
  });

  it('find a payment by its transfer, ours or at Stripe, and by its refund there', async () => {
    const looking = createPaymentSearch({ pool: database.pool });
    for (const text of ['p1230', 'order_1230', 'pi_1230', 't_p1230', 'tr_p1230', 're_p1230']) {
      const found = (await looking.named(text))._unsafeUnwrap();
      expect(
        found.map(({ id }) => id),
        text,
      ).toEqual(['p1230']);
    }
    expect((await looking.named('r'))._unsafeUnwrap()).toEqual([]);
  });
});
