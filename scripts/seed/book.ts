/** What a seed is to be like. */
export interface SeedWanted {
  /** At least 20, so that each fate comes up. */
  readonly payments: number;
  /** Over how long a time they were made, in days; the newest an hour ago. */
  readonly days: number;
  readonly now: Date;
}

/** The same in whole seconds, as Stripe tells times: both sides work out from it what there is. */
export interface SeedSpan {
  readonly count: number;
  readonly fromS: number;
  readonly spanS: number;
  readonly nowS: number;
}

const DAY_S = 86_400;
const HOUR_S = 3_600;

export function spanOf({ payments, days, now }: SeedWanted): SeedSpan {
  const nowS = Math.floor(now.getTime() / 1000);
  const fromS = nowS - days * DAY_S;
  return { count: payments, fromS, spanS: days * DAY_S - HOUR_S, nowS };
}

/** What became of payments, as often as in these twenty; the newest of `HELD` are still held. */
// biome-ignore format: twenty in a few lines
export const FATES = [
  'captured', 'captured', 'captured', 'captured', 'captured', 'captured', 'captured',
  'captured', 'captured', 'captured', 'captured', 'captured', 'captured', 'captured',
  'paid', 'shared', 'returned', 'voided', 'voided', 'declined',
] as const;

/** Of each twenty the first so many are held for as long as they are younger than `HELD_S`. */
export const HELD = 5;
export const HELD_S = 3 * DAY_S;

/** What is declined waits for the customer first, for so long. */
export const ASKED_S = DAY_S;

/** A hold lapses after so long. */
export const HOLD_S = 7 * DAY_S;

/** Minor units: what the platform keeps, a tip, what was left of the hold, and what was given back. */
export const FEE = 100;
export const TIP = 100;
export const LEFT_OUT = 200;
export const PART = 300;

const list = (texts: readonly string[]) => texts.map((text) => `'${text}'`).join(', ');

/**
 * One row for each payment, with all that follows from its number: in a temporary table, so that it is
 * worked out once for all tables. Ids are as scattered as real ones are, and come from the number too.
 */
export function bookSql({ count, fromS, spanS, nowS }: SeedSpan): string {
  return `
    select n, to_timestamp(s) as at, fate, id, 'pi_3Seed' || lpad(n::text, 10, '0') as intent,
      'order_' || left(md5('order' || n), 12) as order_id, 'user_' || c as customer, 'cus_seed' || c as cus,
      'runner_' || r as runner, 'acct_seed' || r as account, amount, received,
      fate in ('captured', 'paid', 'shared', 'returned') as is_taken,
      fate in ('paid', 'shared', 'returned') as is_sent,
      sent, case fate when 'returned' then sent
        when 'shared' then round(sent::numeric * ${PART} / received)::bigint else 0 end as reversed,
      case fate when 'shared' then ${PART} when 'returned' then received end as given_back,
      md5('share' || n)::uuid::text as share, 'tr_3Seed' || lpad(n::text, 10, '0') as tr,
      'ch_3Seed' || lpad(n::text, 10, '0') as charge, 're_3Seed' || lpad(n::text, 10, '0') as refund,
      left(md5('command' || n), 16) as command
    from (
      select n, s, md5('seed' || n)::uuid::text as id, n * 7919 % ${Math.ceil(count / 10)} as c,
        n * 104729 % ${Math.ceil(count / 100)} as r, 1000 + n % 5000 as amount,
        case
          when n % 20 < ${HELD} and ${nowS} - s < ${HELD_S} then 'held'
          when f.fate = 'declined' and ${nowS} - s < ${ASKED_S} then 'asked'
          else f.fate
        end as fate
      from generate_series($1::bigint, $2::bigint) n
        cross join lateral (select ${fromS} + (${spanS} * n) / ${count} as s) made
        cross join lateral (
          select (array[${list(FATES)}])[n % 20 + 1] as fate
        ) f
    ) made
    cross join lateral (
      select amount - case fate when 'shared' then ${LEFT_OUT} else 0 end as received
    ) taken
    cross join lateral (select received - ${FEE} as sent) shares`;
}
