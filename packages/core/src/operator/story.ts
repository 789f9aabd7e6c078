import { ok, type Result, safeTry } from 'neverthrow';
import type { ArchivedHistory } from '../archive/archive-store.js';
import type { Payment } from '../payment/payment.js';
import { type Moves, movesOf } from '../payment/preview.js';
import type { Clock, DatabaseFault, HistoryEntry, PaymentRepository } from '../ports.js';
import type { RunStore } from '../reconcile/run-store.js';
import type { ActJournal, RecordedAct } from './act-journal.js';
import type { Approval, Approvals } from './approvals.js';
import type { CommandRecords, RecordedCommand } from './command-records.js';
import { type FoundOfPayment, foundOfPayment } from './found-of-payment.js';
import type {
  JournaledOperation,
  ReceivedEvent,
  Story,
  UnpublishedEvent,
} from './story-records.js';

/** One thing that happened to a payment, or about it. */
export type StoryEntry = { readonly at: Date } & (
  | { readonly what: 'asked' }
  | { readonly what: 'command_received'; readonly command: RecordedCommand }
  | { readonly what: 'command_answered'; readonly command: RecordedCommand }
  | { readonly what: 'approval_asked'; readonly approval: Approval }
  | { readonly what: 'approval_decided'; readonly approval: Approval }
  | { readonly what: 'act_begun'; readonly act: RecordedAct }
  | { readonly what: 'call_opened'; readonly call: JournaledOperation }
  | { readonly what: 'webhook'; readonly webhook: ReceivedEvent }
  | { readonly what: 'call_closed'; readonly call: JournaledOperation }
  | { readonly what: 'event'; readonly entry: HistoryEntry }
  | { readonly what: 'act_ended'; readonly act: RecordedAct }
  | { readonly what: 'archived'; readonly archived: ArchivedHistory }
  | { readonly what: 'found'; readonly finding: FoundOfPayment }
);

/** Everything the database tells about a payment. */
export interface Timeline {
  /** In order of time; what happened at one time in the order in which it is done. */
  readonly entries: readonly StoryEntry[];
  /** The call that is owed to Stripe, as the journal has it. */
  readonly owed: JournaledOperation | null;
  readonly unpublished: readonly UnpublishedEvent[];
  /** Commands over Kafka whose answer is still to come. */
  readonly unanswered: readonly RecordedCommand[];
  /** Requests that nobody has decided on. */
  readonly waiting: readonly Approval[];
  /** What the latest runs of reconciling found, the oldest first. */
  readonly findings: readonly FoundOfPayment[];
  /** What may be done next. */
  readonly moves: Moves;
}

const ORDER: readonly StoryEntry['what'][] = [
  'command_received',
  'asked',
  'approval_asked',
  'approval_decided',
  'act_begun',
  'call_opened',
  'webhook',
  'call_closed',
  'event',
  'command_answered',
  'act_ended',
  'archived',
  'found',
];

/** What a payment's story is read from: the database alone. */
export interface StoryPorts {
  readonly repository: Pick<PaymentRepository, 'history'>;
  readonly approvals: Pick<Approvals, 'ofPayment'>;
  readonly kafkaCommands: CommandRecords;
  readonly acts: Pick<ActJournal, 'ofPayment'>;
  readonly runs: Pick<RunStore, 'ofPayment' | 'latest'>;
  readonly clock: Clock;
  story(paymentId: string): Promise<Result<Story, DatabaseFault>>;
}

/** Tells the story of a payment, from the database alone. */
export async function readTimeline(
  ports: StoryPorts,
  payment: Payment,
): Promise<Result<Timeline, DatabaseFault>> {
  return safeTry(async function* () {
    const history = yield* await ports.repository.history(payment.id);
    const { archived, operations, received, unpublished } = yield* await ports.story(payment.id);
    const approvals = yield* await ports.approvals.ofPayment(payment.id);
    const commands = yield* await ports.kafkaCommands.ofPayment(payment);
    const acts = yield* await ports.acts.ofPayment(payment.id);
    const found = yield* await ports.runs.ofPayment(payment.id);
    const runs = yield* await ports.runs.latest(RUNS);
    const findings = foundOfPayment(payment, found, runs);
    const entries: StoryEntry[] = [
      { at: payment.createdAt, what: 'asked' },
      ...history.map((entry) => ({ at: entry.at, what: 'event' as const, entry })),
      ...operations.flatMap(callEntries),
      ...received.map((webhook) => ({ at: webhook.receivedAt, what: 'webhook' as const, webhook })),
      ...commands.flatMap(commandEntries),
      ...approvals.flatMap(approvalEntries),
      ...acts.flatMap(actEntries),
      ...(archived === null ? [] : [{ at: archived.at, what: 'archived' as const, archived }]),
      ...findings.map((finding) => ({
        at: new Date(finding.firstAt),
        what: 'found' as const,
        finding,
      })),
    ];
    return ok({
      entries: entries.toSorted(inOrder),
      owed: operations.find(({ closedAt }) => closedAt === null) ?? null,
      unpublished,
      unanswered: commands.filter(({ state }) => state !== 'answered'),
      waiting: approvals.filter(({ state }) => state === 'waiting'),
      findings,
      moves: movesOf(payment, ports.clock.now()),
    });
  });
}

/** So many runs back a payment's findings are looked for: a month of nights. */
const RUNS = 30;

function inOrder(one: StoryEntry, other: StoryEntry): number {
  const apart = one.at.getTime() - other.at.getTime();
  return apart === 0 ? ORDER.indexOf(one.what) - ORDER.indexOf(other.what) : apart;
}

function callEntries(call: JournaledOperation): StoryEntry[] {
  const opened: StoryEntry = { at: call.openedAt, what: 'call_opened', call };
  if (call.closedAt === null) return [opened];
  return [opened, { at: call.closedAt, what: 'call_closed', call }];
}

function actEntries(act: RecordedAct): StoryEntry[] {
  const begun: StoryEntry = { at: act.begunAt, what: 'act_begun', act };
  return act.endedAt === null ? [begun] : [begun, { at: act.endedAt, what: 'act_ended', act }];
}

function commandEntries(command: RecordedCommand): StoryEntry[] {
  const { receivedAt, answeredAt } = command;
  const received: StoryEntry = { at: receivedAt, what: 'command_received', command };
  if (answeredAt === null) return [received];
  return [received, { at: answeredAt, what: 'command_answered', command }];
}

function approvalEntries(approval: Approval): StoryEntry[] {
  const { requestedAt, decidedAt } = approval;
  const asked: StoryEntry = { at: requestedAt, what: 'approval_asked', approval };
  if (decidedAt === null) return [asked];
  return [asked, { at: decidedAt, what: 'approval_decided', approval }];
}
