import { type Currency, type DatabaseFault, formatSum } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { GIVEN_BACK } from './payment-row.js';

/** What a user has spent as a customer and earned as a runner, in one currency and major units. */
export interface UserTotals {
  readonly currency: string;
  readonly totalSpent: number;
  readonly totalEarned: number;
  readonly spentCount: number;
  readonly earnedCount: number;
}

interface TotalsRow {
  currency: Currency;
  /** Minor units as text: a sum may have more digits than a number keeps. */
  spent: string;
  earned: string;
  spent_count: number;
  earned_count: number;
}

const TOTALS = defineStatement<TotalsRow>()({
  name: 'totals_of_user',
  // As `keptMinor` of the core says it. A payment whose refund has failed is kept though REVERTED. Where
  // there is a transfer, a runner has earned what was sent, less what came back or is owed back, and what
  // was kept back for debts of before: as the account `runner` of the view money_ledger says it.
  text: `
    select currency,
      coalesce(sum(kept) filter (where is_spent), 0)::text as spent,
      coalesce(sum(earned) filter (where is_earned), 0)::text as earned,
      count(*) filter (where is_spent) as spent_count,
      count(*) filter (where is_earned) as earned_count
    from (
      select currency, kept, earned,
        customer_id = :userId and kept > 0 as is_spent,
        coalesce(runner_id = :userId, false) and earned > 0 as is_earned
      from (
        select p.currency, p.customer_id, p.runner_id,
          received_minor - ${GIVEN_BACK} - case when dispute ->> 'status' = 'lost'
            then (dispute ->> 'amountMinor')::bigint else 0 end as kept,
          case when t.stripe_transfer_id is null then 0 else t.amount_minor end
            - t.reversed_minor - t.debt_minor + t.netted_minor as earned_by_transfer
        from payments p left join transfers t on t.payment_id = p.id
        where received_minor > 0 and (p.customer_id = :userId or p.runner_id = :userId)
      ) taken
      cross join lateral (select coalesce(earned_by_transfer, kept) as earned) theirs
    ) sides
    where is_spent or is_earned
    group by currency order by currency`,
});

/**
 * What was taken for a user's payments and is kept, added up for each currency. What was earned by a
 * payment with a transfer is what the transfer has brought: nothing before it is sent.
 */
export async function totalsOf(
  db: Database,
  userId: string,
): Promise<Result<readonly UserTotals[], DatabaseFault>> {
  const found = await query(db, TOTALS, { userId });
  return found.map((rows) =>
    rows.map(({ currency, spent, earned, spent_count: spentCount, earned_count: earnedCount }) => ({
      currency,
      totalSpent: Number(formatSum(BigInt(spent), currency)),
      totalEarned: Number(formatSum(BigInt(earned), currency)),
      spentCount,
      earnedCount,
    })),
  );
}
