export type { Answer } from './commands/authorize.js';
export { tellAgain } from './commands/event-replay.js';
export type { AuthorizeCommand } from './commands/hold-claim.js';
export type { ReleaseCommand, RevertCommand } from './commands/release-revert.js';
export type { NothingToReview, ReviewedCommand } from './commands/review.js';
export { KEY_LIFETIME_MS } from './commands/stripe-customer.js';
export { createEscrow, type Escrow } from './escrow.js';
export { FOREIGN_ACCOUNT } from './gateway/account.js';
export type {
  CustomerAction,
  GatewayCall,
  GatewayFault,
  GatewayReply,
  ListedIntent,
  Page,
  PaymentGateway,
} from './gateway/gateway.js';
export type { IntentSnapshot, IntentStatus } from './gateway/intent.js';
export {
  decideReport,
  type Report,
  type ReportDecision,
  type WebhookReport,
} from './gateway/report.js';
export { CURRENCIES } from './money/currencies.js';
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
export type { Rejection } from './operation/execute.js';
export {
  type AuthorizeOperation,
  type CaptureOperation,
  type Failure,
  isLeased,
  isOwnFailure,
  type Operation,
  type OperationKind,
  type OperationOutcome,
  type RefundOperation,
  type VoidOperation,
  type VoidPurpose,
} from './operation/operation.js';
export { type Announcement, announce } from './payment/announcement.js';
export {
  type ContradictedField,
  type DecisionContext,
  decideRelease,
  decideRepeatedAuthorize,
  decideRevert,
  type HoldTerms,
  type Refusal,
} from './payment/decide.js';
export {
  type AnsweredCommand,
  apply,
  type Change,
  evolve,
  initiated,
  type RecordedEvent,
} from './payment/evolve.js';
export {
  agrees,
  type IntentFacts,
  isAlive,
  isNumbered,
  isOverdrawn,
  isWhole,
  type RecordInvariant,
  whereTo,
} from './payment/invariants.js';
export type { LapsePolicy } from './payment/lapse-policy.js';
export {
  type AuthorizedPayment,
  type FailedPayment,
  type InitiatingPayment,
  isLapsed,
  isLive,
  type OperationEvent,
  openReview,
  PAYMENT_EVENT_TYPES,
  type Payment,
  type PaymentEvent,
  type PaymentEventType,
  type PaymentRef,
  type ReleasedPayment,
  type RevertedPayment,
  type RevertMethod,
  runnerOf,
  STATUSES,
  type Status,
  type Step,
} from './payment/payment.js';
export { type Foreseen, foresee, type Moves, movesOf, type Wish } from './payment/preview.js';
export { TRANSITIONS, type Transition } from './payment/transitions.js';
export type {
  Claim,
  Clock,
  CustomerDirectory,
  CustomerRecord,
  DatabaseFault,
  EscrowPorts,
  EscrowSettings,
  EventPublisher,
  Fault,
  HistoryEntry,
  NewId,
  PaymentRepository,
  UnsettledQuery,
  WebhookInbox,
  WebhookNote,
} from './ports.js';
export {
  DRIFT_TYPES,
  type Drift,
  type DriftFact,
  type DriftPolicy,
  type DriftType,
  driftKey,
  type JudgeContext,
  type OurEvidence,
  type Ours,
  type Repair,
  type RepairAct,
  type RepairType,
  SEVERITIES,
  type Severity,
  type TheirEvidence,
  type Theirs,
} from './reconcile/discrepancy.js';
export { judge, type Pair } from './reconcile/judge.js';
export type { Repairable, Repaired } from './reconcile/repair.js';
export type { CaughtUp } from './upkeep/catch-up.js';
export type { Compared, Finding, Period } from './upkeep/comparison.js';
export type { Recovered } from './upkeep/recovery.js';
export type { Swept } from './upkeep/sweep.js';
