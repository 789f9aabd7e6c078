import { err, ok, type Result } from 'neverthrow';
import type { Escrow } from '../escrow.js';
import type { Reply, ReplyContent } from '../outbox/outgoing.js';
import type { Payment } from '../payment/payment.js';
import type { Refusal } from '../payment/refusal.js';
import type { Clock, DatabaseFault, Fault, NewId } from '../ports.js';
import { type Backoff, backoffMs } from '../time/backoff.js';
import { MINUTE_MS, SECOND_MS } from '../time/durations.js';
import type { Scheduler } from '../time/scheduler.js';
import { acceptCommand, type CommandFate } from './acceptance.js';
import type { CommandType, Issue, ParsedCommand } from './command.js';
import { knownOf, noteOf } from './command-note.js';
import type { CommandStore, NamedCommand, WaitingCommand } from './command-store.js';
import {
  type Conclusion,
  conclude,
  type Findings,
  outcomeOf,
  type ReplyWording,
} from './conclusion.js';
import { awaitedBy, callUseCase, paymentOf } from './use-case-calls.js';

/** The commands that are answered by events, each once, however often it is delivered. */
export interface Commands {
  /**
   * Carries a command out. On a fault the same `holder` is to deliver it again; should it be lost,
   * others see to it once its time is over.
   */
  take(command: ParsedCommand, holder: string): Promise<Result<CommandFate, Fault>>;
  /**
   * Writes a command down, to be carried out in the background. What can't be done as the payment
   * stands is refused at once and not written down, unless the same command was accepted before.
   */
  accept(command: ParsedCommand): Promise<Result<CommandFate, Refusal | DatabaseFault>>;
  /** Answers a command whose payload, by which it is known again, is invalid. */
  refuse(
    command: NamedCommand,
    why: { readonly issues: readonly Issue[]; readonly payload: unknown },
  ): Promise<Result<CommandFate, DatabaseFault>>;
  /** Looks again at commands that wait, at most `limit`; tells what went wrong with some. */
  lookAgain(limit: number): Promise<Result<Looked, DatabaseFault>>;
}

export interface Looked {
  readonly taken: number;
  readonly troubles: readonly { readonly command: NamedCommand; readonly trouble: unknown }[];
}

interface Parts {
  readonly escrow: Escrow;
  readonly store: CommandStore;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly scheduler: Pick<Scheduler, 'random'>;
  /** A digest without collisions, such as SHA-256; the same in every replica. */
  readonly digest: (text: string) => string;
  /** How a refusal is told. */
  readonly wording: ReplyWording;
  /** In milliseconds, longer than any command takes: whoever is lost is replaced only after it. */
  readonly leaseMs: number;
  /** Told after each reply. */
  readonly onReply: () => void;
  /** Told when a command was accepted. */
  readonly onAccepted: () => void;
}

/** Wires the commands to the use cases. */
export function createCommands(parts: Parts): Commands {
  const { store, clock, newId, leaseMs } = parts;
  const hold = (holder: string) => {
    const now = clock.now();
    return { holder, now, until: new Date(now.getTime() + leaseMs) };
  };
  return {
    take: async (asked, holder) => {
      const noted = await store.note(noteOf(parts.digest, asked), hold(holder));
      if (noted.isErr()) return err(noted.error);
      if (noted.value !== 'ours') return ok(noted.value === 'held' ? 'waiting' : noted.value);
      return handle(parts, { asked, waits: false, waitsFor: null, looks: 0 }, holder);
    },
    accept: (asked) => acceptCommand(parts, asked),
    refuse: async (command, { issues, payload }) => {
      const { error, message } = parts.wording.invalid(issues);
      const nothing = { stripeCode: null, declineCode: null, payment: null };
      const about = { orderId: null, paymentId: null };
      const reply: ReplyContent = { type: 'refused', error, message, issues, ...nothing, ...about };
      const fingerprint = parts.digest(JSON.stringify(payload) ?? 'none');
      const noted = await store.noteRefused(
        { ...command, fingerprint },
        replyTo(command, reply, clock.now()),
      );
      if (noted.isOk() && noted.value === 'ours') parts.onReply();
      return noted.map((known) => (known === 'ours' ? 'answered' : known));
    },
    lookAgain: async (limit) => {
      const holder = newId();
      const due = await store.takeDue(hold(holder), limit);
      if (due.isErr()) return err(due.error);
      const looked = await Promise.all(due.value.map((one) => lookAt(parts, one, holder)));
      const troubles = looked.filter((one) => one !== null);
      return ok({ taken: due.value.length, troubles });
    },
  };
}

