import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { totalsOf } from '../../src/postgres/payments/totals.js';
import { testDatabase } from '../setup/database.js';
import { moneyRows } from '../setup/money-rows.js';

const { pool } = await testDatabase();
const { insert, payment, transfer, sent, debt } = moneyRows(pool);

const at = '2026-01-05T09:00:00Z';

describe('the view money_ledger', () => {
  it('tells whose money it is; what moves adds up to nothing, and debts to what is left of them', async () => {
    const runner = randomUUID();
    const whose = { runner_id: runner };
    // All of it was given back, the account could give 300 of 900, and 600 are owed.
    const lost = await payment({
      ...whose,
      fee_minor: 100,
      status: 'REVERTED',
      revert_method: 'refunded',
    });
    await transfer(lost, {
      ...whose,
      ...sent(lost),
      amount_minor: 900,
      reversed_minor: 300,
      debt_minor: 600,
    });
    const debtId = await debt(lost, { ...whose, amount_minor: 600, left_minor: 450 });
    // Of the next one, 150 were kept back for it; a part was given back.
    const next = await payment({ ...whose, fee_minor: 50, refunded_minor: 200 });
    await transfer(next, { ...whose, ...sent(next), amount_minor: 600, netted_minor: 150 });
    const netting = { debt_id: debtId, payment_id: next, amount_minor: 150, created_at: at };
    await insert('debt_nettings', netting);
    // Nothing is sent of this one yet, and a bank has taken a part of that one.
    const owed = await payment({ ...whose, currency: 'EUR', fee_minor: 10 });
    await transfer(owed, whose);
    const disputed = await payment({ ...whose, dispute: { status: 'lost', amountMinor: 400 } });
    const held = await payment({ ...whose, status: 'AUTHORIZED', received_minor: 0 });

    const ids = [lost, next, owed, disputed, held];
    const { rows } = await pool.query<{ id: string; account: string; sum: number }>(
      `select payment_id as id, account, sum(amount_minor)::int as sum from money_ledger
       where payment_id = any($1) group by 1, 2`,
      [ids],
    );
    const books = (id: string) =>
      Object.fromEntries(rows.filter((row) => row.id === id).map((row) => [row.account, row.sum]));
    expect(ids.map(books)).toEqual([
      { customer: 0, platform: -700, fees: 100, runner: 0, debts: 600 },
      { customer: -800, platform: 150, fees: 50, runner: 750, debts: -150 },
      { customer: -1000, platform: 990, fees: 10 },
      { customer: -600, platform: 600 },
      {},
    ]);
    const { rows: unbalanced } = await pool.query(
      `select payment_id, currency from money_ledger group by 1, 2 having sum(amount_minor) <> 0`,
    );
    expect(unbalanced).toEqual([]);
    const { rows: left } = await pool.query(
      `select sum(left_minor)::int as left from runner_debts where runner_id = $1`,
      [runner],
    );
    expect(ids.reduce((sum, id) => sum + (books(id).debts ?? 0), 0)).toBe(left[0]?.left);
    const { rows: captured } = await pool.query(
      `select p.id, p.received_minor::int as received, coalesce(t.sent, 0)::int as sent
       from payments p left join lateral (
         select amount_minor - reversed_minor as sent from transfers
         where payment_id = p.id and stripe_transfer_id is not null
       ) t on true where p.id = any($1)`,
      [ids],
    );
    for (const { id, received, sent: net } of captured) {
      const { customer = 0, platform = 0, fees = 0 } = books(id);
      expect(received, id).toBe(net + fees + (received + customer) + platform);
    }
    // Of a payment without a transfer, a runner has earned what is left of it.
    const earned = (await totalsOf({ pool }, runner))._unsafeUnwrap();
    expect(earned).toMatchObject([{ currency: 'USD', totalEarned: 7.5 + 6, earnedCount: 2 }]);
  });
});
