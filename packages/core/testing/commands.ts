import type {
  AnsweredCommand,
  CommandEnding,
  CommandLease,
  CommandStore,
  CommandType,
  NamedCommand,
  Noted,
  ParsedCommand,
  Reply,
  WaitingCommand,
} from '@campusg-pay/core';
import { ok } from 'neverthrow';
import type { MemoryStore } from './memory.js';

/** What an event must say that it answers, to be the answer to a command. */
const ANSWER_OF = {
  authorize_payment: 'authorize',
  release_payment: 'release',
  revert_payment: 'revert',
} as const satisfies Record<CommandType, AnsweredCommand>;

/** One command as it is kept. */
export interface CommandRow extends NamedCommand {
  readonly fingerprint: string;
  /** Null for one that could not be carried out. */
  readonly asked: ParsedCommand | null;
  readonly state: CommandEnding['state'];
  readonly holder: string | null;
  readonly dueAt: Date;
  readonly looks: number;
  readonly waitsFor: string | null;
}

/** The commands in memory, beside the records of a store. */
export interface MemoryCommands extends CommandStore {
  rows(): readonly CommandRow[];
  /** What was told where no event answers, in order. */
  readonly replies: readonly Reply[];
}

type Rows = Map<string, CommandRow>;

/** Keeps commands in memory under the rules of the port's docstrings. */
export function memoryCommands({ outbox }: Pick<MemoryStore, 'outbox'>): MemoryCommands {
  const rows: Rows = new Map();
  const replies: Reply[] = [];
  const isAnswered = ({ correlationId }: NamedCommand, answers: AnsweredCommand) =>
    outbox.some((one) => one.correlationId === correlationId && one.answers === answers);
  return {
    replies,
    rows: () => [...rows.values()],
    note: async (command, lease) => ok(note(rows, command, lease)),
    recall: async ({ fingerprint, ...named }) => {
      const known = rows.get(nameOf(named));
      if (known === undefined) return ok(null);
      if (known.fingerprint !== fingerprint) return ok('used_otherwise');
      return ok(known.state === 'answered' ? 'answered' : 'held');
    },
    noteRefused: async ({ correlationId, type, fingerprint }, reply) => {
      const known = rows.get(nameOf({ correlationId, type }));
      if (known !== undefined) {
        return ok(known.fingerprint === fingerprint ? 'answered' : 'used_otherwise');
      }
      const nobody = { holder: null, dueAt: new Date(0), looks: 0, waitsFor: null };
      put(rows, { correlationId, type, fingerprint, asked: null, state: 'answered', ...nobody });
      replies.push(reply);
      return ok('ours');
    },
    published: async (command) => {
      const isReverted = ({ command: type, correlationId, reply }: Reply) =>
        correlationId === command.correlationId &&
        type === 'revert_payment' &&
        type !== command.type &&
        reply.type === 'reverted';
      const reverted = isAnswered(command, 'revert') || replies.some(isReverted);
      return ok({ byEvent: isAnswered(command, ANSWER_OF[command.type]), reverted });
    },
    end: async (command, ending, { holder }) => {
      const known = rows.get(nameOf(command));
      if (known?.holder !== holder || known.state === 'answered') return ok('lost');
      const waitsFor = ending.state === 'waiting' ? ending.waitsFor : known.waitsFor;
      const dueAt = ending.state === 'answered' ? known.dueAt : ending.dueAt;
      put(rows, { ...known, state: ending.state, holder: null, waitsFor, dueAt });
      // An event that came in this very moment has answered, and nothing is added to it.
      const reply = ending.state === 'answered' ? ending.reply : null;
      if (reply !== null && !isAnswered(command, ANSWER_OF[command.type])) replies.push(reply);
      return ok('ended');
    },
    takeDue: async (lease, limit) => ok(takeDue(rows, lease, limit)),
    forget: async () => ok(0),
  };
}

function nameOf({ correlationId, type }: NamedCommand): string {
  return `${correlationId} ${type}`;
}

function put(rows: Rows, row: CommandRow): void {
  rows.set(nameOf(row), row);
}

function note(
  rows: Rows,
  { correlationId, type, fingerprint, asked }: Parameters<CommandStore['note']>[0],
  { holder, now, until }: CommandLease,
): Noted {
  const known = rows.get(nameOf({ correlationId, type }));
  if (known === undefined) {
    const fresh = { correlationId, type, fingerprint, asked, looks: 0, waitsFor: null };
    put(rows, { ...fresh, state: 'received', holder, dueAt: until });
    return 'ours';
  }
  if (known.fingerprint !== fingerprint) return 'used_otherwise';
  if (known.state === 'answered') return 'answered';
  if (known.dueAt > now && known.holder !== holder) return 'held';
  put(rows, { ...known, holder, dueAt: until });
  return 'ours';
}

function takeDue(
  rows: Rows,
  { holder, now, until }: CommandLease,
  limit: number,
): readonly WaitingCommand[] {
  return [...rows.values()]
    .filter(({ state, dueAt }) => state !== 'answered' && dueAt <= now)
    .sort((one, other) => one.dueAt.getTime() - other.dueAt.getTime())
    .slice(0, limit)
    .map((row) => {
      const { asked, waitsFor, state } = row;
      if (asked === null) throw new Error('bug: what is refused at once never waits');
      const looks = row.looks + 1;
      put(rows, { ...row, holder, dueAt: until, looks });
      return { asked, waits: state === 'waiting', waitsFor, looks };
    });
}
