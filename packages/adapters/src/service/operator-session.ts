import {
  type ActJournal,
  type Approvals,
  type Archiver,
  type Clock,
  createEscrow,
  createReconciler,
  type DatabaseFault,
  type Escrow,
  type Logger,
  type Money,
  type MoneySearch,
  type NewId,
  type OutboxBacklog,
  type PaymentGateway,
  type PaymentRepository,
  type PaymentSearch,
  type Reconciler,
  type RunnerDirectory,
  type RunStore,
  type Story,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type { KafkaFault } from '../kafka/kafka-fault.js';
import type { CameAs } from '../kafka/resend.js';
import { createKafkaCommands, type KafkaCommands } from '../postgres/commands/command-records.js';
import { createMoneySearch } from '../postgres/listing/money-search.js';
import { createPaymentSearch } from '../postgres/listing/payment-search.js';
import { createActJournal } from '../postgres/operator/act-journal.js';
import { createApprovals } from '../postgres/operator/approval-store.js';
import { type Backlog, createBacklog } from '../postgres/operator/backlog.js';
import { readStanding, type Standing } from '../postgres/operator/standing.js';
import { readStory } from '../postgres/operator/story-records.js';
import { createOutbox } from '../postgres/outbox/outbox.js';
import {
  countReplay,
  type ReplayPage,
  type ReplayPeriod,
  type ReplayPlace,
  replayPage,
} from '../postgres/outbox/replay.js';
import { createRepository } from '../postgres/payments/repository.js';
import { createReconcileRecords } from '../postgres/reconcile/record-stream.js';
import { createRunStore } from '../postgres/reconcile/run-store.js';
import { createRunnerDirectory } from '../postgres/runners/runner-directory.js';
import { readInstallation } from '../postgres/schema/installation.js';
import { archiverOf } from './archive-wiring.js';
import {
  type AttachError,
  type AttachedDatabase,
  attachDatabase,
  attachGateway,
} from './attached-infrastructure.js';
import type { Config } from './config.js';
import type { ArchiveConfig } from './config-fields.js';
import { sha256 } from './digest.js';
import { loadKafka } from './drivers.js';
import { escrowPorts } from './escrow-ports.js';
import type { NotInstalled } from './optional-package.js';
import { drain } from './outbox-drain.js';
import { clockBeside } from './sandbox-access.js';
import { systemScheduler } from './settings.js';
import { openStripeLimits } from './stripe-limits.js';

/** No broker is configured. */
export interface NoKafka {
  readonly type: 'NoKafka';
}

const NO_KAFKA: NoKafka = { type: 'NoKafka' };

/** What an operator reads from: the database alone. */
export interface ReadSide {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  /** Above which amounts a second person is wanted. */
  readonly approvalAbove: readonly Money[];
  readonly repository: PaymentRepository;
  readonly looking: PaymentSearch;
  /** Transfers, refunds, runners and their debts. */
  readonly money: MoneySearch;
  readonly runners: RunnerDirectory;
  /** What people did at the terminal. */
  readonly acts: ActJournal;
  /** What waits for a second person. */
  readonly approvals: Approvals;
  /** What came over Kafka. */
  readonly kafkaCommands: KafkaCommands;
  /** How much waits in the outbox. */
  outboxBacklog(): Promise<Result<OutboxBacklog, DatabaseFault>>;
  /** Publishes what waits in the outbox from here; answers how many still wait. */
  drain(until: {
    readonly withinMs: number;
    readonly ending: AbortSignal;
  }): Promise<Result<number, DatabaseFault | NotInstalled>>;
  /** Sends a message to its topic in Kafka once more. */
  resend(message: CameAs): Promise<Result<void, KafkaFault | NoKafka | NotInstalled>>;
  /** What waits to be done. */
  readonly backlog: Backlog;
  /** Telling events once more. */
  readonly replay: {
    count(
      period: ReplayPeriod,
    ): Promise<Result<{ readonly events: number; readonly payments: number }, DatabaseFault>>;
    page(
      period: ReplayPeriod,
      part: { readonly after: ReplayPlace | null; readonly limit: number },
    ): Promise<Result<ReplayPage, DatabaseFault>>;
  };
  /** What is known of one payment beside its history. */
  story(paymentId: string): Promise<Result<Story, DatabaseFault>>;
  /** Money and backlogs as they stand. */
  standing(wanted: {
    readonly since: Date;
    readonly bounds: readonly Date[];
  }): Promise<Result<Standing, DatabaseFault>>;
  /** Moves histories out of the database; `by` does it. */
  archiver(archive: ArchiveConfig, by: string): Archiver;
  /** What reconciling has found so far. */
  readonly runs: RunStore;
  close(): Promise<void>;
}

/** What an operator works with: the read side, and the use cases with Stripe behind them. */
export interface OperatorSession extends ReadSide {
  readonly escrow: Escrow;
  readonly gateway: PaymentGateway;
  readonly newId: NewId;
  readonly reconciler: Reconciler;
}

/**
 * Opens the database for one command: what a service that may be running beside it uses too.
 * Nothing embedded is started, nothing is migrated, and there is no background work.
 */
export async function openReadSide(
  config: Config,
  log: Logger,
): Promise<Result<ReadSide, AttachError>> {
  const attached = await attachDatabase(config, log);
  const clock = await clockBeside(config);
  return attached.map((database) => readSideOf(database, { config, log, clock }));
}

/** Opens {@link ReadSide} with Stripe, or the sandbox of the service that is running. */
export async function openOperatorSession(
  config: Config,
  log: Logger,
): Promise<Result<OperatorSession, AttachError>> {
  const attached = await attachDatabase(config, log);
  if (attached.isErr()) return err(attached.error);
  const { db } = attached.value;
  const { limits } = openStripeLimits({ config, db, log });
  const connected = await attachGateway(config, log, limits);
  if (connected.isErr()) {
    await attached.value.close();
    return err(connected.error);
  }
  const installation = await readInstallation(db);
  if (installation.isErr()) {
    await attached.value.close();
    return err(installation.error);
  }
  // Somebody waits at the terminal; what reads all there is lets everybody else go first.
  const gateway = connected.value.as('release');
  const clock = await clockBeside(config);
  const readSide = readSideOf(attached.value, { config, log, clock });
  const ports = escrowPorts({ config, db, gateway, installation: installation.value, clock });
  const escrow = createEscrow(ports);
  const { clawback, lapse } = config;
  const reconciler = createReconciler({
    records: createReconcileRecords(db),
    runs: readSide.runs,
    gateway: connected.value.as('reconcile'),
    escrow,
    clock,
    scheduler: systemScheduler,
    digest: sha256,
    warnMs: lapse.warnMs,
    clawback,
  });
  return ok({ ...readSide, gateway, escrow, reconciler, newId: ports.newId });
}

function readSideOf(
  { db, locksAt, close }: AttachedDatabase,
  { config, log, clock }: { readonly config: Config; readonly log: Logger; readonly clock: Clock },
): ReadSide {
  return {
    config,
    log,
    clock,
    close,
    approvalAbove: config.approvalAbove,
    repository: createRepository(db),
    looking: createPaymentSearch(db),
    money: createMoneySearch(db),
    runners: createRunnerDirectory(db),
    acts: createActJournal(db),
    approvals: createApprovals(db),
    runs: createRunStore(db),
    kafkaCommands: createKafkaCommands(db),
    outboxBacklog: () => createOutbox(db).backlog(),
    drain: (until) => drain({ config, db, locksAt, log }, until),
    resend: async (message) => {
      if (config.kafka === null) return err(NO_KAFKA);
      const loaded = await loadKafka();
      if (loaded.isErr()) return err(loaded.error);
      return loaded.value.resend(config.kafka, log, message);
    },
    archiver: (archive, by) => archiverOf(db, { archive, clock, by }),
    backlog: createBacklog(db),
    replay: {
      count: (period) => countReplay(db, period),
      page: (period, part) => replayPage(db, period, part),
    },
    story: (paymentId) => readStory(db, paymentId),
    standing: (wanted) => readStanding(db, { now: clock.now(), ...wanted }),
  };
}
