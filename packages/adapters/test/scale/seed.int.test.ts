import { beforeAll, describe, expect, it } from 'vitest';
import { NotEmpty, type Seeded, seed, seededSpan } from '../../../../scripts/seed/seed.js';
import { startStripeDouble } from '../../../../scripts/seed/stripe-double.js';
import { reconcilerFor } from '../drift-lab/lab.js';
import { testDatabase } from '../setup/database.js';

const PAYMENTS = 2_000;
const { pool } = await testDatabase();
const now = new Date();
const wanted = { payments: PAYMENTS, days: 30, now };
const never = new AbortController().signal;

/** All indexes and constraints, as the catalog defines them. */
async function made(): Promise<readonly string[]> {
  const { rows } = await pool.query<{ definition: string }>(`
    select indexdef as definition from pg_indexes where schemaname = 'public'
    union all
    select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace
    order by 1`);
  return rows.map(({ definition }) => definition);
}

async function seeded(): Promise<Seeded> {
  const client = await pool.connect();
  try {
    return await seed(client, wanted);
  } finally {
    client.release();
  }
}

describe('a seeded database', () => {
  let before: readonly string[] = [];
  let result: Seeded;

  beforeAll(async () => {
    before = await made();
    result = await seeded();
  });

  it('has the payments with their history, and tells what it was seeded with', async () => {
    const { rows } = result;
    expect(rows).toMatchObject({ payments: PAYMENTS, refunds: 200, transfers: 300 });
    expect(rows.payment_events).toBeGreaterThan(2 * PAYMENTS);
    expect(rows.operations).toBeGreaterThan(2 * PAYMENTS);
    expect(await seededSpan(pool)).toEqual(result.span);
    const statuses = await pool.query('select distinct status from payments order by 1');
    expect(statuses.rows.map(({ status }) => status)).toEqual([
      'AUTHORIZED',
      'FAILED',
      'INITIATING',
      'RELEASED',
      'REVERTED',
    ]);
  });

  it('has every index and constraint that it had before', async () => {
    expect(await made()).toEqual(before);
  });

  it('has money that adds up to nothing, in all and for each payment', async () => {
    const sums = await pool.query(
      `select payment_id from money_ledger group by payment_id having sum(amount_minor) <> 0`,
    );
    expect(sums.rows).toEqual([]);
    const moved = await pool.query('select count(*)::int as rows from money_ledger');
    expect(moved.rows[0].rows).toBeGreaterThan(PAYMENTS);
  });

  it('agrees with the Stripe that goes with it, so that reconciling finds nothing', async () => {
    const stripe = await startStripeDouble(result.span);
    const { rows } = await pool.query('select id from installation');
    const installation = { id: rows[0].id, namedSince: null };
    const reconciler = reconcilerFor(pool, stripe, undefined, installation);
    const from = new Date(now.getTime() - 31 * 86_400_000);
    const period = { from, to: new Date(), older: true, startedBy: 'test' };
    const begun = (await reconciler.begin(period))._unsafeUnwrap();
    const run = (await reconciler.goOn(begun, { stop: never }))._unsafeUnwrap();
    await stripe.close();
    const { intents, payments, transfers, refunds, reversals } = run.progress;
    expect(run.found).toEqual(run.found.map(() => 0));
    expect({ intents, payments }).toEqual({ intents: PAYMENTS, payments: PAYMENTS });
    expect(transfers).toMatchObject({ theirs: 300, ours: 300 });
    expect(refunds).toMatchObject({ theirs: 200, ours: 200 });
    expect(reversals).toMatchObject({ theirs: 200 });
  });

  it('is not seeded once more, nor is any other that holds something', async () => {
    await expect(seeded()).rejects.toThrow(NotEmpty);
    const { rows } = await pool.query('select count(*)::int as payments from payments');
    expect(rows[0].payments).toBe(PAYMENTS);
  });

  it('is refused for a single row of a table that seeding does not fill', async () => {
    const other = await testDatabase();
    await other.pool.query(
      `insert into operator_acts (operator, act, details, reason, begun_at)
       values ('op', 'payments.release', '{}', 'why', now())`,
    );
    const client = await other.pool.connect();
    await expect(seed(client, wanted)).rejects.toThrow(/operator_acts holds rows/);
    client.release();
    const { rows } = await other.pool.query('select count(*)::int as payments from payments');
    expect(rows[0].payments).toBe(0);
  });
});
