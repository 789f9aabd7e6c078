import { pathId, read, revertBody, runnerBody } from '@campusg-pay/adapters/contract';
import type { NameProblem } from '@campusg-pay/core';

// What is typed obeys the rules of HTTP bodies: what one door refuses, another must not let in.

/** The first of these options that is no id, with the rule; null: all are. */
export function problemOfIds(options: Readonly<Record<string, string | undefined>>): string | null {
  for (const [option, text] of Object.entries(options)) {
    const problem = text === undefined ? null : ruleBroken(read(pathId, text));
    if (problem !== null) return `${option} ${problem}.`;
  }
  return null;
}

/** What is wrong with a connected account, with the rule; null: nothing, or there is none. */
export function problemOfAccount(option: string, account: string | undefined): string | null {
  if (account === undefined) return null;
  const problem = ruleBroken(read(runnerBody, { stripeAccount: account }));
  return problem === null ? null : `${option} ${problem}.`;
}

/** What is wrong with a reason, to end a sentence that begins with its name; null: nothing. */
export function problemOfReason(reason: string): string | null {
  if (reason.trim() === '') return 'must not be empty';
  return ruleBroken(read(revertBody, { reason }));
}

/** What a name of an operator must be, to end a sentence that begins with where it is from. */
export function nameRule(problem: NameProblem): string {
  switch (problem.type) {
    case 'NameLength':
      return 'must be a name of 1 to 100 letters.';
    case 'UnseenLetter':
      return `has a letter that can't be seen (${codeOf(problem.codePoint)}): write the name without it.`;
    case 'OddLetter': {
      const { letter } = problem;
      const code = codeOf(letter.codePointAt(0) ?? 0);
      return `has ${letter} (${code}), which is easily taken for another letter: write the name in letters of one alphabet, with signs and digits of ASCII.`;
    }
  }
}

function codeOf(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}

function ruleBroken(reading: ReturnType<typeof read>): string | null {
  return reading.isErr() ? (reading.error[0]?.rule ?? null) : null;
}
