import type { RecordedEvent } from './evolve.js';
import { type Payment, type PaymentEvent, runnerOf, type Status } from './payment.js';
import type { HistoryEntry } from './ports.js';
import { arrow } from './transitions.js';

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
  readonly correlationId: string;
  /** The payment's status after the event. */
  readonly status: Status;
  readonly customerId: string;
  readonly runnerId: string | null;
  readonly paymentIntentId: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly event: PaymentEvent;
  /** Told once more from the history, with the id and version that it had. */
  readonly replay?: true;
}

/** Turns a recorded event into what the outbox keeps and the publisher sends. */
export function announce(
  { version, event, correlationId, after }: RecordedEvent,
  at: Date,
): Announcement {
  return {
    id: `${after.id}:${version}`,
    paymentId: after.id,
    orderId: after.orderId,
    version,
    at: at.toISOString(),
    correlationId,
    status: after.status,
    customerId: after.customerId,
    runnerId: runnerOf(after),
    paymentIntentId: after.paymentIntentId,
    amountMinor: after.amount.amountMinor,
    currency: after.amount.currency,
    event,
  };
}

/**
 * Tells a payment's events once more, from its history: as they were told first, marked as a replay.
 * What the events don't say, such as the amount, never changes.
 */
export function tellAgain(payment: Payment, history: readonly HistoryEntry[]): Announcement[] {
  const { id, orderId, customerId, amount, paymentIntentId } = payment;
  let status: Status = 'INITIATING';
  let runnerId: string | null = null;
  return history.map(({ version, event, correlationId, at }) => {
    const next = arrow(status, event.type);
    if (next === undefined) throw new Error(`bug: ${id} has ${event.type} while ${status}`);
    status = next;
    if ('runnerId' in event) runnerId = event.runnerId;
    const facts = { id: `${id}:${version}`, paymentId: id, orderId, version, at: at.toISOString() };
    const { amountMinor, currency } = amount;
    return {
      ...{ ...facts, correlationId, status, customerId, runnerId, paymentIntentId },
      ...{ amountMinor, currency, event, replay: true },
    };
  });
}
