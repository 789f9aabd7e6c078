export { FOREIGN_ACCOUNT } from './account.js';
export { type Announcement, announce } from './announcement.js';
export type { Answer } from './authorize.js';
export type { Rejection } from './carry-out.js';
export type { CaughtUp } from './catch-up.js';
export type { ReleaseCommand, RevertCommand } from './commands.js';
export type { Compared, Finding, Period } from './compare.js';
export { CURRENCIES } from './currencies.js';
export { KEY_LIFETIME_MS } from './customers.js';
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
} from './drift.js';
export {
  type ContradictedField,
  type DecisionContext,
  decideRelease,
  decideRepeatedAuthorize,
  decideRevert,
  type HoldTerms,
  type Refusal,
} from './escrow.js';
export {
  type AnsweredCommand,
  apply,
  type Change,
  evolve,
  initiated,
  type RecordedEvent,
} from './evolve.js';
export type {
  CustomerAction,
  GatewayCall,
  GatewayFault,
  GatewayReply,
  ListedIntent,
  Page,
  PaymentGateway,
} from './gateway.js';
export type { AuthorizeCommand } from './hold-claim.js';
export type { IntentSnapshot, IntentStatus } from './intent.js';
export {
  agrees,
  type IntentFacts,
  isAlive,
  isNumbered,
  isOverdrawn,
  isWhole,
  type RecordInvariant,
  whereTo,
} from './invariants.js';
export type { LapsePolicy } from './lapse.js';
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
} from './money.js';
export { type Foreseen, foresee, type Moves, movesOf, type Wish } from './moves.js';
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
} from './operation.js';
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
} from './payment.js';
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
export { judge, type Pair } from './reconcile.js';
export type { Recovered } from './recover.js';
export type { Repairable, Repaired } from './repair.js';
export {
  decideReport,
  type Report,
  type ReportDecision,
  type WebhookReport,
} from './report.js';
export type { NothingToReview, ReviewedCommand } from './reviewing.js';
export { createEscrow, type Escrow } from './service.js';
export type { Swept } from './sweep.js';
export { tellAgain } from './tell-again.js';
export { TRANSITIONS, type Transition } from './transitions.js';
