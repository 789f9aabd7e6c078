import type { ParsedCommand } from './command.js';
import type { CommandStore, KnownCommand } from './command-store.js';
import { aboutOf } from './conclusion.js';

/** A command and what it is about. */
export function knownOf(asked: ParsedCommand): KnownCommand {
  const { correlationId } = asked.command;
  return { correlationId, type: asked.type, ...aboutOf(asked) };
}

/** A command as it is written down, and known again by. */
export function noteOf(
  digest: (text: string) => string,
  asked: ParsedCommand,
): Parameters<CommandStore['note']>[0] {
  return { ...knownOf(asked), asked, fingerprint: digest(JSON.stringify(asAskedFor(asked))) };
}

/** The same before and after the installation got its id, so that a redelivery is known again. */
function asAskedFor(asked: ParsedCommand): ParsedCommand {
  if (asked.type !== 'authorize_payment') return asked;
  const { formerPaymentId: paymentId, ...command } = asked.command;
  return paymentId === undefined ? asked : { ...asked, command: { ...command, paymentId } };
}
