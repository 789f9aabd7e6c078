import { type SharedTurns, TURNS_WITHIN_MS } from '@campusg-pay/core';
import { ok } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

interface TakenRow {
  readonly limit: string;
  readonly count: number;
  readonly firstInMs: number;
}

const TAKE = defineStatement<TakenRow>()({
  name: 'take_stripe_turns',
  // Locked in order of name, so that two who take turns of the same limits wait for each other and no more.
  // The time is that of the moment after such a wait.
  text: `
    with locked as (
      select t.name, w.spacing_ms, w.urgent, w.others, t.next_at
      from stripe_turns t
      join unnest(:limits::text[], :spacings::float8[], :urgents::int[], :others::int[])
        as w (name, spacing_ms, urgent, others) on w.name = t.name
      order by t.name for update of t
    ), timed as (
      select *, clock_timestamp() as at from locked
    ), ahead as (
      select *, greatest(extract(epoch from next_at - at)::float8 * 1000, 0) as first_ms from timed
    ), urgent as (
      select *,
        least(urgent, greatest(ceil((:urgentWithinMs::float8 - first_ms) / spacing_ms), 0)::int) as taken
      from ahead
    ), counted as (
      select *,
        taken + least(
          others,
          greatest(greatest(ceil((:othersWithinMs::float8 - first_ms) / spacing_ms), 0)::int - taken, 0)
        ) as n
      from urgent
    ), moved as (
      update stripe_turns t
      set next_at = c.at + (c.first_ms + c.n * c.spacing_ms) * interval '1 millisecond'
      from counted c where t.name = c.name and c.n > 0
    )
    select name as "limit", n as count, first_ms as "firstInMs" from counted`,
});

const ENSURE = defineStatement()({
  name: 'ensure_stripe_turns',
  text: `
    insert into stripe_turns (name, next_at)
    select name, clock_timestamp() from unnest(:limits::text[]) as name order by name
    on conflict (name) do nothing`,
});

/** The shared line of turns in Postgres, by its clock. */
export function createStripeTurns(db: Database): SharedTurns {
  const take: SharedTurns['take'] = async (wanted) => {
    const taken = await query(db, TAKE, {
      limits: wanted.map(({ limit }) => limit),
      spacings: wanted.map(({ spacingMs }) => spacingMs),
      urgents: wanted.map(({ urgent }) => urgent),
      others: wanted.map(({ others }) => others),
      urgentWithinMs: TURNS_WITHIN_MS.urgent,
      othersWithinMs: TURNS_WITHIN_MS.others,
    });
    if (taken.isErr()) return taken;
    const known = new Set(taken.value.map(({ limit }) => limit));
    const missing = wanted.filter(({ limit }) => !known.has(limit));
    if (missing.length === 0) return taken;
    // The first time for these, or the first since the server crashed.
    const limits = missing.map(({ limit }) => limit);
    const ensured = await query(db, ENSURE, { limits });
    if (ensured.isErr()) return ensured.map(() => []);
    const more = await take(missing);
    return more.map((rows) => [...taken.value, ...rows]);
  };
  return { take: (wanted) => (wanted.length === 0 ? Promise.resolve(ok([])) : take(wanted)) };
}
