export { ACCOUNT_EVENTS, WEBHOOK_EVENTS } from '../contract/webhook-events.js';
export type { ConsumerState } from '../kafka/consumer-state.js';
export type { KafkaFault } from '../kafka/kafka-fault.js';
export type { TopicState } from '../kafka/topics.js';
export type { StoredDeadLetter } from '../postgres/commands/command-records.js';
export { entranceNames } from '../postgres/connection/entrance-names.js';
export type { OwedCall, WaitingEvent } from '../postgres/operator/backlog.js';
export type {
  DaySum,
  HoldBucket,
  OpenCalls,
  Standing,
  Sum,
} from '../postgres/operator/standing.js';
export type { ReplayPeriod, ReplayPlace } from '../postgres/outbox/replay.js';
export { type Migrated, migrate, migrationStatus } from '../postgres/schema/migrate.js';
export { findOurSchema } from '../postgres/schema/our-schema.js';
export { findDatabase } from './attached-infrastructure.js';
export {
  type ApiKey,
  type ArchiveConfig,
  type Config,
  type ConfigError,
  type DescribedVariable,
  type KafkaConfig,
  readConfig,
  type StripeConfig,
  VARIABLE_NAMES,
} from './config.js';
export { type DatabaseTrouble, explainDatabase } from './database-wording.js';
export { sha256 } from './digest.js';
export type { Check } from './doctor/check.js';
export { checkUp } from './doctor/doctor.js';
export { openMetrics } from './metrics-access.js';
export type { Metrics } from './metrics-port.js';
export {
  type NoKafka,
  type OperatorSession,
  openOperatorSession,
  openReadSide,
  type ReadSide,
} from './operator-session.js';
export type { NotInstalled } from './optional-package.js';
export type { PartError } from './part-error.js';
export {
  configFromEnvironment,
  type DescribedSettings,
  databaseUrlFromEnvironment,
  describeEnvironment,
  environmentWarnings,
  kafkaFromEnvironment,
} from './process-environment.js';
export { openRuntime, type Runtime, type RuntimeOptions } from './runtime.js';
export { systemClock, systemScheduler } from './settings.js';
export { loadTopics } from './topics-access.js';
export type { WebhookOutcome } from './webhook-intake.js';
