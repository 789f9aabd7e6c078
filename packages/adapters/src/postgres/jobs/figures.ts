import type { DatabaseFault } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

/** How things stand, counted. Every number is of things that are few when all is well. */
export interface Figures {
  /** Holds that nobody has ended and that lapse within the time of warning. */
  readonly holdsExpiring: number;
  /** Calls to Stripe that are owed. */
  readonly openOperations: number;
  /** Those of them that nobody is working on: they wait to be taken over. */
  readonly overdueOperations: number;
  /** Payments that a person should look at. */
  readonly underReview: number;
  /** Commands that are to be answered by an event and are not yet. */
  readonly commandsUnanswered: number;
  /** Age of the oldest of them that was not carried out yet; 0 when there is none. */
  readonly commandsOldestSeconds: number;
  /** Messages over Kafka that wait for a person. */
  readonly commandsParked: number;
}

const FIGURES = defineStatement<{ [Name in keyof Figures]: number }>()({
  name: 'figures',
  text: `
    select
      (select count(*)::int from payments
        where operation_key is null and status = 'AUTHORIZED' and capture_before <= :expiringBefore
      ) as "holdsExpiring",
      (select count(*)::int from operations where closed_at is null) as "openOperations",
      (select count(*)::int from operations where closed_at is null and lease_until <= :now
      ) as "overdueOperations",
      (select count(*)::int from payments where review is not null and not reviewed) as "underReview",
      (select count(*)::int from parked_commands where state = 'parked') as "commandsParked",
      count(*)::int as "commandsUnanswered",
      coalesce(
        greatest(extract(epoch from :now - min(received_at) filter (where state = 'received')), 0), 0
      )::float8 as "commandsOldestSeconds"
    from commands where state <> 'answered'`,
});

/** Counts how things stand, in one statement over partial indexes. */
export async function readFigures(
  db: Database,
  { now, expiringBefore }: { readonly now: Date; readonly expiringBefore: Date },
): Promise<Result<Figures, DatabaseFault>> {
  const counted = await query(db, FIGURES, { now, expiringBefore });
  return counted.map(([figures]) => {
    if (figures === undefined) throw new Error('bug: counting gave no row');
    return figures;
  });
}
