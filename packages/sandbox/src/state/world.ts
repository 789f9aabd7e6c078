import type { MovableClock } from './clock.js';
import { newId } from './ids.js';
import type { Lookup } from './lookup.js';
import type { AccountRecord } from './money-records.js';
import type { EndpointRecord, EventRecord, Kind, Records, Subject } from './records.js';
import type { Store } from './store.js';
import type { Stored } from './stored.js';

/** What a charge costs and how long its money is on the way. */
export interface Terms {
  /** Percent of what is captured. */
  readonly feePercent: number;
  /** Minor units of each capture's currency, on top. */
  readonly feeFixed: number;
  /** Seconds until the money of a capture is available. */
  readonly settlementSeconds: number;
}

/**
 * What becomes of a refund that is more than what is available: `made` nevertheless, so that the
 * balance is negative, `pending` until there is enough, or `refused`.
 */
export type ShortRefunds = 'made' | 'pending' | 'refused';

/** Everything a route may touch. */
export interface World {
  readonly store: Store;
  readonly clock: MovableClock;
  /** What rendering needs to know. */
  readonly shows: Lookup;
  /** The request being executed, for events to name; null for what happens by itself. */
  request: { readonly id: string; readonly key: string | null } | null;
  /** The connected account that the request is made for (`Stripe-Account`); null: the platform. */
  account: string | null;
  /** What Stripe keeps of charges, and when their money can be spent. */
  terms: Terms;
  /** Whether refunds stay as they are until a control ends them. */
  refundsWait: boolean;
  /** What becomes of refunds that the platform's balance can't cover. */
  shortRefunds: ShortRefunds;
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
  record(world, { type, subject, previous, request: world.request });
}

/** Whether an endpoint is one for the kind of account that an event is about. */
export function isFor(
  { connect = false }: Pick<EndpointRecord, 'connect'>,
  { account }: Pick<EventRecord, 'account'>,
): boolean {
  return connect === (account !== undefined);
}

/** Records what happened to a connected account: only the endpoints for these are told. */
export function emitConnected(
  world: World,
  type: string,
  {
    account,
    previous = null,
  }: { account: AccountRecord; previous?: Readonly<Record<string, unknown>> | null },
): void {
  const subject = { kind: 'account', record: account } as const;
  record(world, { type, subject, previous, request: world.request, account: account.id });
}

function record(world: World, about: Omit<EventRecord, keyof Stored>): void {
  const { type } = about;
  if (world.omits(type)) return;
  const listening: string[] = [];
  for (const endpoint of world.store.tables.webhook_endpoint.values()) {
    const { enabledEvents } = endpoint;
    if (endpoint.deleted || !endpoint.enabled) continue;
    if (!isFor(endpoint, about)) continue;
    if (enabledEvents.includes('*') || enabledEvents.includes(type)) listening.push(endpoint.id);
  }
  const event = { id: newId('evt'), ...stamp(world, 'event'), ...about };
  world.store.putEvent(event, listening);
}
