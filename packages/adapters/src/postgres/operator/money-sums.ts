import { defineStatement } from '../connection/statement.js';
import { GIVEN_BACK } from '../payments/payment-row.js';

/** Where all is that was ever taken in one currency, in minor units as text: sums outgrow a number. */
interface MoneySumsRow {
  currency: string;
  captured: string;
  transferred: string;
  reversed: string;
  fee: string;
  refunded: string;
}

/** As `moneyWayOf` of the core says it of one payment. */
export const MONEY_SUMS = defineStatement<MoneySumsRow>()({
  name: 'money_sums',
  text: `
    select p.currency, sum(p.received_minor)::text as captured,
      coalesce(sum(t.amount_minor + t.netted_minor), 0)::text as transferred,
      coalesce(sum(t.reversed_minor + t.debt_minor), 0)::text as reversed,
      sum(p.fee_minor)::text as fee, sum(${GIVEN_BACK})::text as refunded
    from payments p
    left join transfers t on t.payment_id = p.id and t.status in ('sent', 'reversed')
    where p.received_minor > 0
    group by p.currency order by p.currency`,
});

/** Of one currency, in minor units: captured = transferred - reversed + fee + refunded + kept. */
export interface MoneySums {
  readonly currency: string;
  readonly captured: bigint;
  readonly transferred: bigint;
  readonly reversed: bigint;
  readonly fee: bigint;
  readonly refunded: bigint;
  readonly kept: bigint;
}

export function toMoneySums(row: MoneySumsRow): MoneySums {
  const captured = BigInt(row.captured);
  const transferred = BigInt(row.transferred);
  const reversed = BigInt(row.reversed);
  const fee = BigInt(row.fee);
  const refunded = BigInt(row.refunded);
  const kept = captured - transferred + reversed - fee - refunded;
  return { currency: row.currency, captured, transferred, reversed, fee, refunded, kept };
}
