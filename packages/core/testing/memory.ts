import {
  type Announcement,
  apply,
  type Change,
  type CustomerDirectory,
  type DatabaseFault,
  type HistoryEntry,
  type InitiatingPayment,
  isLive,
  type LeaseHolder,
  type Payment,
  type PaymentRepository,
  type RunnerDirectory,
  type WebhookInbox,
  type WebhookNote,
} from '@campusg-pay/core';
import { ok, type Result } from 'neverthrow';
import { remember, renew, reserve } from './customers.js';
import { holdLease, type LeaseStore, letGoOf } from './holder-locks.js';
import { createdWithin, due, dueTransfers, find, findAll, latest } from './lookups.js';
import {
  all,
  emptyTables,
  type JournalEntry,
  note,
  openEntry,
  openOperation,
  recordEvents,
  type Tables,
} from './memory-tables.js';
import {
  changeDebts,
  type DebtRow,
  findRunner,
  hasLeft,
  type NettingRow,
  noteAccount,
  requireSoundMoney,
  setAccount,
  transferredTo,
} from './runners.js';
import { type StoreCall, type StoreTrouble, unavailable } from './store-trouble.js';

/** A database in memory: the four ports over one state, and that state for assertions. */
export interface MemoryStore extends LeaseStore {
  readonly repository: PaymentRepository;
  readonly customers: CustomerDirectory;
  readonly runners: RunnerDirectory;
  readonly inbox: WebhookInbox;
  /** The same records, with leases taken in a name; `repository` takes them in none. */
  repositoryOf(holder: () => LeaseHolder | null): PaymentRepository;
  /** Every payment, in the order they were claimed. */
  payments(): readonly Payment[];
  /** Every operation ever opened for a payment, the oldest first. */
  journal(paymentId: string): readonly JournalEntry[];
  /** The history of every payment, by its id. */
  readonly histories: ReadonlyMap<string, readonly HistoryEntry[]>;
  /** Everything announced so far, in order. */
  readonly outbox: readonly Announcement[];
  readonly webhooks: ReadonlyMap<string, WebhookNote>;
  /** What runners came to owe, paid debts as well. */
  debts(): readonly DebtRow[];
  /** What transfers keep back for debts. */
  nettings(): readonly NettingRow[];
  /** The round trips made so far, in order. */
  readonly calls: readonly StoreCall[];
}

/**
 * Keeps payments, customers and webhooks in memory, under the rules of the ports' docstrings.
 *
 * `before` is awaited ahead of every round trip and decides what befalls it; tests use it to
 * interleave callers and to lose answers.
 */
export function memoryStore({
  before = async () => null,
}: {
  readonly before?: (call: StoreCall) => Promise<StoreTrouble>;
} = {}): MemoryStore {
  const tables = emptyTables();
  const calls: StoreCall[] = [];

  /** The work itself is synchronous, so nothing can come between its parts. */
  const roundTrip = async <Value>(
    call: StoreCall,
    work: () => Value,
  ): Promise<Result<Value, DatabaseFault>> => {
    calls.push(call);
    const trouble = await before(call);
    if (trouble === 'refused') return unavailable('not-executed', 'connection refused');
    const value = work();
    return trouble === 'answer_lost' ? unavailable('unknown', 'connection lost') : ok(value);
  };

  const repositoryOf = (holder: () => LeaseHolder | null): PaymentRepository => ({
    claim: (payment) => roundTrip('claim', () => claim(tables, payment, holder())),
    save: (change, webhook) => roundTrip('save', () => save(tables, change, holder(), webhook)),
    find: (ref) => roundTrip('find', () => find(all(tables), ref)),
    withdraw: (payment) => roundTrip('withdraw', () => withdraw(tables, payment)),
    takeOwing: (wanted) => roundTrip('takeOwing', () => takeOwing(tables, wanted, holder())),
    due: (wanted) => roundTrip('due', () => due(all(tables), wanted)),
    findAll: (wanted) => roundTrip('findAll', () => findAll(all(tables), wanted)),
    createdWithin: (wanted) => roundTrip('createdWithin', () => createdWithin(all(tables), wanted)),
    dueTransfers: (wanted) => roundTrip('dueTransfers', () => dueTransfers(all(tables), wanted)),
    latest: (limit) => roundTrip('latest', () => latest(all(tables), limit)),
    history: (paymentId) => roundTrip('history', () => [...(tables.history.get(paymentId) ?? [])]),
  });

  return {
    repository: repositoryOf(() => null),
    repositoryOf,
    leaseHolders: () => [...tables.heldBy.values()],
    letGoOf: (gone, now, except) => letGoOf(tables, gone, now, except),
    customers: {
      reserve: (wanted) => roundTrip('reserve', () => reserve(tables.customers, wanted)),
      lookUp: (customerId) =>
        roundTrip('lookUp', () => tables.customers.get(customerId)?.stripeCustomerId ?? null),
      renew: (wanted) => roundTrip('renew', () => renew(tables.customers, wanted)),
      remember: (customer) => roundTrip('remember', () => remember(tables.customers, customer)),
    },
    runners: {
      find: (runnerId) => roundTrip('findRunner', () => findRunner(tables, runnerId)),
      setAccount: (wanted) => roundTrip('setAccount', () => setAccount(tables, wanted)),
      noteAccount: (told) => roundTrip('noteAccount', () => noteAccount(tables, told)),
      transferred: (runnerId) => roundTrip('transferred', () => transferredTo(tables, runnerId)),
    },
    inbox: {
      seen: (eventId) => roundTrip('seen', () => tables.webhooks.has(eventId)),
      note: (event) => roundTrip('note', () => note(tables, event)),
    },
    payments: () => [...tables.payments.values()],
    journal: (paymentId) =>
      [...tables.journal.values()].filter((entry) => entry.paymentId === paymentId),
    histories: tables.history,
    outbox: tables.outbox,
    webhooks: tables.webhooks,
    debts: () => [...tables.debts.values()],
    nettings: () => [...tables.nettings],
    calls,
  };
}

