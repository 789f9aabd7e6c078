import type {
  Announcement,
  CustomerDirectory,
  PaymentGateway,
  PaymentRepository,
  RunnerDirectory,
  WebhookInbox,
} from '@campusg-pay/core';
import type { MemoryStore } from '../memory.js';
import type { MemoryGateway } from '../memory-gateway.js';

/** What is announced and not yet published. */
export interface Outbox {
  /** The oldest rows, in order. */
  oldest(limit: number): readonly Announcement[];
  remove(ids: readonly string[]): void;
}

/** What every replica shares. A test breaks one of them to see whether it is noticed. */
export interface Parts {
  readonly repository: PaymentRepository;
  readonly customers: CustomerDirectory;
  readonly runners: RunnerDirectory;
  readonly inbox: WebhookInbox;
  readonly gateway: PaymentGateway;
  /** What a relay does, one exchange after the other. */
  readonly relay: (outbox: RelayPorts) => Promise<void>;
}

/** What a relay sees: each is an exchange that may fail. */
export interface RelayPorts {
  /** Null when the database did not answer. */
  oldest(limit: number): Promise<readonly Announcement[] | null>;
  /** Whether all of them are known to be accepted, in the order given. */
  publish(rows: readonly Announcement[]): Promise<boolean>;
  remove(ids: readonly string[]): Promise<boolean>;
}

export type Sabotage = (
  parts: Parts,
  world: { readonly store: MemoryStore; readonly gateway: MemoryGateway },
) => Parts;

/** Publishes what is due, oldest first, and takes it out of the outbox once it is accepted. */
export async function relay({ oldest, publish, remove }: RelayPorts): Promise<void> {
  for (;;) {
    const rows = await oldest(5);
    if (rows === null || rows.length === 0) return;
    if (!(await publish(rows))) return;
    if (!(await remove(rows.map(({ id }) => id)))) return;
  }
}

/** The outbox of a store: what it has announced, less what was removed. */
export function outboxOf(store: MemoryStore): Outbox & { readonly size: number } {
  const removed = new Set<string>();
  let gone = 0;
  const rows = () => {
    while (removed.has(store.outbox[gone]?.id ?? '')) gone += 1;
    return store.outbox.slice(gone).filter(({ id }) => !removed.has(id));
  };
  return {
    oldest: (limit) => rows().slice(0, limit),
    remove: (ids) => {
      for (const id of ids) removed.add(id);
    },
    get size() {
      return rows().length;
    },
  };
}
