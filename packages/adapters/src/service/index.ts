export type { Commands, Looked, Taken } from '../app/handling/command-handling.js';
export {
  type ActDone,
  carryOutWish,
  isKnownToStripe,
  needsApproval,
  type OperatorsWill,
  onRecord,
  type WishDone,
} from '../app/operator/acts.js';
export { findNamed, type Named, type NamingError } from '../app/operator/payment-name.js';
export { applyRepair } from '../app/operator/repairs.js';
export { type Entry, readTimeline, type Timeline } from '../app/operator/story.js';
export type { Outgoing, Publisher, Reply } from '../app/outbox/outgoing.js';
export {
  type PlannedRepair,
  type PlanProblem,
  type RepairPlan,
  readPlan,
} from '../app/reconcile/plan.js';
export type { Applied, AppliedRepair, Applying } from '../app/reconcile/plan-application.js';
export type { Reconciler, RunWanted } from '../app/reconcile/reconciler.js';
export type { RunNews } from '../app/reconcile/run.js';
export type { ConsumerState } from '../kafka/consumer.js';
export type { KafkaFault } from '../kafka/kafka-fault.js';
export { ensureTopics, type TopicState } from '../kafka/topics.js';
export type { ParkedCommand, RecordedCommand } from '../postgres/commands/command-records.js';
export type { ActOutcome, RecordedAct } from '../postgres/operator/act-journal.js';
export type { Approval } from '../postgres/operator/approval-store.js';
export type { OwedCall, WaitingEvent } from '../postgres/operator/backlog.js';
export type { PaymentFilter, Place } from '../postgres/operator/payment-search.js';
export type {
  DaySum,
  HoldBucket,
  OpenCalls,
  Standing,
  Sum,
} from '../postgres/operator/standing.js';
export type { JournaledOperation, Story } from '../postgres/operator/story-records.js';
export type { Backlog } from '../postgres/outbox/outbox.js';
export type { ReplayPeriod, ReplayPlace } from '../postgres/outbox/replay.js';
export type {
  IdempotencyKeys,
  KeptAnswer,
  KeyedRequest,
  KeyUse,
} from '../postgres/payments/idempotency-keys.js';
export type { Progress, RepairOutcome, Run, RunStore } from '../postgres/reconcile/run-store.js';
export { type Migrated, migrate, migrationStatus } from '../postgres/schema/migrate.js';
export type { WebhookRefusal } from '../stripe/webhook.js';
export { WEBHOOK_EVENTS } from '../stripe/webhook.js';
export { findDatabase } from './attached-infrastructure.js';
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
export { type Check, checkUp } from './doctor.js';
export type { PartError } from './infrastructure.js';
export { createLogger } from './log.js';
export { createMetrics, type Metrics } from './metrics.js';
export { type Books, type Desk, type NoKafka, openBooks, openDesk } from './operator-session.js';
export type { Runtime } from './runtime.js';
export { openRuntime, type RuntimeOptions, type WebhookOutcome } from './runtime.js';
export { systemClock } from './settings.js';
