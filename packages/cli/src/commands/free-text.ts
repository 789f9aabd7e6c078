import { pathId, read, revertBody } from '@campusg-pay/adapters/contract';
import { err, ok, type Result } from 'neverthrow';
import { EXIT } from '../terminal/exit-codes.js';
import { tell } from '../terminal/output.js';

// What is typed obeys the rules of HTTP bodies: what one door refuses, another must not let in.

/** The first of these options that is no id, with the rule; null: all are. */
export function problemOfIds(options: Readonly<Record<string, string | undefined>>): string | null {
  for (const [option, text] of Object.entries(options)) {
    const problem = text === undefined ? null : ruleBroken(read(pathId, text));
    if (problem !== null) return `${option} ${problem}.`;
  }
  return null;
}

/** What is wrong with a reason, to end a sentence that begins with its name; null: nothing. */
export function problemOfReason(reason: string): string | null {
  if (reason.trim() === '') return 'must not be empty';
  return ruleBroken(read(revertBody, { reason }));
}

/** Who somebody says to be; else the exit code. */
export function readOperator(name: string): Result<string, number> {
  if (/^[^\p{C}]{1,100}$/u.test(name) && name.trim() !== '') return ok(name);
  tell('--operator must be a name of 1 to 100 printable characters.');
  return err(EXIT.usage);
}

function ruleBroken(reading: ReturnType<typeof read>): string | null {
  return reading.isErr() ? (reading.error[0]?.rule ?? null) : null;
}
