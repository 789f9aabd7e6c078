import { type Currency, type DatabaseFault, toMajorNumber } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

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
  spent: number;
  earned: number;
  spent_count: number;
  earned_count: number;
}

const TOTALS = defineStatement<TotalsRow>()({
  name: 'totals_of_user',
  // What was taken and is kept: a payment that was given back is REVERTED.
  text: `
    select currency,
      coalesce(sum(received_minor) filter (where customer_id = :userId), 0)::bigint as spent,
      coalesce(sum(received_minor) filter (where runner_id = :userId), 0)::bigint as earned,
      count(*) filter (where customer_id = :userId) as spent_count,
      count(*) filter (where runner_id = :userId) as earned_count
    from payments
    where status = 'RELEASED' and (customer_id = :userId or runner_id = :userId)
    group by currency order by currency`,
});

/** A user's released payments, added up for each currency. */
export async function totalsOf(
  db: Database,
  userId: string,
): Promise<Result<readonly UserTotals[], DatabaseFault>> {
  const found = await query(db, TOTALS, { userId });
  return found.map((rows) =>
    rows.map(({ currency, spent, earned, spent_count: spentCount, earned_count: earnedCount }) => ({
      currency,
      totalSpent: toMajorNumber({ amountMinor: spent, currency }),
      totalEarned: toMajorNumber({ amountMinor: earned, currency }),
      spentCount,
      earnedCount,
    })),
  );
}
