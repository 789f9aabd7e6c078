import type { Result } from 'neverthrow';
import type { Reply } from '../outbox/outgoing.js';
import type { DatabaseFault } from '../ports.js';
import type { CommandType, ParsedCommand } from './command.js';

/** A command as it came, named by its correlation id and type. */
export interface NamedCommand {
  readonly correlationId: string;
  readonly type: CommandType;
}

/** A command and what it is about, as far as that is known. */
export interface KnownCommand extends NamedCommand {
  readonly orderId: string | null;
  readonly paymentId: string | null;
}

/** Who may work on a command, and until when. */
export interface CommandLease {
  /** Whoever it is; the same one may take it again. */
  readonly holder: string;
  readonly now: Date;
  /** From then on others may take it. */
  readonly until: Date;
}

/** What is known of a command that is noted. */
export type Noted =
  /** Ours to carry out. */
  | 'ours'
  /** It has been answered, or somebody else is at it, who will see that it is. */
  | 'answered'
  | 'held'
  /** The id came with another command before. */
  | 'used_otherwise';

/** A command that waits for its answer, taken over. */
export interface WaitingCommand {
  readonly asked: ParsedCommand;
  readonly waits: boolean;
  /** The payment that it waits for, where there was one. */
  readonly waitsFor: string | null;
  /** How often it was looked at, this time included. */
  readonly looks: number;
}

/** How a command ends, or goes on. */
export type CommandEnding =
  | { readonly state: 'received'; readonly dueAt: Date }
  | { readonly state: 'waiting'; readonly dueAt: Date; readonly waitsFor: string | null }
  | { readonly state: 'answered'; readonly reply: Reply | null };

/** The commands in Postgres, each once under its correlation id and type. */
export interface CommandStore {
  /** Writes a command down unless it is, and tells whether it is ours to carry out. */
  note(
    command: KnownCommand & { readonly fingerprint: string; readonly asked: ParsedCommand },
    hold: CommandLease,
  ): Promise<Result<Noted, DatabaseFault>>;
  /** What is known of a command, without writing it down; null: nothing. */
  recall(
    command: NamedCommand & { readonly fingerprint: string },
  ): Promise<Result<Exclude<Noted, 'ours'> | null, DatabaseFault>>;
  /** Writes down a command that can't be carried out, with its answer. */
  noteRefused(
    command: NamedCommand & { readonly fingerprint: string },
    reply: Reply,
  ): Promise<Result<Exclude<Noted, 'held'>, DatabaseFault>>;
  /** What has told the answer already. */
  published(
    command: KnownCommand,
  ): Promise<Result<{ readonly byEvent: boolean; readonly reverted: boolean }, DatabaseFault>>;
  /** Ends a command, or lets it wait; only its holder may. `lost`: that is somebody else by now. */
  end(
    command: KnownCommand,
    ending: CommandEnding,
    by: Pick<CommandLease, 'holder' | 'now'>,
  ): Promise<Result<'ended' | 'lost', DatabaseFault>>;
  /** Takes commands that nobody works on any more, those due longest first. */
  takeDue(
    hold: CommandLease,
    limit: number,
  ): Promise<Result<readonly WaitingCommand[], DatabaseFault>>;
  /** Forgets some of those answered before; tells how many. */
  forget(before: Date): Promise<Result<number, DatabaseFault>>;
}
