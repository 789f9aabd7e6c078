import {
  evolve,
  type HolderLocks,
  type LeaseHolder,
  type Operation,
  type Payment,
} from '@campusg-pay/core';

/** What a database in memory tells of leases. */
export interface LeaseStore {
  /** Who holds the leases of open operations. */
  leaseHolders(): readonly LeaseHolder[];
  /**
   * Lets go of the open operations whose leases these hold, but for those of some payments; tells how
   * many they were.
   */
  letGoOf(gone: readonly LeaseHolder[], now: Date, except?: Except): number;
}

/** What is not let go of. */
interface Except {
  readonly payments: readonly string[];
  readonly openedAfter: Date;
}

/** A connection that holds the lock of one process. */
export interface HolderLine extends HolderLocks {
  /** As when the process is killed, or the server ends the connection: the lock is gone at once. */
  cut(): void;
}

/** The locks of those who make calls on a database in memory: each who opens a line holds one. */
export function memoryHolderLocks(store: LeaseStore) {
  const lines = new Map<HolderLine, LeaseHolder>();
  const isThere = (holder: LeaseHolder) => [...lines.values()].includes(holder);
  return {
    open: (self: LeaseHolder): HolderLine => {
      const intact = <Value>(value: () => Value): Value => {
        if (!lines.has(line)) throw new Error('the connection broke');
        return value();
      };
      const look = () => {
        const missing = [...new Set(store.leaseHolders())].filter((one) => !isThere(one));
        return { holders: { live: new Set(lines.values()).size, missing } };
      };
      const line: HolderLine = {
        look: async () => intact(look),
        letGoOf: async (gone, now) => {
          const still = gone.filter((one) => !isThere(one));
          return intact(() => store.letGoOf(still, now));
        },
        letGoOfOwn: async ({ self: own, underWay, openedBefore, now }) =>
          intact(() =>
            store.letGoOf([own], now, { payments: underWay, openedAfter: openedBefore }),
          ),
        end: async () => line.cut(),
        cut: () => {
          lines.delete(line);
        },
      };
      lines.set(line, self);
      return line;
    },
  };
}

/** What is needed of an operation in the journal. */
interface LeasedEntry {
  readonly paymentId: string;
  readonly operation: Operation;
}

/** The part of the tables of a database in memory that leases are in. */
interface LeaseTables<Entry extends LeasedEntry> {
  readonly heldBy: Map<string, LeaseHolder>;
  readonly journal: Map<string, Entry>;
  readonly payments: Map<string, Payment>;
}

/** Notes in whose name a lease was taken, or that it was let go of. */
export function holdLease(
  { heldBy }: { readonly heldBy: Map<string, LeaseHolder> },
  { key, resting }: Operation,
  holder: LeaseHolder | null,
): void {
  if (resting || holder === null) heldBy.delete(key);
  else heldBy.set(key, holder);
}

/** Lets go of the open operations whose leases these hold, past the revision of their payments. */
export function letGoOf<Entry extends LeasedEntry>(
  { heldBy, journal, payments }: LeaseTables<Entry>,
  gone: readonly LeaseHolder[],
  now: Date,
  except?: Except,
): number {
  const isExcepted = (key: string) => {
    const entry = journal.get(key);
    if (except === undefined || entry === undefined) return false;
    const { paymentId, operation } = entry;
    return except.payments.includes(paymentId) || operation.openedAt > except.openedAfter;
  };
  const held = [...heldBy].filter(([key, holder]) => gone.includes(holder) && !isExcepted(key));
  for (const [key] of held) {
    heldBy.delete(key);
    const entry = journal.get(key);
    const payment = payments.get(entry?.paymentId ?? '');
    if (entry === undefined || payment === undefined) throw new Error(`bug: ${key} is nowhere`);
    const rested = evolve(payment, { type: 'operation_rests', until: now });
    if (rested.operation?.key !== key) throw new Error(`bug: ${key} is not open`);
    payments.set(payment.id, rested);
    journal.set(key, { ...entry, operation: rested.operation });
  }
  return held.length;
}
