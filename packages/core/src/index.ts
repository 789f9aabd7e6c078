export type { ArchivedHistory, ArchiveStore, ArchiveWriter } from './archive/archive-store.js';
export { type ArchiveError, type Archiver, createArchiver } from './archive/archiver.js';
export type { Answer } from './commands/answer.js';
export { tellAgain } from './commands/event-replay.js';
export type { AuthorizeCommand } from './commands/hold-claim.js';
export type { ReleaseCommand } from './commands/release.js';
export type { IdempotencyKeys, KeptAnswer, KeyedRequest } from './commands/request-keys.js';
export type { RevertCommand } from './commands/revert.js';
export { createEscrow, type Escrow } from './escrow.js';
export { FOREIGN_ACCOUNT } from './gateway/account.js';
export { decideReport, type ReportContext } from './gateway/decide-report.js';
export type { GatewayFault, Page } from './gateway/gateway-answer.js';
export type { Installation } from './gateway/identity.js';
export {
  givenBackMinor,
  type IntentOrigin,
  type IntentSnapshot,
  type IntentStatus,
  type RefundSnapshot,
} from './gateway/intent.js';
export type {
  ListedMovement,
  ListedRefund,
  ListedTransfer,
  ListWanted,
  MoneyLists,
  MovementKind,
} from './gateway/money-lists.js';
export type {
  CustomerAction,
  DefaultMethod,
  GatewayCall,
  GatewayReply,
  ListedIntent,
  PaymentGateway,
} from './gateway/payment-gateway.js';
export type {
  AccountNews,
  RefusedCall,
  Report,
  WebhookRefusal,
  WebhookReport,
} from './gateway/report.js';
export type { ReportDecision } from './gateway/report-decision.js';
export type { CardFace, SavedCard } from './gateway/saved-card.js';
export { markOfLoss } from './gateway/taken-steps.js';
export type {
  ReversalOutcome,
  TransferObstacle,
  TransferOutcome,
  TransferSnapshot,
} from './gateway/transfer-report.js';
export type { CommandFate } from './handling/acceptance.js';
export {
  COMMAND_TYPES,
  type CommandType,
  type Issue,
  type ParsedCommand,
} from './handling/command.js';
export { type Commands, createCommands } from './handling/command-handling.js';
export type {
  CommandEnding,
  CommandLease,
  CommandStore,
  KnownCommand,
  NamedCommand,
  Noted,
  WaitingCommand,
} from './handling/command-store.js';
export { startCommandWorker } from './handling/command-worker.js';
export type { ReplyWording } from './handling/conclusion.js';
export type { DeadLetters } from './handling/dead-letters.js';
export type { JobLeases } from './jobs/job-leases.js';
export { startLeasedJob } from './jobs/leased-job.js';
export { type Background, type LoopHost, repeat, troubleOf } from './jobs/loop.js';
export { Unavailable } from './jobs/outage.js';
export { startRecoveryWorker } from './jobs/recovery-worker.js';
export { startArchiving, startRetention } from './jobs/retention.js';
export { startTransferWorker } from './jobs/transfer-worker.js';
export { startUpkeepJobs } from './jobs/upkeep-jobs.js';
export { type CallLimits, createCallLimits } from './limits/call-limits.js';
export { type SharedTurns, TURNS_WITHIN_MS } from './limits/shared-turns.js';
export type { Urgency } from './limits/urgency.js';
export type {
  CurrencySum,
  MoneySearch,
  RecordedDebt,
  RefundEntry,
  RefundFilter,
  RefundPlace,
  RunnerEntry,
  RunnerFilter,
  RunnerPlace,
  TransferEntry,
  TransferFilter,
  TransferPlace,
} from './listing/money-search.js';
export {
  ANY_PAYMENT,
  type Listed,
  type PaymentFilter,
  type PaymentPlace,
  type PaymentSearch,
  readListed,
  type Slice,
} from './listing/payment-search.js';
export type { Logger } from './logger.js';
export { CURRENCIES, LARGEST_CHARGE_MINOR } from './money/currencies.js';
export { type FeePolicy, feeMinorOf } from './money/fees.js';
export {
  type Currency,
  chargeLimits,
  exponentOf,
  formatMajor,
  formatSum,
  type Money,
  type MoneyError,
  parseCharge,
  parseCurrency,
  parseMajor,
  sameMoney,
  toMajorNumber,
} from './money/money.js';
export { KEY_LIFETIME_MS } from './operation/key-lifetime.js';
export type { HolderLocks, HoldersSeen, LeaseHolder } from './operation/lease-holders.js';
export { createLookBudget } from './operation/look-budget.js';
export {
  type AuthorizeOperation,
  type CaptureOperation,
  type HoldFailure,
  isLeased,
  isOwnFailure,
  type Operation,
  type OperationKind,
  type OperationOutcome,
  type RefundOperation,
  type ReversalOperation,
  type TransferOperation,
} from './operation/operation.js';
export { createPresence, type Presence } from './operation/presence.js';
export type { ActJournal, RecordedAct } from './operator/act-journal.js';
export {
  executeAct,
  isKnownToStripe,
  needsApproval,
  type OperatorsWill,
  onRecord,
  type WishDone,
} from './operator/acts.js';
export type { Approval, ApprovalRequest, Approvals, Decision } from './operator/approvals.js';
export type { CommandRecords, RecordedCommand } from './operator/command-records.js';
export type { FoundOfPayment } from './operator/found-of-payment.js';
export {
  type AgreedTransfer,
  executeSetAccount,
  executeTransferAct,
  previewTransfer,
  type TransferDone,
  type TransferWish,
} from './operator/money-acts.js';
export { isSamePerson, type NameProblem, readOperatorName } from './operator/operator-name.js';
export { findNamed, type Named, type NamingError } from './operator/payment-name.js';
export { applyRepair } from './operator/repairs.js';
export { acceptReview, type ToReview, toReview } from './operator/review.js';
export { readTimeline, type StoryEntry, type Timeline } from './operator/story.js';
export type {
  JournaledOperation,
  ReceivedEvent,
  Story,
  UnpublishedEvent,
} from './operator/story-records.js';
export type { Outbox, OutboxBacklog, OutboxPage, OutboxRow } from './outbox/outbox-store.js';
export {
  isReply,
  keyOf,
  type Outgoing,
  type PaymentFacts,
  type Publisher,
  type Reply,
} from './outbox/outgoing.js';
export { type Outlet, startRelay } from './outbox/relay.js';
export { SHARDS, type ShardLocks, type TakenShard } from './outbox/shard-locks.js';
export { startShards } from './outbox/shard-ownership.js';
export { type Announcement, announce } from './payment/announcement.js';
export { apply, type Change, type MoneyChange } from './payment/change.js';
export { CLAWBACKS, type Clawback } from './payment/clawback.js';
export { awaitsCustomer, failingWith } from './payment/customer-turn.js';
export { decideRepeatedAuthorize } from './payment/decide-authorize.js';
export { decideRelease } from './payment/decide-release.js';
export { decideRevert } from './payment/decide-revert.js';
export type { TransferRefusal } from './payment/decide-transfer-act.js';
export type { DecisionContext } from './payment/decision-context.js';
export type { AnsweredCommand } from './payment/event-cause.js';
export { evolve } from './payment/evolve.js';
export {
  agrees,
  type IntentFacts,
  isAlive,
  isNumbered,
  isOverdrawn,
  isWhole,
  whereTo,
} from './payment/invariants.js';
export type { LapsePolicy } from './payment/lapse-policy.js';
export { type MoneyWay, moneyWayOf } from './payment/money-way.js';
export {
  type Headroom,
  type InitiatingPayment,
  initiated,
  isLapsed,
  isLive,
  openReview,
  type Payment,
  type PaymentRef,
  type ReleasedPayment,
  type RevertMethod,
  runnerOf,
  STATUSES,
  type Status,
  waitsForBank,
} from './payment/payment.js';
export {
  PAYMENT_EVENT_TYPES,
  type PaymentEvent,
  type PaymentEventType,
  type ReleasedTerms,
  type Step,
} from './payment/payment-events.js';
export { movesOf, type Preview, preview, type Wish } from './payment/preview.js';
export { REFUND_STATUSES, type Refund, type RefundStatus } from './payment/refund.js';
export type { ContradictedField, Refusal } from './payment/refusal.js';
export { type NotTheWhole, partIn, type StatedMoney, wholeOf } from './payment/stated-money.js';
export {
  barsRefund,
  type Dispute,
  isClosed,
  keptMinor,
  NOTHING_TAKEN,
  type PendingRefund,
  type Taken,
} from './payment/taken.js';
export {
  type Netting,
  TRANSFER_STATUSES,
  type Transfer,
  type TransferStatus,
} from './payment/transfer.js';
export { TRANSITIONS, type Transition } from './payment/transitions.js';
export type {
  Claim,
  Clock,
  CustomerDirectory,
  CustomerEntry,
  DatabaseFault,
  DueQuery,
  EscrowPorts,
  EscrowSettings,
  Fault,
  HistoryEntry,
  NewId,
  PaymentRepository,
  WebhookInbox,
  WebhookNote,
} from './ports.js';
export type { Acceptance } from './reconcile/acceptance.js';
export {
  DISCREPANCY_TYPES,
  type Discrepancy,
  type DiscrepancyType,
  discrepancyKey,
  type OurSide,
  type Repair,
  type RepairAct,
  type RepairType,
  SEVERITIES,
  type Severity,
  type TheirSide,
} from './reconcile/discrepancy.js';
export { judge, type Pair } from './reconcile/judge.js';
export type { PlannedRepair, RepairPlan } from './reconcile/plan.js';
export type { AppliedRepair } from './reconcile/plan-application.js';
export { readPlan } from './reconcile/plan-file.js';
export { createReconciler, type Reconciler } from './reconcile/reconciler.js';
export type {
  Found,
  MadeRefund,
  ReconcileRecords,
  RecordPlace,
  SentRecord,
} from './reconcile/record-stream.js';
export type { RunNews } from './reconcile/run-log.js';
export type { Progress, RepairOutcome, Run, RunStore } from './reconcile/run-store.js';
export type { AccountSnapshot, Runner, RunnerDebt, RunnerStanding } from './runner/runner.js';
export type { RunnerDirectory } from './runner/runner-directory.js';
export { backoffMs } from './time/backoff.js';
export { DAY_MS, HOUR_MS, MINUTE_MS } from './time/durations.js';
export type { Scheduler } from './time/scheduler.js';
export { unreachable } from './unreachable.js';
export type { CaughtUp } from './upkeep/catch-up.js';
export type { Finding } from './upkeep/comparison.js';
