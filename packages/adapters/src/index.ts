export type { Commands, Looked, Taken } from './commands/commands.js';
export {
  type ApiKey,
  type Config,
  type ConfigError,
  configFromEnvironment,
  databaseUrlFromEnvironment,
  type KafkaConfig,
  kafkaFromEnvironment,
  readConfig,
  type StripeConfig,
  VARIABLE_NAMES,
} from './config.js';
export type { ConsumerState } from './kafka/consumer.js';
export type { KafkaFault } from './kafka/faults.js';
export { ensureTopics, type TopicState } from './kafka/topics.js';
export { createLogger } from './log.js';
export { createMetrics, type Metrics } from './metrics.js';
export type { Outgoing, Publisher, Reply } from './outgoing.js';
export type { PartError } from './parts.js';
export type { IdempotencyKeys, KeptAnswer, KeyedRequest, KeyUse } from './postgres/idempotency.js';
export { type Migrated, migrate, migrationStatus } from './postgres/migrate.js';
export type { Backlog } from './postgres/outbox.js';
export type { Runtime } from './runtime.js';
export { openRuntime, type RuntimeOptions, systemClock, type WebhookOutcome } from './runtime.js';
export type { WebhookRefusal } from './stripe/webhook.js';
export { WEBHOOK_EVENTS } from './stripe/webhook.js';
