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
  // As `keptMinor` of the core says it. A payment whose refund has failed is kept though REVERTED.
  text: `
    select currency,
      coalesce(sum(kept) filter (where customer_id = :userId), 0)::text as spent,
      coalesce(sum(kept) filter (where runner_id = :userId), 0)::text as earned,
      count(*) filter (where customer_id = :userId) as spent_count,
      count(*) filter (where runner_id = :userId) as earned_count
    from (
      select currency, customer_id, runner_id,
        received_minor - ${GIVEN_BACK} - case when dispute ->> 'status' = 'lost'
          then (dispute ->> 'amountMinor')::bigint else 0 end as kept
      from payments
      where received_minor > 0 and (customer_id = :userId or runner_id = :userId)
    ) taken
    where kept > 0
    group by currency order by currency`,
});

/** What was taken for a user's payments and is kept, added up for each currency. */
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
