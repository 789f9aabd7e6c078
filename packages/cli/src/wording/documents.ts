import { z } from 'zod';
import { AMOUNT, MONEY_WAY, REFUND_PART, TIME, TRANSFER_PART } from './document-parts.js';

// What `--json` prints, as schemas: docs/cli.schema.json is written from them, and the commands'
// types are theirs.

const STATUS = z.enum(['INITIATING', 'AUTHORIZED', 'RELEASED', 'REVERTED', 'FAILED']);
const CALL = z.enum(['authorize', 'capture', 'void', 'refund', 'transfer', 'reversal']);
const COUNT = z.int().nonnegative();

/** A payment, as `payments list --json` prints one a line. */
export const PAYMENT = z.object({
  paymentId: z.string(),
  orderId: z.string(),
  attempt: z.int().positive(),
  status: STATUS,
  amount: AMOUNT,
  /** What was taken, and what of it is given back; what a bank has still to agree to is not. */
  captured: AMOUNT,
  refunded: AMOUNT,
  tip: AMOUNT,
  fee: AMOUNT,
  /** The runner's share on its way; null where none was asked for. */
  transfer: TRANSFER_PART.nullable(),
  /** What was asked to be given back after the release, the oldest first. */
  refunds: z.array(REFUND_PART),
  pendingRefund: z.object({ refundId: z.string(), amount: AMOUNT }).nullable(),
  /** The latest of the customer's bank, in Stripe's words. */
  dispute: z
    .object({ disputeId: z.string(), status: z.string(), reason: z.string(), amount: AMOUNT })
    .nullable(),
  customerId: z.string(),
  runnerId: z.string().nullable(),
  paymentIntentId: z.string().nullable(),
  description: z.string().nullable(),
  captureBefore: TIME.nullable(),
  revertMethod: z.enum(['voided', 'refunded', 'canceled', 'expired']).nullable(),
  failure: z
    .object({ code: z.string(), declineCode: z.string().nullable(), message: z.string() })
    .nullable(),
  review: z.string().nullable(),
  openCall: z
    .object({ kind: CALL, attempts: z.int().positive(), openedAt: TIME, leaseUntil: TIME })
    .nullable(),
  version: COUNT,
  createdAt: TIME,
  updatedAt: TIME,
  /** Names its place: `--after` goes on behind it. */
  cursor: z.string(),
});

/** `payments show --json`. */
export const SHOWN = z.object({ payment: PAYMENT, others: z.array(PAYMENT) });

const ANSWER = z.object({
  allowed: z.boolean(),
  /** In words: what would be done, or why not. */
  says: z.string(),
  call: CALL.nullable(),
});

/** `explain --json`. */
export const EXPLAINED = z.object({
  payment: PAYMENT,
  timeline: z.array(
    z.object({ at: TIME, what: z.string(), says: z.string(), by: z.string().nullable() }),
  ),
  /** Where the money is that was taken. */
  money: MONEY_WAY,
  open: z.array(z.string()),
  next: z.object({ release: ANSWER, revert: ANSWER, mayHappen: z.array(z.string()) }),
});

const SUM = AMOUNT.extend({ payments: COUNT });

/** `status --json`. */
export const STANDING = z.object({
  at: TIME,
  now: z.array(SUM.extend({ status: STATUS })),
  days: z.array(SUM.extend({ day: z.iso.date(), move: z.enum(['held', 'released', 'reverted']) })),
  /** Where all is that was ever taken, for each currency. */
  money: z.array(MONEY_WAY),
  holds: z.array(SUM.extend({ ends: z.string() })),
  openCalls: z.array(z.object({ kind: CALL, calls: COUNT, overdue: COUNT, oldest: TIME })),
  underReview: COUNT,
  outbox: z.object({ rows: COUNT, oldest: TIME.nullable() }),
  /** Commands over Kafka: those not answered yet, and messages that could not be. */
  unanswered: COUNT,
  parked: COUNT,
  /** Requests that wait for a second person. */
  approvals: COUNT,
});

/** `payments release|revert --json`, and `approvals approve --json`. */
export const ACTED = z.object({
  /** `before`: it was done already, and nothing was written down. */
  outcome: z.enum(['done', 'processing', 'before']),
  payment: PAYMENT,
});

/**
 * The last line that any command prints with `--json` where it ends with 1, 2, 3 or 130 and has no
 * document of its own that tells so.
 */
export const ENDED = z.object({
  outcome: z.enum(['usage', 'refused', 'fault', 'interrupted']),
  error: z.object({ code: z.string(), message: z.string() }),
});

/** `payments release|revert --json` that wants a second person: exit code 5. */
export const REQUESTED = z.object({ outcome: z.literal('requested'), approvalId: COUNT });

/** `approvals reject --json`. */
export const REJECTED = z.object({ outcome: z.literal('rejected'), approvalId: COUNT });

