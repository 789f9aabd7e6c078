import { userInfo } from 'node:os';
import type { Config } from '@campusg-pay/adapters';
import { readOperatorName } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { EXIT } from '../terminal/exit-codes.js';
import { wrapNamed } from '../terminal/line-wrap.js';
import { clean, print, printJson, tell, terminalWidth } from '../terminal/output.js';
import { askText, askYesNo, canAsk } from '../terminal/questions.js';
import { endAs, interrupted, refused, wrongUsage } from './endings.js';
import { nameRule, problemOfReason } from './free-text.js';

/** The options of every command that changes something. */
export interface ActOptions {
  /** Why, for the records; without it a terminal is asked. */
  readonly reason?: string;
  /**
   * Who does it.
   *
   * @default `OPERATOR`, or else the user of the operating system
   */
  readonly operator?: string;
  /** Asks nobody whether it may be done. */
  readonly yes?: true;
  /** Shows what would be done, and does nothing. */
  readonly dryRun?: true;
  /** For machines. */
  readonly json?: true;
}

/** What an act will do, for whoever must say yes to it. */
export interface Plan {
  /** The question, without its question mark. */
  readonly question: string;
  /** A line each: which money, which order, what Stripe will be told. */
  readonly consequences: readonly string[];
  /** The same for machines. */
  readonly facts: object;
}

/** Who does it and why: what the audit table keeps. */
export interface Consent {
  readonly operator: string;
  readonly reason: string;
}

/**
 * Shows what will happen and asks for a yes. The error is the exit code with which the command ends
 * here: it was only a dry run, nobody could be asked, or the answer was no.
 */
export async function consent(
  plan: Plan,
  options: ActOptions,
  config: Config,
): Promise<Result<Consent, number>> {
  const operator = await operatorOf(options, config);
  if (operator.isErr()) return err(operator.error);
  const given = await reasonGiven(options);
  if (given.isErr()) return err(given.error);
  if (options.dryRun) return err(await showOnly(plan, options));
  tell(plan.consequences);
  const reason = await reasonFor(options);
  if (reason.isErr()) return err(reason.error);
  if (!options.yes) {
    if (!canAsk()) return err(await wrongUsage(ADD_YES));
    const answer = await askYesNo(`${plan.question}?`);
    if (answer !== true) {
      return err(await (answer === false ? endAs(NOT_AGREED) : interrupted('Nothing was done.')));
    }
  }
  return ok({ operator: operator.value, reason: reason.value });
}

const ADD_YES = 'Nothing was done: without a terminal to ask at, add --yes.';

const NOT_AGREED = refused('not_agreed', 'Nothing was done.');

async function showOnly(plan: Plan, { json }: ActOptions): Promise<number> {
  if (json) await printJson({ dryRun: true, ...plan.facts });
  else {
    for (const line of plan.consequences) await print(wrapNamed(clean(line), terminalWidth()));
    tell('Nothing was done: this was a dry run.');
  }
  return EXIT.ok;
}

/** Why it is done: as told, or asked for; else the exit code. */
export async function reasonFor(options: ActOptions): Promise<Result<string, number>> {
  const given = await reasonGiven(options);
  if (given.isErr()) return err(given.error);
  if (given.value !== null) return ok(given.value);
  if (!canAsk())
    return err(await wrongUsage('Nothing was done: --reason says why, for the records.'));
  const answer = await askText('Why? (for the records)', (text) => {
    const problem = problemOfReason(text);
    return problem === null ? null : `It ${problem}.`;
  });
  if (answer !== null) return ok(answer);
  return err(await interrupted('Nothing was done.'));
}

/** The reason on the command line, if it is one; null where it is left to be asked for. */
export async function reasonGiven({ reason }: ActOptions): Promise<Result<string | null, number>> {
  const problem = reason === undefined ? null : problemOfReason(reason);
  return problem === null ? ok(reason ?? null) : err(await wrongUsage(`--reason ${problem}.`));
}

/** Who is at the terminal: as told, as configured, or as the operating system knows them. */
export async function operatorOf(
  { operator }: Pick<ActOptions, 'operator'>,
  config: Config,
): Promise<Result<string, number>> {
  const [from, name] =
    operator !== undefined
      ? ['--operator', operator]
      : config.operator !== null
        ? ['OPERATOR', config.operator]
        : ['Your user name', userName()];
  if (name === null) return err(await wrongUsage(NOBODY));
  const read = readOperatorName(name);
  return read.isOk() ? ok(read.value) : err(await wrongUsage(`${from} ${nameRule(read.error)}`));
}

const NOBODY = 'The system has no name for you: --operator or OPERATOR says who you are.';

/** A container may run as a user that its system does not know. */
function userName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}
