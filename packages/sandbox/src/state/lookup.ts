import type { MovableClock } from './clock.js';
import type { Kind, Records } from './records.js';
import type { Store } from './store.js';
import type { Funds } from './tally.js';

/** What rendering and expanding need to know of the state. */
export interface Lookup {
  get<K extends Kind>(kind: K, id: string): Records[K] | undefined;
  /** Newest first. */
  refundsOf(charge: string): readonly Records['refund'][];
  /** How many endpoints have not confirmed an event. */
  pending(event: string): number;
  /** What an account has now, by currency. */
  funds(account: string): readonly Funds[];
  /** Unix seconds on the sandbox's clock. */
  now(): number;
  readonly publicUrl: string;
}

/** Looks things up in the state as it is now. */
export function lookupIn(store: Store, clock: MovableClock, publicUrl: string): Lookup {
  return {
    get: (kind, id) => store.get(kind, id),
    refundsOf: (charge) => store.tables.refund.withKey('charge', charge).reverse(),
    pending: (event) => store.due.get(event)?.size ?? 0,
    funds: (account) => store.tally.of(account, clock.seconds()),
    now: () => clock.seconds(),
    publicUrl,
  };
}
