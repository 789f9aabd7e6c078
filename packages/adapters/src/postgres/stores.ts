import type {
  ActJournal,
  Approvals,
  CommandRecords,
  CommandStore,
  CustomerDirectory,
  DatabaseFault,
  DeadLetters,
  IdempotencyKeys,
  JobLeases,
  LeaseHolder,
  MoneySearch,
  Outbox,
  PaymentRepository,
  PaymentSearch,
  ReconcileRecords,
  RunnerDirectory,
  RunStore,
  SharedTurns,
  Story,
  WebhookInbox,
} from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { createKafkaCommands } from './commands/command-records.js';
import { createCommandStore } from './commands/command-store.js';
import { createDeadLetters } from './commands/dead-letters.js';
import type { Database } from './connection/query.js';
import { createJobLeases } from './jobs/job-leases.js';
import { createStripeTurns } from './limits/stripe-turns.js';
import { createMoneySearch } from './listing/money-search.js';
import { createPaymentSearch } from './listing/payment-search.js';
import { createActJournal } from './operator/act-journal.js';
import { createApprovals } from './operator/approval-store.js';
import { readStory } from './operator/story-records.js';
import { createOutbox } from './outbox/outbox.js';
import { createCustomerDirectory } from './payments/customer-directory.js';
import { createIdempotencyKeys } from './payments/idempotency-keys.js';
import { createRepository } from './payments/repository.js';
import { createInbox } from './payments/webhook-inbox.js';
import { createReconcileRecords } from './reconcile/record-stream.js';
import { createRunStore } from './reconcile/run-store.js';
import { createRunnerDirectory } from './runners/runner-directory.js';

/** All that the core asks a database for. Who needs but some of it leaves the rest alone. */
export interface Stores {
  /** For `createEscrow`, with the three below. */
  readonly repository: PaymentRepository;
  readonly customers: CustomerDirectory;
  readonly runners: RunnerDirectory;
  readonly inbox: WebhookInbox;
  /** For `startUpkeepJobs`: which replica does what is done once for all of them. */
  readonly jobLeases: JobLeases;
  /** For `connectStripe`: the line in which replicas take turns for calls. */
  readonly stripeTurns: SharedTurns;
  /** For `startRelay`, with the locks of {@link openShardLocks}. */
  readonly outbox: Outbox;
  /** The keys under which callers repeat their requests; for `startRetention`. */
  readonly idempotencyKeys: IdempotencyKeys;
  /** For `createCommands` and `startRetention`: commands that are answered by events. */
  readonly commandStore: CommandStore;
  /** Messages that could be neither carried out nor answered. */
  readonly deadLetters: DeadLetters;
  /** For `createReconciler`, with the one below. */
  readonly records: ReconcileRecords;
  readonly runs: RunStore;
  /** For `executeAct` and `findNamed`: what people do with payments, and how they find them. */
  readonly acts: ActJournal;
  readonly approvals: Approvals;
  readonly looking: PaymentSearch;
  readonly money: MoneySearch;
  /** For `readTimeline`, with `repository`, `acts` and `approvals`. */
  readonly kafkaCommands: CommandRecords;
  story(paymentId: string): Promise<Result<Story, DatabaseFault>>;
}

/**
 * The stores of the core's ports in Postgres. Nothing is opened here: connections are the pool's, and
 * whoever made it ends it. The tables must be there: see {@link migrate}.
 *
 * Where the database does not answer, every method returns a `DatabaseFault`. It throws only for a
 * bug, which includes tables that are missing or of another release.
 *
 * @param leaseHolder in whose name leases of calls are taken, from a `Presence`; without it those of
 *   a process that died have to run out
 */
export function createStores(db: Database, leaseHolder?: () => LeaseHolder | null): Stores {
  return {
    repository: createRepository(db, leaseHolder),
    customers: createCustomerDirectory(db),
    runners: createRunnerDirectory(db),
    inbox: createInbox(db),
    jobLeases: createJobLeases(db),
    stripeTurns: createStripeTurns(db),
    outbox: createOutbox(db),
    idempotencyKeys: createIdempotencyKeys(db),
    commandStore: createCommandStore(db),
    deadLetters: createDeadLetters(db),
    records: createReconcileRecords(db),
    runs: createRunStore(db),
    acts: createActJournal(db),
    approvals: createApprovals(db),
    looking: createPaymentSearch(db),
    money: createMoneySearch(db),
    kafkaCommands: createKafkaCommands(db),
    story: (paymentId) => readStory(db, paymentId),
  };
}
