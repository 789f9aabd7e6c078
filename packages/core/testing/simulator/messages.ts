import {
  type CommandStore,
  type Commands,
  type CommandType,
  createCommands,
  createEscrow,
  type DatabaseFault,
  type EscrowPorts,
  type ParsedCommand,
  type ReplyWording,
} from '@campusg-pay/core';
import { err, type Result } from 'neverthrow';
import type { MemoryCommands } from '../commands.js';
import type { Asked } from './acknowledged.js';
import type { Life, Line } from './line.js';
import type { Fate } from './plan.js';

/** Longer than most exchanges take, and shorter than the longest: some holders are lost in time. */
const COMMAND_LEASE_MS = 180_000;

/** How long a consumer waits before it delivers a command again that ended in a fault. */
const REDELIVERY_MS = 1_000;

export const TYPE_OF = {
  authorize: 'authorize_payment',
  release: 'release_payment',
  revert: 'revert_payment',
} as const satisfies Record<Asked['do'], CommandType>;

/** Commands as messages, taken in by one replica. */
export interface Consumer {
  /** Delivers a command until it is taken in. */
  deliver(command: ParsedCommand): Promise<void>;
  /** Looks again at commands that wait. */
  lookAgain(): Promise<void>;
}

/** What a replica takes in over messages; each exchange with the database may go wrong. */
export function consumerOf(
  life: Life,
  { line, ports, kept }: { line: Line; ports: EscrowPorts; kept: MemoryCommands },
): Consumer {
  const commands: Commands = createCommands({
    escrow: createEscrow(ports),
    store: storeOf(life, line, kept),
    clock: ports.clock,
    newId: ports.newId,
    scheduler: { random: () => 0.5 },
    digest: (text) => text,
    wording: WORDING,
    leaseMs: COMMAND_LEASE_MS,
    onReply: () => {},
    onAccepted: () => {},
  });
  return {
    deliver: async (command) => {
      while ((await commands.take(command, life.name)).isErr())
        await line.sleep(life, REDELIVERY_MS);
    },
    lookAgain: async () => {
      const looked = await commands.lookAgain(10);
      const bug = looked.isOk() ? looked.value.troubles.find(isBug) : undefined;
      if (bug !== undefined) throw bug.trouble;
    },
  };
}

function isBug({ trouble }: { readonly trouble: unknown }): boolean {
  return trouble instanceof Error;
}

/** Which words a refusal is told in is of no matter here. */
const WORDING: ReplyWording = {
  refusal: ({ type }) => {
    return { error: type, message: type, stripeCode: null, declineCode: null, issues: null };
  },
  invalid: () => ({ error: 'invalid', message: 'invalid' }),
};

function storeOf(life: Life, line: Line, kept: MemoryCommands): CommandStore {
  const trip = <Value>(
    method: string,
    subject: string,
    work: () => Promise<Result<Value, DatabaseFault>>,
  ) => {
    const what = `${method} ${subject}`;
    return line.ask(life, { place: 'database', method, what, work, fault: databaseFault });
  };
  return {
    note: (command, lease) =>
      trip('note', `command ${command.correlationId}`, () => kept.note(command, lease)),
    recall: (command) => trip('recall', command.correlationId, () => kept.recall(command)),
    noteRefused: (command, reply) =>
      trip('noteRefused', command.correlationId, () => kept.noteRefused(command, reply)),
    published: (command) => trip('published', command.correlationId, () => kept.published(command)),
    end: (command, ending, by) =>
      trip('end', `${command.correlationId} as ${ending.state}`, () =>
        kept.end(command, ending, by),
      ),
    takeDue: (lease, limit) => trip('takeDue', `${limit}`, () => kept.takeDue(lease, limit)),
    forget: (before) => trip('forget', 'some', () => kept.forget(before)),
  };
}

export function databaseFault(fate: Fate): Result<never, DatabaseFault> {
  const outcome = fate === 'refused' ? 'not-executed' : 'unknown';
  return err({ type: 'DatabaseUnavailable', reason: fate, outcome });
}
