import type { DatabaseFault, OperationKind, OperationOutcome } from '@campusg-pay/core';
import { err, type Result } from 'neverthrow';
import { type Database, defineStatement, query } from '../connection/pool.js';

/** A call to Stripe as the journal has it. */
export interface JournaledOperation {
  readonly key: string;
  readonly kind: OperationKind;
  readonly correlationId: string;
  readonly attempts: number;
  readonly openedAt: Date;
  readonly leaseUntil: Date;
  /** Null while it is owed. */
  readonly closedAt: Date | null;
  readonly outcome: OperationOutcome | null;
  readonly detail: string | null;
}

/** A webhook that was taken in. */
export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly receivedAt: Date;
}

/** An event that is not published yet. */
export interface UnpublishedEvent {
  readonly position: number;
  readonly version: number | null;
  readonly waitingSince: Date;
}

/** What the records hold of one payment beside its history. */
export interface Story {
  readonly operations: readonly JournaledOperation[];
  readonly received: readonly ReceivedEvent[];
  readonly unpublished: readonly UnpublishedEvent[];
}

const OPERATIONS = defineStatement<JournaledOperation>({
  name: 'operations_of_payment',
  text: `
    select key, kind, correlation_id as "correlationId", attempts, opened_at as "openedAt",
      lease_until as "leaseUntil", closed_at as "closedAt", outcome, detail
    from operations where payment_id = $1 order by opened_at, key`,
});

const RECEIVED = defineStatement<ReceivedEvent>({
  name: 'stripe_events_of_payment',
  text: `
    select id, type, received_at as "receivedAt"
    from stripe_events where payment_id = $1 order by received_at, id`,
});

const UNPUBLISHED = defineStatement<UnpublishedEvent>({
  name: 'unpublished_of_payment',
  text: `
    select id as position, version, created_at as "waitingSince"
    from outbox where payment_id = $1 order by id`,
});

/** Reads what is known of one payment, from the database alone. */
export async function readStory(
  db: Database,
  paymentId: string,
): Promise<Result<Story, DatabaseFault>> {
  const operations = await query(db, OPERATIONS, [paymentId]);
  if (operations.isErr()) return err(operations.error);
  const received = await query(db, RECEIVED, [paymentId]);
  if (received.isErr()) return err(received.error);
  const unpublished = await query(db, UNPUBLISHED, [paymentId]);
  return unpublished.map((rows) => ({
    operations: operations.value,
    received: received.value,
    unpublished: rows,
  }));
}