/** What any command that acts prints with `--json --dry-run`: what would be done, and to what. */
export const DRY_RUN = z.looseObject({ dryRun: z.literal(true), act: z.string() });

/** `config --json`. */
export const CONFIGURATION = z.object({
  variables: z.array(
    z.looseObject({ variable: z.string(), value: z.string().nullable(), source: z.string() }),
  ),
});

/** A request for a second person, as `approvals list --json` prints one a line. */
export const APPROVAL = z.object({
  approvalId: COUNT,
  act: z.enum([
    'payments.release',
    'payments.revert',
    'transfers.send',
    'transfers.resume',
    'runners.set.account',
  ]),
  /** Null, as the order and the status are, where it is about a runner. */
  paymentId: z.string().nullable(),
  orderId: z.string().nullable(),
  runnerId: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  amount: AMOUNT,
  /** Of the payment when it was asked for. */
  status: STATUS.nullable(),
  requestedBy: z.string(),
  reason: z.string(),
  requestedAt: TIME,
  state: z.enum(['waiting', 'approved', 'done', 'rejected']),
  decidedBy: z.string().nullable(),
  decidedAt: TIME.nullable(),
  decision: z.string().nullable(),
});

/** A call owed to Stripe, as `operations list --json` prints one a line. */
export const OWED_CALL = z.object({
  key: z.string(),
  kind: CALL,
  paymentId: z.string(),
  orderId: z.string(),
  status: STATUS,
  currency: z.string().length(3),
  major: z.string(),
  attempts: z.int().positive(),
  openedAt: TIME,
  leaseUntil: TIME,
});

/** An event that is not published, as `outbox list --json` prints one a line. */
export const WAITING_EVENT = z.object({
  position: COUNT,
  paymentId: z.string().nullable(),
  orderId: z.string(),
  version: COUNT.nullable(),
  type: z.string().nullable(),
  replay: z.boolean(),
  since: TIME,
});

const HOW = z.enum(['done', 'fault', 'interrupted']);

/** `operations resume --json`. */
export const RESUMED = z.object({ outcome: HOW, taken: COUNT, bugs: COUNT });

/** `events replay --json`. */
export const REPLAYED = z.object({ outcome: HOW, events: COUNT, queued: COUNT });

/** `webhooks sync --json`. */
export const SYNCED = z.object({ outcome: HOW, events: COUNT, changed: COUNT, bugs: COUNT });

/** `archive --json`: how many payments were looked at, what keeps their histories, and what left. */
export const ARCHIVED = z.object({
  outcome: HOW,
  looked: COUNT,
  proven: COUNT,
  kept: z.object({ open: COUNT, unproven: COUNT, found: COUNT, archived: COUNT }),
  left: z.object({ payments: COUNT, events: COUNT, operations: COUNT, webhooks: COUNT }),
});

/** A message that could not be answered, as `commands parked list --json` prints one a line. */
export const PARKED_COMMAND = z.object({
  id: COUNT,
  topic: z.string(),
  partition: COUNT,
  offset: COUNT,
  /** Text; bytes that are no UTF-8 are replaced. */
  key: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  /** Its first part, where it is large. */
  value: z.string().nullable(),
  valueBytes: COUNT,
  reason: z.string(),
  parkedAt: TIME,
});

/** `commands parked retry|drop --json`. */
export const PARKED_DONE = z.object({ outcome: z.enum(['sent', 'dropped']), id: COUNT });

/** `outbox retry --json`. */
export const DRAINED = z.object({ outcome: HOW, before: COUNT, left: COUNT });

/** A line of `doctor --json`. */
export const CHECK = z.object({
  name: z.string(),
  state: z.enum(['ok', 'warn', 'fail']),
  found: z.string(),
  fix: z.string().nullable(),
});

export type ParkedCommandDocument = z.infer<typeof PARKED_COMMAND>;
export type ParkedDoneDocument = z.infer<typeof PARKED_DONE>;
export type DrainedDocument = z.infer<typeof DRAINED>;
export type OwedCallDocument = z.infer<typeof OWED_CALL>;
export type WaitingEventDocument = z.infer<typeof WAITING_EVENT>;
export type ResumedDocument = z.infer<typeof RESUMED>;
export type ReplayedDocument = z.infer<typeof REPLAYED>;
export type ArchivedDocument = z.infer<typeof ARCHIVED>;
export type SyncedDocument = z.infer<typeof SYNCED>;
export type EndedDocument = z.infer<typeof ENDED>;
export type RequestedDocument = z.infer<typeof REQUESTED>;
export type RejectedDocument = z.infer<typeof REJECTED>;
export type ActedDocument = z.infer<typeof ACTED>;
export type ApprovalDocument = z.infer<typeof APPROVAL>;
export type PaymentDocument = z.infer<typeof PAYMENT>;
export type ShownDocument = z.infer<typeof SHOWN>;
export type ExplainedDocument = z.infer<typeof EXPLAINED>;
export type StandingDocument = z.infer<typeof STANDING>;
