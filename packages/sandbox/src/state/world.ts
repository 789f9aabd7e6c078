import type { MovableClock } from './clock.js';
import { newId } from './ids.js';
import type { Lookup } from './lookup.js';
import type { Kind, Records, Subject } from './records.js';
import type { Store } from './store.js';

/** Everything a route may touch. */
export interface World {
  readonly store: Store;
  readonly clock: MovableClock;
  /** What rendering needs to know. */
  readonly shows: Lookup;
  /** The request being executed, for events to name; null for what happens by itself. */
  request: { readonly id: string; readonly key: string | null } | null;
  /** Whether refunds stay as they are until a control ends them. */
  refundsWait: boolean;
  /** Whether an event of this type is lost before it exists (a fault rule). */
  readonly omits: (type: string) => boolean;
  /** Runs a change at a moment of the sandbox's time (milliseconds) and writes it down. */
  readonly later: (atMs: number, run: () => void) => void;
}

/** What a new record needs besides its id. */
export function stamp(
  world: World,
  kind: Kind,
): { readonly created: number; readonly seq: number } {
  return { created: world.clock.seconds(), seq: world.store.tables[kind].nextSeq };
}

/** Puts a changed version of a record and gives it back. */
export function change<K extends Kind>(
  world: World,
  kind: K,
  { record, to }: { record: Records[K]; to: Partial<Records[K]> },
): Records[K] {
  const next = { ...record, ...to };
  world.store.put(kind, next);
  return next;
}

/**
 * Records an event about this version of the subject, and a delivery for each endpoint that listens.
 * They reach the journal with the change itself and are sent after it is written.
 */
export function emit(
  world: World,
  type: string,
  subject: Subject,
  previous: Readonly<Record<string, unknown>> | null = null,
): void {
  if (world.omits(type)) return;
  const listening: string[] = [];
  for (const endpoint of world.store.tables.webhook_endpoint.values()) {
    const { enabledEvents } = endpoint;
    if (endpoint.deleted || !endpoint.enabled) continue;
    if (enabledEvents.includes('*') || enabledEvents.includes(type)) listening.push(endpoint.id);
  }
  const event = { id: newId('evt'), ...stamp(world, 'event'), type, subject, previous };
  world.store.putEvent({ ...event, request: world.request }, listening);
}
