import type { RecordedEvent } from './change.js';
import type { AnsweredCommand } from './event-cause.js';
import { runnerOf, type Status } from './payment.js';
import type { PaymentEvent } from './payment-events.js';
import { wholeOf } from './stated-money.js';

/**
 * What the platform is told about one event: plain data, enough to build any wire format from.
 * Times are ISO 8601 in UTC, amounts integer minor units.
 */
export interface Announcement {
  /** Unique per event and the same on every delivery: `<payment id>:<version>`. */
  readonly id: string;
  readonly paymentId: string;
  readonly orderId: string;
  /** 1, 2, 3 ... per payment. A consumer may drop any that it has seen or passed. */
  readonly version: number;
  readonly at: string;
  /** Of the command that caused it. Only with `answers` is the event meant for whoever gave it. */
  readonly correlationId: string;
  /**
   * Which command of that correlation id the event is the one final answer to. Null when it answers
   * nobody: the customer must act, a hold lapsed, somebody moved money in the dashboard.
   */
  readonly answers: AnsweredCommand | null;
  /** The payment's status after the event. */
  readonly status: Status;
  readonly customerId: string;
  readonly runnerId: string | null;
  readonly paymentIntentId: string | null;
  /** What was taken, where anything was; else the amount to hold. */
  readonly amountMinor: number;
  readonly currency: string;
  readonly event: PaymentEvent;
  /** Told once more from the history, with the id and version that it had. */
  readonly replay?: true;
}

/** Turns a recorded event into what the outbox keeps and the publisher sends. */
export function announce(
  { version, event, correlationId, answers, after }: RecordedEvent,
  at: Date,
): Announcement {
  return {
    id: `${after.id}:${version}`,
    paymentId: after.id,
    orderId: after.orderId,
    version,
    at: at.toISOString(),
    correlationId,
    answers,
    status: after.status,
    customerId: after.customerId,
    runnerId: runnerOf(after),
    paymentIntentId: after.paymentIntentId,
    event,
    ...wholeOf(after),
  };
}
