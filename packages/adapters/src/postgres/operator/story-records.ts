import type {
  DatabaseFault,
  JournaledOperation,
  ReceivedEvent,
  Story,
  UnpublishedEvent,
} from '@campusg-pay/core';
import { ok, type Result, safeTry } from 'neverthrow';
import { archivedHistoryOf } from '../archive/archive-records.js';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

const OPERATIONS = defineStatement<JournaledOperation>()({
  name: 'operations_of_payment',
  text: `
    select key, kind, correlation_id as "correlationId", attempts, opened_at as "openedAt",
      lease_until as "leaseUntil", closed_at as "closedAt", outcome, detail
    from operations where payment_id = :paymentId order by opened_at, key`,
});

const RECEIVED = defineStatement<ReceivedEvent>()({
  name: 'stripe_events_of_payment',
  text: `
    select id, type, received_at as "receivedAt"
    from stripe_events where payment_id = :paymentId order by received_at, id`,
});

const UNPUBLISHED = defineStatement<UnpublishedEvent>()({
  name: 'unpublished_of_payment',
  text: `
    select id as position, version, created_at as "waitingSince"
    from outbox where payment_id = :paymentId order by id`,
});

/** Reads what is known of one payment, from the database alone. */
export async function readStory(
  db: Database,
  paymentId: string,
): Promise<Result<Story, DatabaseFault>> {
  return safeTry(async function* () {
    const archived = yield* await archivedHistoryOf(db, paymentId);
    const operations = yield* await query(db, OPERATIONS, { paymentId });
    const received = yield* await query(db, RECEIVED, { paymentId });
    const unpublished = yield* await query(db, UNPUBLISHED, { paymentId });
    return ok({ archived, operations, received, unpublished });
  });
}
