import {
  CURRENCIES,
  type DatabaseFault,
  exponentOf,
  type OperationKind,
  parseCurrency,
  type Status,
} from '@campusg-pay/core';
import { ok, type Result, safeTry } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { GIVEN_BACK } from '../payments/payment-row.js';
import { MONEY_SUMS, type MoneySums, toMoneySums } from './money-sums.js';

/** A number of payments and their sum. Sums outgrow what a payment may be, hence the bigint. */
export interface Sum {
  readonly currency: string;
  readonly payments: number;
  readonly minor: bigint;
}

/** What moved on one day (UTC), in one currency. */
export interface DaySum extends Sum {
  /** e.g. `2026-11-26`. */
  readonly day: string;
  readonly move: 'held' | 'released' | 'reverted';
}

/** Holds whose end is at least as far away as the bound before, and nearer than this one. */
export interface HoldBucket extends Sum {
  /** Position among the bounds that were asked for; after the last of them, or null: unknown. */
  readonly bucket: number | null;
}

/** Calls of one kind that are owed to Stripe. */
export interface OpenCalls {
  readonly kind: OperationKind;
  readonly calls: number;
  /** Those that nobody is working on. */
  readonly overdue: number;
  readonly oldest: Date;
}

/** Money and backlogs at one time. */
export interface Standing {
  /** By status, what payments are in it now. */
  readonly now: readonly (Sum & { readonly status: Status })[];
  readonly days: readonly DaySum[];
  /** Where all is that was ever taken. */
  readonly money: readonly MoneySums[];
  readonly holds: readonly HoldBucket[];
  readonly open: readonly OpenCalls[];
  readonly underReview: number;
  readonly outbox: { readonly rows: number; readonly oldest: Date | null };
  /** Commands over Kafka whose answer is still to come. */
  readonly unanswered: number;
  /** Messages that could not be answered, for a person to look at. */
  readonly parked: number;
  /** Requests that wait for a second person. */
  readonly approvals: number;
}

interface SumRow {
  currency: string;
  payments: number;
  minor: string;
}

/** In minor units, which `numeric` holds exactly; `c` tells each currency's decimals. */
const EXPONENTS = `
  exponents as (select * from unnest(:currencies::text[], :exponents::int[]) as c (currency, exponent))` as const;
const HELD = 'p.amount * 10::numeric ^ c.exponent';
const counted = <const Amount extends string>(amount: Amount) =>
  `p.currency, count(*)::int as payments, trunc(sum(${amount}))::text as minor` as const;
/** A partial capture in the dashboard takes less than was held. */
const KEPT = `
  case when p.status = 'RELEASED' then p.received_minor - ${GIVEN_BACK}
    when p.revert_method = 'refunded' then ${GIVEN_BACK}
    else ${HELD} end` as const;
const MOVED = `
  case when e.type = 'released' then (e.data ->> 'receivedMinor')::numeric
    when e.data ->> 'revertMethod' = 'refunded' then p.received_minor
    else ${HELD} end` as const;

const NOW = defineStatement<SumRow & { status: Status }>()({
  name: 'standing_now',
  text: `
    with ${EXPONENTS}
    select p.status, ${counted(KEPT)} from payments p join exponents c using (currency)
    group by p.status, p.currency order by p.currency, p.status`,
});

const DAYS = defineStatement<SumRow & { day: string; move: DaySum['move'] }>()({
  name: 'standing_by_day',
  // What was reverted without ever having been held moved no money.
  text: `
    with ${EXPONENTS}
    select to_char(e.at at time zone 'UTC', 'YYYY-MM-DD') as day,
      case e.type when 'authorized' then 'held' else e.type end as move,
      ${counted(MOVED)}
    from payment_events e join payments p on p.id = e.payment_id join exponents c using (currency)
    where e.at >= :since and e.type in ('authorized', 'released', 'reverted')
      and not (e.type = 'reverted' and e.data ->> 'revertMethod' = 'canceled')
    group by 1, 2, p.currency order by 1 desc, p.currency, 2`,
});

const HOLDS = defineStatement<SumRow & { bucket: number | null }>()({
  name: 'standing_holds',
  text: `
    with ${EXPONENTS}
    select width_bucket(p.capture_before, :bounds::timestamptz[]) as bucket, ${counted(HELD)}
    from payments p join exponents c using (currency)
    where p.status = 'AUTHORIZED' group by 1, p.currency order by 1, p.currency`,
});

const OPEN = defineStatement<OpenCalls>()({
  name: 'standing_open_calls',
  text: `
    select kind, count(*)::int as calls, count(*) filter (where lease_until <= :now)::int as overdue,
      min(opened_at) as oldest
    from operations where closed_at is null group by kind order by kind`,
});

const BACKLOG = defineStatement<{
  reviews: number;
  unanswered: number;
  parked: number;
  approvals: number;
  rows: number;
  oldest: Date | null;
}>()({
  name: 'standing_backlog',
  text: `
    select (select count(*)::int from payments where review is not null and not reviewed) as reviews,
      (select count(*)::int from commands where state <> 'answered') as unanswered,
      (select count(*)::int from parked_commands where state = 'parked') as parked,
      (select count(*)::int from approvals where state = 'waiting') as approvals,
      count(*)::int as rows, min(created_at) as oldest from outbox`,
});

/**
 * Counts and sums how things stand. `since` is where the days begin; `bounds` are points in time in
 * rising order, between which the ends of holds are counted.
 */
export async function readStanding(
  db: Database,
  wanted: { readonly now: Date; readonly since: Date; readonly bounds: readonly Date[] },
): Promise<Result<Standing, DatabaseFault>> {
  const exponents = CURRENCIES.map((code) => exponentOf(parseCurrency(code)._unsafeUnwrap()));
  const inMinor = { currencies: CURRENCIES, exponents };
  return safeTry(async function* () {
    const now = yield* await query(db, NOW, inMinor);
    const days = yield* await query(db, DAYS, { ...inMinor, since: wanted.since });
    const money = yield* await query(db, MONEY_SUMS);
    const holds = yield* await query(db, HOLDS, { ...inMinor, bounds: wanted.bounds });
    const open = yield* await query(db, OPEN, { now: wanted.now });
    const [waiting] = yield* await query(db, BACKLOG);
    return ok({
      now: now.map(withSum),
      days: days.map(withSum),
      money: money.map(toMoneySums),
      holds: holds.map(withSum),
      open,
      underReview: waiting?.reviews ?? 0,
      unanswered: waiting?.unanswered ?? 0,
      parked: waiting?.parked ?? 0,
      approvals: waiting?.approvals ?? 0,
      outbox: { rows: waiting?.rows ?? 0, oldest: waiting?.oldest ?? null },
    });
  });
}

function withSum<Row extends SumRow>(row: Row): Omit<Row, 'minor'> & { minor: bigint } {
  return { ...row, minor: BigInt(row.minor) };
}
