import {
  type Clock,
  type Commands,
  createEscrow,
  createPresence,
  type DatabaseFault,
  type Escrow,
  type EscrowPorts,
  type Fault,
  type IdempotencyKeys,
  type Installation,
  type Logger,
  type NewId,
  type OutboxBacklog,
  type PaymentSearch,
  type Publisher,
} from '@campusg-pay/core';
import { ok, type Result, safeTry } from 'neverthrow';
import type { ConsumerState } from '../kafka/consumer-state.js';
import { createPaymentSearch } from '../postgres/listing/payment-search.js';
import { createOutbox } from '../postgres/outbox/outbox.js';
import { newLeaseHolder } from '../postgres/outbox/shard-locks.js';
import { createIdempotencyKeys } from '../postgres/payments/idempotency-keys.js';
import { totalsOf, type UserTotals } from '../postgres/payments/totals.js';
import { readInstallation } from '../postgres/schema/installation.js';
import { checkWritable } from '../postgres/schema/readiness.js';
import { startBackground } from './background.js';
import { openCommands } from './command-wiring.js';
import type { Config } from './config.js';
import type { TimedPool } from './connection-waits.js';
import { openDatabase } from './database.js';
import { type Drivers, loadDrivers } from './drivers.js';
import { escrowByUrgency } from './escrow-by-urgency.js';
import { escrowPorts } from './escrow-ports.js';
import { type OpenGateway, openGateway } from './gateway-access.js';
import { openMetrics } from './metrics-access.js';
import type { Metrics } from './metrics-port.js';
import type { OpenPart, PartError } from './part-error.js';
import { type OpenOutlet, openOutlet, startRelayTo } from './relay-wiring.js';
import { readServiceFigures } from './service-figures.js';
import { systemClock, systemScheduler } from './settings.js';
import { openStripeLimits, type SharedLimits } from './stripe-limits.js';
import { type TakeWebhook, webhookIntake } from './webhook-intake.js';

/** The service without a door: all use cases, wired to what the configuration names. */
export interface Runtime extends Pick<TimedPool, 'leastWaitMs'> {
  readonly config: Config;
  readonly log: Logger;
  readonly escrow: Escrow;
  /** What runs embedded, one line each for people, e.g. where its data is. */
  readonly embedded: readonly string[];
  /** Takes in a webhook as it came over the wire. */
  readonly takeWebhook: TakeWebhook;
  /** Tells where the service listens, so that the embedded sandbox can send its webhooks there. */
  listeningAt(baseUrl: string): Promise<void>;
  /** The keys under which callers repeat their requests. */
  readonly idempotencyKeys: IdempotencyKeys;
  /** Lists of payments, from the records alone. */
  readonly looking: PaymentSearch;
  /** Counts an HTTP request that was answered. */
  readonly noteRequest: Metrics['request'];
  /** Everything counted, as Prometheus reads it. */
  exposeMetrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** The commands that are answered by events. */
  readonly commands: Commands;
  /** What a user has spent and earned, for each currency. */
  totalsOf(userId: string): Promise<Result<readonly UserTotals[], DatabaseFault>>;
  /** What waits to be published; grows while Kafka is away. */
  outboxBacklog(): Promise<Result<OutboxBacklog, Fault>>;
  /** Whether the database takes what a command writes. */
  ready(): Promise<Result<void, DatabaseFault>>;
  /** Whether commands come in over Kafka; null where none is configured. */
  commandConsumer(): ConsumerState | null;
  /** Stops the background work, lets what is under way finish, and closes everything. */
  close(): Promise<void>;
}

/** What a caller may bring along, for tests and for embedding. */
export interface RuntimeOptions {
  /** @default that of the embedded sandbox; with a configured Stripe that of the machine */
  readonly clock?: Clock;
  /** @default random UUIDs */
  readonly newId?: NewId;
  /**
   * Where events go instead.
   *
   * @default Kafka; without Kafka, the log
   */
  readonly publisher?: Publisher;
  /**
   * Replaces ports by ones of your own, for instance to observe them; without it none is. Called once for
   * each urgency with which Stripe is asked, each with a gateway of its own and the same other ports: what
   * is to be counted over all belongs outside of it.
   */
  readonly decorate?: (ports: EscrowPorts) => EscrowPorts;
  /** Called with each statement's name as it is sent. */
  readonly onQuery?: (name: string) => void;
}

