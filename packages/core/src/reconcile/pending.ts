import { err, ok, type Result } from 'neverthrow';
import type { ListedIntent } from '../gateway/payment-gateway.js';
import type { DatabaseFault } from '../ports.js';
import type { OurSide } from './discrepancy.js';
import { openRecordPages } from './read-ahead.js';
import type { Found, ReconcileRecords } from './record-stream.js';

/** Enough for any usual pair to meet; beyond it the other side is looked up by its ids. */
const MOST_WAITING = 10_000;

type Unreadable = Extract<Found, { type: 'unreadable' }>;

/** The records of a period on their way from new to old, as far as they wait for their intent. */
export interface PendingRecords {
  /** Reads on until all that were created since then are here. Tells when the new ones were. */
  readTo(time: Date): Promise<Result<readonly Date[], DatabaseFault>>;
  /** The record that an intent belongs to, if it waits here. */
  match(intent: ListedIntent): OurSide | null;
  /** It has met its intent. */
  remove(paymentId: string): void;
  /** It has met its intent elsewhere, maybe before it was read here. */
  removeAhead(paymentId: string): void;
  /** Takes out those created since then: whatever belongs to them would have come by. */
  take(time: Date): readonly OurSide[];
  takeUnreadable(): readonly Unreadable[];
}

/** Walks through records by key, so that it costs the same wherever it has come to. */
export function pendingRecords(
  records: ReconcileRecords,
  period: { readonly from: Date; readonly to: Date },
): PendingRecords {
  const pages = openRecordPages((walk) => records.within(walk), period);
  const waiting = new Map<string, OurSide>();
  const byIntent = new Map<string, string>();
  const removedAhead = new Set<string>();
  let unreadable: Unreadable[] = [];
  let reached: Date | null = period.to;
  const remove = (id: string) => {
    const intentId = waiting.get(id)?.payment.paymentIntentId;
    waiting.delete(id);
    if (intentId !== undefined && intentId !== null) byIntent.delete(intentId);
  };
  const take = (found: Found) => {
    if (found.type === 'unreadable') {
      unreadable.push(found);
      return;
    }
    const { id, paymentIntentId, createdAt } = found.ours.payment;
    reached = createdAt;
    if (removedAhead.delete(id)) return;
    waiting.set(id, found.ours);
    if (paymentIntentId !== null) byIntent.set(paymentIntentId, id);
  };
  return {
    readTo: async (time) => {
      const read: Date[] = [];
      while (reached !== null && reached >= time && waiting.size < MOST_WAITING) {
        const found = await pages.next();
        if (found.isErr()) return err(found.error);
        for (const one of found.value ?? []) {
          take(one);
          if (one.type === 'record') read.push(one.ours.payment.createdAt);
        }
        if (found.value === null) reached = null;
      }
      return ok(read);
    },
    match: ({ intent }) => {
      const id = byIntent.get(intent.paymentIntentId) ?? intent.origin.paymentId;
      return waiting.get(id ?? '') ?? null;
    },
    remove,
    removeAhead: (id) => {
      if (waiting.has(id)) remove(id);
      else removedAhead.add(id);
    },
    take: (time) => {
      const taken: OurSide[] = [];
      // In the order in which they were read: the newest first.
      for (const ours of waiting.values()) {
        if (ours.payment.createdAt < time) break;
        taken.push(ours);
      }
      for (const { payment } of taken) remove(payment.id);
      return taken;
    },
    takeUnreadable: () => {
      const taken = unreadable;
      unreadable = [];
      return taken;
    },
  };
}
