import type { ArchivedHistory } from '../archive/archive-store.js';
import type { OperationKind, OperationOutcome } from '../operation/operation.js';

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
  /** Where the part of the history went that is no longer in the database; null: all is there. */
  readonly archived: ArchivedHistory | null;
  readonly operations: readonly JournaledOperation[];
  readonly received: readonly ReceivedEvent[];
  readonly unpublished: readonly UnpublishedEvent[];
}