/** Carries a command out and ends it; on a fault it stays with its holder. */
async function handle(
  parts: Parts,
  waiting: WaitingCommand,
  holder: string,
): Promise<Result<CommandFate, Fault>> {
  const { store, clock } = parts;
  const { asked, looks } = waiting;
  const known = knownOf(asked);
  const end = async (
    conclusion: Exclude<Conclusion, { type: 'fault' }>,
  ): Promise<Result<CommandFate, Fault>> => {
    const now = clock.now();
    const reply = conclusion.type === 'reply' ? replyTo(known, conclusion.reply, now) : null;
    const ended = await store.end(
      known,
      conclusion.type === 'wait'
        ? {
            state: 'waiting',
            dueAt: dueAfter(parts, now, looks),
            waitsFor: conclusion.payment?.id ?? null,
          }
        : { state: 'answered', reply },
      { holder, now },
    );
    if (ended.isErr()) return err(ended.error);
    if (reply !== null) parts.onReply();
    // Whoever took it over meanwhile sees to its end.
    return ok(conclusion.type === 'wait' || ended.value === 'lost' ? 'waiting' : 'answered');
  };
  const before = await store.published(known);
  if (before.isErr()) return err(before.error);
  if (before.value.byEvent) return end({ type: 'by_event' });
  const awaited = await awaitedBy(parts.escrow, waiting);
  if (awaited.isErr()) return err(awaited.error);
  const payment = awaited.value;
  if (payment !== null && isUnderWay(payment)) return end({ type: 'wait', payment });
  const done = payment === null ? null : outcomeOf(asked, payment);
  const findings = await findingsOf(parts, asked, done);
  if (findings.isErr()) return err(findings.error);
  const conclusion = conclude(findings.value, parts.wording);
  return conclusion.type === 'fault' ? err(conclusion.fault) : end(conclusion);
}

/** Asks the use case unless it is known what it came to, and looks what has become of the payment. */
async function findingsOf(
  { escrow, store }: Parts,
  asked: ParsedCommand,
  known: Findings['done'] | null,
): Promise<Result<Findings, Fault>> {
  const done = known ?? (await callUseCase(escrow, asked));
  const published = await store.published(knownOf(asked));
  if (published.isErr()) return err(published.error);
  const payment = done.isOk() ? ok(done.value.payment) : await paymentOf(escrow, asked);
  if (payment.isErr()) return err(payment.error);
  const { byEvent: answeredByEvent, reverted: revertPublished } = published.value;
  return ok({ asked, done, answeredByEvent, revertPublished, payment: payment.value });
}

/** Somebody is at it, or the customer is: there is no use in asking again. */
function isUnderWay({ status, operation }: Payment): boolean {
  return operation !== null || status === 'INITIATING';
}

/** Null when all went well. Trouble with one command must not hold up the others. */
async function lookAt(
  parts: Parts,
  waiting: WaitingCommand,
  holder: string,
): Promise<Looked['troubles'][number] | null> {
  const { clock, store } = parts;
  const command = knownOf(waiting.asked);
  const trouble = await handle(parts, waiting, holder).then(
    (taken) => (taken.isErr() ? taken.error : null),
    (bug: unknown) => bug ?? 'thrown without a reason',
  );
  if (trouble === null) return null;
  const now = clock.now();
  const dueAt = dueAfter(parts, now, waiting.looks);
  const { waitsFor } = waiting;
  // Result ignored: should this fail too, its time runs out by itself, only later.
  await store.end(
    command,
    waiting.waits ? { state: 'waiting', dueAt, waitsFor } : { state: 'received', dueAt },
    { holder, now },
  );
  return { command, trouble };
}

const LOOKS: Backoff = { firstMs: SECOND_MS, longestMs: MINUTE_MS };

function dueAfter({ scheduler }: Parts, now: Date, looks: number): Date {
  return new Date(now.getTime() + backoffMs(LOOKS, looks, scheduler.random()));
}

function replyTo(
  { correlationId, type }: { readonly correlationId: string; readonly type: CommandType },
  reply: ReplyContent,
  at: Date,
): Reply {
  return {
    id: `${correlationId}:${type}`,
    reply,
    command: type,
    correlationId,
    at: at.toISOString(),
  };
}
