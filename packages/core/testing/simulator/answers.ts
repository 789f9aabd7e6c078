import type { Announcement } from '@campusg-pay/core';
import type { JournalEntry, MemoryStore } from '../memory.js';
import type { Asked } from './acknowledged.js';

/** What was asked for under each correlation id. */
export type Given = ReadonlyMap<string, Asked['do']>;

const NAMES_IT = 'what answers names an id under which that very command was given';
const ONCE = 'a command is answered once, whichever payment answers it';
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
): AnswerJudge {
  const answered = new Map<string, string>();
  let looked = 0;
  const judge = ({ id, event, answers, correlationId }: Announcement): readonly string[] => {
    if (answers === null) return [];
    const asked = given.get(correlationId) ?? 'nothing';
    const what = `${id} (${event.type})`;
    if (asked !== answers) {
      return [`${NAMES_IT}: ${what} answers "${answers}" to ${correlationId}, who asked ${asked}`];
    }
    const before = answered.get(correlationId);
    answered.set(correlationId, what);
    return before === undefined ? [] : [`${ONCE}: ${correlationId} by ${before} and by ${what}`];
  };
  return {
    fresh: () => {
      const events = store.outbox.slice(looked);
      looked = store.outbox.length;
      return events.flatMap(judge);
    },
    untold: () =>
      store
        .payments()
        .flatMap(({ id }) => store.journal(id))
        .filter((entry) => isAnswered(entry, given) && !answered.has(entry.operation.correlationId))
        .map(({ paymentId, operation }) => {
          const { kind, correlationId } = operation;
          return `${TOLD}: ${correlationId} waits for an event of the ${kind} of ${paymentId}`;
        }),
  };
}

/** Whether somebody has asked for just what was done. */
function isAnswered({ operation, outcome }: JournalEntry, given: Given): boolean {
  if (outcome !== 'done' || operation.kind === 'authorize') return false;
  const asked = given.get(operation.correlationId);
  if (operation.kind === 'capture') return asked === 'release';
  const isRevert = operation.kind === 'refund' || operation.params.purpose === 'revert';
  return asked === 'revert' && isRevert;
}