/**
 * Opens everything the configuration names and starts the background work. What is null there
 * comes up embedded. If one part can't be opened, those already open are closed again.
 */
export async function openRuntime(
  config: Config,
  log: Logger,
  options: RuntimeOptions = {},
): Promise<Result<Runtime, PartError>> {
  return safeTry(async function* () {
    const drivers = yield* await loadDrivers(config);
    const outlet = yield* await openOutlet(config, log, options.publisher);
    const metrics = await openMetrics(log);
    const database = yield* await openDatabase(config, log, options.onQuery);
    const { onWaited, onRefused, stripeCall: onCall } = metrics;
    const shared = openStripeLimits({ config, db: database.db, log, onWaited, onRefused });
    const opened = await openGateway({ config, log, limits: shared.limits, onCall });
    if (opened.isErr()) await database.close();
    const gateway = yield* opened;
    const read = await readInstallation(database.db, (options.clock ?? gateway.clock)?.now());
    if (read.isErr()) await Promise.all([gateway.close(), database.close()]);
    const installation = yield* read;
    const parts = { config, log, options, metrics, ...drivers, outlet, database };
    return ok(wire({ ...parts, shared, installation, gateway }));
  });
}

interface WiringParts extends Drivers {
  readonly config: Config;
  readonly log: Logger;
  readonly options: RuntimeOptions;
  readonly metrics: Metrics;
  readonly outlet: OpenOutlet;
  readonly database: OpenPart<typeof openDatabase>;
  readonly shared: SharedLimits;
  readonly installation: Installation;
  readonly gateway: OpenGateway;
}

function wire(parts: WiringParts): Runtime {
  const { config, log, options, metrics, database, shared, installation, gateway, kafka } = parts;
  const { db, locksAt } = database;
  const clock = options.clock ?? gateway.clock ?? systemClock;
  const { outlet, restMs } = parts.outlet;
  const host = { scheduler: systemScheduler, log };
  const presence = createPresence({ self: newLeaseHolder(), clock, ...host });
  shared.join(presence);
  const relay = startRelayTo(outlet, { db, locksAt, restMs, log, presence });
  const ports = escrowPorts({
    config,
    db,
    gateway: gateway.as('customer'),
    installation,
    clock,
    newId: options.newId,
    presence,
    ownPage: gateway.returnPage,
    onEvents: (events) => {
      relay.wake();
      for (const { event } of events) metrics.event(event.type);
    },
  });
  const outbox = createOutbox(db);
  const escrow = escrowByUrgency((urgency) => {
    const own = { ...ports, gateway: gateway.as(urgency) };
    return createEscrow(options.decorate?.(own) ?? own);
  });
  const idempotencyKeys = createIdempotencyKeys(db);
  const { newId } = ports;
  const onReply = relay.wake;
  const intake = openCommands({ config, db, escrow, clock, log, newId, onReply, kafka });
  const forgetful = { keys: idempotencyKeys, commands: intake };
  const background = startBackground({ parts, host, escrow, clock, forgetful });
  return {
    config,
    log,
    escrow,
    embedded: [...database.embedded, ...gateway.embedded],
    takeWebhook: takeWebhooks(parts, escrow),
    idempotencyKeys,
    looking: createPaymentSearch(db),
    noteRequest: metrics.request,
    exposeMetrics: async () =>
      metrics.expose({
        standing: await readServiceFigures({ config, db, outbox, now: clock.now() }),
        consumer: intake.consumer(),
        rates: shared.limits?.rates() ?? [],
      }),
    commands: intake.commands,
    commandConsumer: intake.consumer,
    totalsOf: (userId) => totalsOf(db, userId),
    listeningAt: gateway.listeningAt,
    outboxBacklog: () => outbox.backlog(),
    ready: () => checkWritable(db),
    leastWaitMs: database.leastWaitMs,
    close: async () => {
      await intake.stop();
      await Promise.all(background.map((one) => one.stop()));
      // Last, as its connection tells the others that somebody works on our calls.
      await relay.stop();
      await gateway.close();
      await database.close();
    },
  };
}

function takeWebhooks({ log, options, metrics, gateway, stripe }: WiringParts, escrow: Escrow) {
  return webhookIntake({
    escrow,
    // How long a webhook was on its way has nothing to do with a moved clock.
    clock: options.clock ?? systemClock,
    log,
    readWebhook: stripe.readWebhook,
    onUnreadable: () => metrics.unreadable('webhook', 1),
    secrets: gateway.webhookSecrets,
  });
}
