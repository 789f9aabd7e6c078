import { err, ok, type Result } from 'neverthrow';
import type { Escrow } from '../escrow.js';
import type { Refusal } from '../payment/refusal.js';
import type { Clock, DatabaseFault, NewId } from '../ports.js';
import type { ParsedCommand } from './command.js';
import { noteOf } from './command-note.js';
import type { CommandStore, Noted } from './command-store.js';
import { previewedRefusal } from './use-case-calls.js';

/** What became of a command that was taken in. */
export type CommandFate =
  /** It is answered: now, or before. */
  | 'answered'
  /** It is written down, and somebody sees to it that it is answered. */
  | 'waiting'
  /** The id came with another command before: it can't be answered twice. */
  | 'used_otherwise';

/**
 * Writes a command down, to be carried out in the background. What can't be done as the payment
 * stands is refused and not written down.
 */
export async function acceptCommand(
  parts: {
    readonly escrow: Escrow;
    readonly store: Pick<CommandStore, 'note' | 'recall'>;
    readonly clock: Clock;
    readonly newId: NewId;
    readonly digest: (text: string) => string;
    readonly onAccepted: () => void;
  },
  asked: ParsedCommand,
): Promise<Result<CommandFate, Refusal | DatabaseFault>> {
  const { escrow, store, clock, newId, digest } = parts;
  const now = clock.now();
  const note = noteOf(digest, asked);
  const refusal = await previewedRefusal(escrow, asked, now);
  if (refusal.isErr()) return err(refusal.error);
  if (refusal.value !== null) {
    // Asked for again, it may be refused only because it was carried out meanwhile.
    const known = await store.recall(note);
    if (known.isErr()) return err(known.error);
    return known.value === null ? err(refusal.value) : ok(fateOf(known.value));
  }
  const noted = await store.note(note, { holder: newId(), now, until: now });
  if (noted.isErr()) return err(noted.error);
  if (noted.value === 'ours') parts.onAccepted();
  return ok(fateOf(noted.value));
}

function fateOf(noted: Noted): CommandFate {
  return noted === 'ours' || noted === 'held' ? 'waiting' : noted;
}
