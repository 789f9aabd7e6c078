import type { Announcement } from '../payment/announcement.js';
import type { Payment, Status } from '../payment/payment.js';
import { arrow } from '../payment/transitions.js';
import type { HistoryEntry } from '../ports.js';

/**
 * Tells a payment's events once more, from its history: as they were told first, marked as a replay.
 * They answer nobody any more: a saga that hears its answer twice acts twice.
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
      ...facts,
      correlationId,
      answers: null,
      status,
      customerId,
      runnerId,
      paymentIntentId,
      amountMinor,
      currency,
      event,
      replay: true,
    };
  });
}
