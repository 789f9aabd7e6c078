import {
  type Clock,
  type Commands,
  createCommands,
  type Escrow,
  type Logger,
  type NewId,
  startCommandWorker,
} from '@campusg-pay/core';
import { replyWording } from '../contract/reply-wording.js';
import type { KeptConsumer } from '../kafka/consumer.js';
import type { ConsumerState } from '../kafka/consumer-state.js';
import type { KafkaConfig } from '../kafka/kafka-config.js';
import { createCommandStore } from '../postgres/commands/command-store.js';
import { createDeadLetters } from '../postgres/commands/dead-letters.js';
import type { Database } from '../postgres/connection/query.js';
import type { Config } from './config.js';
import { fingerprint } from './digest.js';
import type { KafkaDriver } from './drivers.js';
import { systemScheduler } from './settings.js';

/** The commands, and what goes on behind them. */
export interface OpenCommands {
  readonly commands: Commands;
  readonly forget: (before: Date) => ReturnType<ReturnType<typeof createCommandStore>['forget']>;
  /** Whether commands come in over Kafka; null where none is configured. */
  consumer(): ConsumerState | null;
  stop(): Promise<void>;
}

interface Parts {
  readonly config: Config;
  readonly db: Database;
  readonly escrow: Escrow;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Logger;
  readonly onReply: () => void;
  /** Null where no broker is configured. */
  readonly kafka: KafkaDriver | null;
}

/** Beyond the three calls to Stripe that a command may make, time for waiting and for the database. */
const SLACK_MS = 65_000;

/** Takes in commands over Kafka, and sees to it that all of them are answered. */
export function openCommands(parts: Parts): OpenCommands {
  const { config, db, log, clock, newId, escrow, onReply, kafka } = parts;
  const { kafka: settings } = config;
  const store = createCommandStore(db);
  const leaseMs = 3 * config.stripeTimeoutMs + SLACK_MS;
  let wake = () => {};
  const onAccepted = () => wake();
  const commands = createCommands({
    escrow,
    store,
    clock,
    newId,
    scheduler: systemScheduler,
    digest: fingerprint,
    wording: replyWording,
    leaseMs,
    onReply,
    onAccepted,
  });
  // Nobody else leaves commands behind.
  const worker =
    settings !== null || config.compatRoutes
      ? startCommandWorker(commands, { scheduler: systemScheduler, log })
      : null;
  if (worker !== null) wake = worker.wake;
  const intake =
    settings === null || kafka === null
      ? null
      : openIntake(kafka, { ...parts, settings, commands });
  return {
    commands,
    forget: store.forget,
    consumer: () => intake?.state() ?? null,
    stop: async () => {
      await intake?.stop();
      await worker?.stop();
    },
  };
}

/** The consumer of commands with a client of its own. */
function openIntake(
  { createKafkaClient, startCommandConsumer }: KafkaDriver,
  parts: Parts & { readonly settings: KafkaConfig; readonly commands: Commands },
): KeptConsumer {
  const { config, db, escrow, log, clock, newId, settings, commands } = parts;
  const client = createKafkaClient(settings, log);
  const consumer = startCommandConsumer({
    commands,
    clock,
    newId,
    log,
    kafka: client.kafka,
    currency: config.currency,
    installation: escrow.installation,
    deadLetters: createDeadLetters(db),
    topic: settings.commandsTopic,
    groupId: settings.consumerGroup,
  });
  return {
    state: consumer.state,
    stop: async () => {
      await consumer.stop();
      client.cut();
    },
  };
}