function claim(tables: Tables, wanted: InitiatingPayment, holder: LeaseHolder | null) {
  const ofOrder = [...tables.payments.values()].filter((one) => one.orderId === wanted.orderId);
  const live = ofOrder.find(isLive);
  if (live !== undefined) return { type: 'live', payment: live } as const;
  if (tables.payments.has(wanted.id)) return { type: 'id_taken' } as const;

  const known = tables.customers.get(wanted.customerId)?.stripeCustomerId ?? null;
  const stripeCustomerId = wanted.stripeCustomerId ?? known;
  const payment = { ...wanted, stripeCustomerId, attempt: ofOrder.length + 1 };
  if (payment.operation === null) throw new Error('bug: a claim owes an authorize');
  openOperation(tables, payment.id, payment.operation);
  holdLease(tables, payment.operation, holder);
  tables.payments.set(payment.id, payment);
  return { type: 'claimed', payment } as const;
}

function save(
  tables: Tables,
  change: Change,
  holder: LeaseHolder | null,
  webhook?: Omit<WebhookNote, 'paymentId'>,
) {
  const { payment, expectedRevision, expectedOperationKey, opened, leased, closed } = change;
  const { id: paymentId, paymentIntentId } = payment;
  const current = tables.payments.get(paymentId);
  if (current?.revision !== expectedRevision) return 'stale' as const;
  if ((current.operation?.key ?? null) !== expectedOperationKey) return 'stale' as const;
  requireSoundMoney(current, change);
  if (!hasLeft(tables, change)) return 'stale' as const;

  const owner = find(all(tables), { paymentIntentId: paymentIntentId ?? '' });
  if (owner !== null && owner.id !== paymentId) throw new Error('bug: two payments, one intent');
  if (closed !== null) {
    const { outcome, detail } = closed;
    tables.journal.set(closed.key, { ...openEntry(tables, closed.key), outcome, detail });
    tables.heldBy.delete(closed.key);
  }
  if (leased !== null) {
    tables.journal.set(leased.key, { ...openEntry(tables, leased.key), operation: leased });
    holdLease(tables, leased, holder);
  }
  if (opened !== null) {
    openOperation(tables, paymentId, opened);
    holdLease(tables, opened, holder);
  }
  changeDebts(tables, change);
  recordEvents(tables, change);
  if (webhook !== undefined) note(tables, { ...webhook, paymentId });
  tables.payments.set(paymentId, payment);
  return 'saved' as const;
}

function withdraw(tables: Tables, { id, revision, operation }: Payment) {
  const current = tables.payments.get(id);
  // What has happened to a payment stays: only one without any event can be taken back.
  if (current?.revision !== revision || current.version > 0) return 'stale' as const;
  if (current.operation?.key !== operation?.key) return 'stale' as const;
  for (const [key, { paymentId }] of tables.journal) {
    if (paymentId !== id) continue;
    tables.journal.delete(key);
    tables.heldBy.delete(key);
  }
  tables.payments.delete(id);
  return 'withdrawn' as const;
}

function takeOwing(
  tables: Tables,
  { now, leaseUntil, limit }: Parameters<PaymentRepository['takeOwing']>[0],
  holder: LeaseHolder | null,
): readonly Payment[] {
  const leaseEnd = ({ operation }: Payment) =>
    operation?.leaseUntil.getTime() ?? Number.POSITIVE_INFINITY;
  const openedAt = ({ operation }: Payment) => operation?.openedAt.getTime() ?? 0;
  return [...tables.payments.values()]
    .filter((payment) => leaseEnd(payment) <= now.getTime())
    .sort((one, other) => leaseEnd(one) - leaseEnd(other) || openedAt(one) - openedAt(other))
    .slice(0, limit)
    .map((payment) => {
      const attempts = (payment.operation?.attempts ?? 0) + 1;
      const taken = apply(payment, [{ type: 'operation_leased', leaseUntil, attempts }], now);
      save(tables, taken, holder);
      return taken.payment;
    });
}
