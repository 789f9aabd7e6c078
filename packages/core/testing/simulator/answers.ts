import type { Announcement, AnsweredCommand, Operation, Reply } from '@campusg-pay/core';
import type { MemoryCommands } from '../commands.js';
import type { MemoryStore } from '../memory.js';
import type { JournalEntry } from '../memory-tables.js';
import type { Asked } from './acknowledged.js';
import { TYPE_OF } from './messages.js';

/** What was asked for under each correlation id. */
export type Given = ReadonlyMap<string, Asked['do']>;

const NAMES_IT = 'what answers names an id under which that very command was given';
const ONCE = 'a command is answered once, whichever payment answers it';
const CAUSE = 'a call is on record under the id of the command that asked for it';
const TOLD = 'whose call was done is told so';

/** Looks at the events that answer commands. */
export interface AnswerJudge {
  /** At the events that came since it looked last. */
  fresh(): readonly string[];
  /** At the commands whose call was done, once nothing is under way any more. */
  untold(): readonly string[];
}

export function answerJudge(
  store: Pick<MemoryStore, 'outbox' | 'payments' | 'journal'>,
  given: Given,
  messages: Pick<MemoryCommands, 'rows' | 'replies'> = { rows: () => [], replies: [] },
): AnswerJudge {
  const answered = new Map<string, string>();
  let looked = 0;
  let repliesLooked = 0;
  const judge = (asked: string, { correlationId, answers, by }: Told): readonly string[] => {
    if (asked !== answers) {
      return [`${NAMES_IT}: ${by} answers "${answers}" to ${correlationId}, who asked ${asked}`];
    }
    const before = answered.get(correlationId);
    answered.set(correlationId, by);
    return before === undefined ? [] : [`${ONCE}: ${correlationId} by ${before} and by ${by}`];
  };
  const untoldCall = ({ paymentId, operation, outcome }: JournalEntry): readonly string[] => {
    const { kind, correlationId } = operation;
    const isToldOf = isAnswered(operation) && outcome === 'done' && given.has(correlationId);
    const ends = askedFor(operation) === 'authorize' || answered.has(correlationId);
    // Whoever asked before there was anything to let go of is named by the end, though another's call made it.
    const isShared =
      kind === 'void' &&
      store.outbox.some((one) => one.paymentId === paymentId && one.answers === 'revert');
    return isToldOf && !ends && !isShared && !hasFailed(store, paymentId, operation)
      ? [`${TOLD}: ${correlationId} waits for an event of the ${kind} of ${paymentId}`]
      : [];
  };
  return {
    fresh: () => {
      const told = [
        ...store.outbox.slice(looked).flatMap(toldByEvent),
        ...messages.replies.slice(repliesLooked).map(toldByReply),
      ];
      looked = store.outbox.length;
      repliesLooked = messages.replies.length;
      return told.flatMap((one) => judge(given.get(one.correlationId) ?? 'nothing', one));
    },
    untold: () => [
      ...messages
        .rows()
        .filter(({ correlationId }) => !answered.has(correlationId))
        .map(({ correlationId, type, state }) => {
          return `${TOLD}: ${correlationId} waits for any answer to its ${type}, which is ${state}`;
        }),
      ...store
        .payments()
        .flatMap(({ id }) => store.journal(id))
        .flatMap((entry) => causeWrong(entry, given) ?? untoldCall(entry)),
    ],
  };
}

/** One answer, whatever gives it. */
interface Told {
  readonly correlationId: string;
  readonly answers: AnsweredCommand;
  readonly by: string;
}

function toldByEvent({ id, event, answers, correlationId }: Announcement): readonly Told[] {
  return answers === null ? [] : [{ correlationId, answers, by: `${id} (${event.type})` }];
}

function toldByReply({ correlationId, command, reply }: Reply): Told {
  const [answers = 'authorize'] = COMMANDS.filter((one) => TYPE_OF[one] === command);
  return { correlationId, answers, by: `a reply (${reply.type})` };
}

const COMMANDS = ['authorize', 'release', 'revert'] as const;

/** What somebody must have asked for that owes such a call. A cancel after a decline ends an authorize. */
function askedFor(operation: Operation): Asked['do'] {
  if (operation.kind === 'capture') return 'release';
  if (operation.kind === 'authorize') return 'authorize';
  return operation.kind === 'void' && operation.params.purpose === 'fail' ? 'authorize' : 'revert';
}

/** A bank has said no to it since: whoever was told that it waits for the bank hears of that. */
function hasFailed(
  store: Pick<MemoryStore, 'payments'>,
  paymentId: string,
  { kind, params }: Operation,
): boolean {
  const payment = store.payments().find(({ id }) => id === paymentId);
  if (kind !== 'refund' || payment === undefined || !('refunds' in payment)) return false;
  const refund = payment.refunds.find(({ refundId }) => refundId === params.refundId);
  return refund?.status === 'failed' || refund?.status === 'canceled';
}

/** What goes on to a runner, or comes back, answers nobody. */
function isAnswered({ kind }: Operation): boolean {
  return kind !== 'authorize' && kind !== 'transfer' && kind !== 'reversal';
}

/** Null where all is well. What nobody has asked for, such as what a lapse causes, names nobody. */
function causeWrong({ paymentId, operation }: JournalEntry, given: Given): string[] | null {
  const { kind, correlationId } = operation;
  const asked = given.get(correlationId);
  const isOnward = kind === 'transfer' || kind === 'reversal';
  if (isOnward || asked === undefined || asked === askedFor(operation)) return null;
  return [
    `${CAUSE}: the ${kind} of ${paymentId} under that of ${correlationId}, who asked ${asked}`,
  ];
}
