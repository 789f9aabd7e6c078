import {
  type Announcement,
  announce,
  type Change,
  type HistoryEntry,
  type LeaseHolder,
  type Operation,
  type OperationOutcome,
  type Payment,
  type WebhookNote,
} from '@campusg-pay/core';
import type { Customers } from './customers.js';
import { emptyRunnerTables } from './runners.js';

/** One operation as the journal keeps it. */
export interface JournalEntry {
  readonly paymentId: string;
  readonly operation: Operation;
  /** Null while the operation is open. */
  readonly outcome: OperationOutcome | null;
  readonly detail: string | null;
}

/** All that a database in memory keeps. */
export function emptyTables() {
  return {
    payments: new Map<string, Payment>(),
    journal: new Map<string, JournalEntry>(),
    /** Who took the lease of an open operation, by its key. */
    heldBy: new Map<string, LeaseHolder>(),
    history: new Map<string, HistoryEntry[]>(),
    outbox: [] as Announcement[],
    webhooks: new Map<string, WebhookNote>(),
    customers: new Map() as Customers,
    ...emptyRunnerTables(),
  };
}

export type Tables = ReturnType<typeof emptyTables>;

/** Every payment, in the order they were claimed. */
export function all({ payments }: Tables): readonly Payment[] {
  return [...payments.values()];
}

export function openOperation(tables: Tables, paymentId: string, operation: Operation): void {
  if (tables.journal.has(operation.key)) throw new Error(`bug: key ${operation.key} used twice`);
  tables.journal.set(operation.key, { paymentId, operation, outcome: null, detail: null });
}

export function openEntry({ journal }: Tables, key: string): JournalEntry {
  const entry = journal.get(key);
  if (entry?.outcome !== null) throw new Error(`bug: operation ${key} is not open`);
  return entry;
}

export function recordEvents({ history, outbox }: Tables, { payment, events }: Change): void {
  const entries = history.get(payment.id) ?? [];
  history.set(payment.id, entries);
  for (const recorded of events) {
    const { version, event, correlationId } = recorded;
    if (version !== entries.length + 1) throw new Error(`bug: version ${version} leaves a gap`);
    entries.push({ version, event, correlationId, at: payment.updatedAt });
    outbox.push(announce(recorded, payment.updatedAt));
  }
}

export function note({ webhooks }: Tables, event: WebhookNote): void {
  if (!webhooks.has(event.id)) webhooks.set(event.id, event);
}
