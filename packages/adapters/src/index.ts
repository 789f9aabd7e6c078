export {
  type ActDone,
  carryOutWish,
  isKnownToStripe,
  needsApproval,
  type OperatorsWill,
  onRecord,
  type WishDone,
} from './acting.js';
export { findDatabase } from './attaching.js';
export { type Check, checkUp } from './checkup.js';
export type { Commands, Looked, Taken } from './commands/commands.js';
export {
  type ApiKey,
  type Config,
  type ConfigError,
  configFromEnvironment,
  type DescribedVariable,
  databaseUrlFromEnvironment,
  describeConfig,
  type KafkaConfig,
  kafkaFromEnvironment,
  readConfig,
  type StripeConfig,
  VARIABLE_NAMES,
} from './config.js';
export { type Books, type Desk, type NoKafka, openBooks, openDesk } from './desk.js';
export type { ConsumerState } from './kafka/consumer.js';
export type { KafkaFault } from './kafka/faults.js';
export { ensureTopics, type TopicState } from './kafka/topics.js';
export { createLogger } from './log.js';
export { createMetrics, type Metrics } from './metrics.js';
export { findNamed, type Named, type NamingError } from './naming.js';
export type { Outgoing, Publisher, Reply } from './outgoing.js';
export type { PartError } from './parts.js';
export type { ActOutcome, RecordedAct } from './postgres/acts.js';
export type { Approval } from './postgres/approvals.js';
export type { OwedCall, WaitingEvent } from './postgres/backlog.js';
export type { IdempotencyKeys, KeptAnswer, KeyedRequest, KeyUse } from './postgres/idempotency.js';
export type { ParkedCommand, RecordedCommand } from './postgres/kafka-commands.js';
export type { PaymentFilter, Place } from './postgres/looking.js';
export { type Migrated, migrate, migrationStatus } from './postgres/migrate.js';
export type { Backlog } from './postgres/outbox.js';
export type { Progress, RepairOutcome, Run, RunStore } from './postgres/reconcile-runs.js';
export type { ReplayPeriod, ReplayPlace } from './postgres/replay.js';
export type { DaySum, HoldBucket, OpenCalls, Standing, Sum } from './postgres/standing.js';
export type { JournaledOperation, Story } from './postgres/story.js';
export type { Applied, AppliedRepair, Applying } from './reconciling/apply.js';
export {
  type PlannedRepair,
  type PlanProblem,
  type RepairPlan,
  readPlan,
} from './reconciling/plan.js';
export type { Reconciler, RunWanted } from './reconciling/reconciler.js';
export type { RunNews } from './reconciling/run.js';
export { applyRepair } from './repairing.js';
export type { Runtime } from './runtime.js';
export { openRuntime, type RuntimeOptions, type WebhookOutcome } from './runtime.js';
export { systemClock } from './settings.js';
export type { WebhookRefusal } from './stripe/webhook.js';
export { WEBHOOK_EVENTS } from './stripe/webhook.js';
export { type Entry, readTimeline, type Timeline } from './timeline.js';
