import { userInfo } from 'node:os';
import type { Config } from '@campusg-pay/adapters';
import { err, ok, type Result } from 'neverthrow';
import { askText, askYesNo, canAsk } from './asking.js';
import { EXIT } from './exit.js';
import { clean, print, printJson, tell, terminalWidth } from './output.js';
import { wrapNamed } from './wrap.js';

/** The options of every command that changes something. */
export interface ActOptions {
  readonly reason?: string;
  readonly operator?: string;
  readonly yes?: true;
  readonly dryRun?: true;
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

const LONGEST_REASON = 500;

/**
 * Shows what will happen and asks for a yes. The error is the exit code with which the command ends
 * here: it was only a dry run, nobody could be asked, or the answer was no.
 */
export async function consent(
  plan: Plan,
  options: ActOptions,
  config: Config,
): Promise<Result<Consent, number>> {
  if (options.dryRun) return err(await showOnly(plan, options));
  const operator = operatorOf(options, config);
  if (operator === null) return err(usage('--operator must be a name of at most 100 letters'));
  for (const line of plan.consequences) tell(clean(line));
  const reason = await reasonFor(options);
  if (reason.isErr()) return err(reason.error);
  if (!options.yes) {
    if (!canAsk()) return err(usage('Nothing was done: without a terminal to ask at, add --yes.'));
    const answer = await askYesNo(`${clean(plan.question)}?`);
    if (answer !== true) {
      tell('Nothing was done.');
      return err(answer === null ? EXIT.interrupted : EXIT.refused);
    }
  }
  return ok({ operator, reason: reason.value });
}

async function showOnly(plan: Plan, { json }: ActOptions): Promise<number> {
  if (json) await printJson({ dryRun: true, ...plan.facts });
  else {
    for (const line of plan.consequences) await print(wrapNamed(clean(line), terminalWidth()));
    tell('Nothing was done: this was a dry run.');
  }
  return EXIT.ok;
}

/** Why it is done: as told, or asked for; else the exit code. */
export async function reasonFor({ reason }: ActOptions): Promise<Result<string, number>> {
  if (reason !== undefined) {
    const problem = problemOfReason(reason);
    return problem === null ? ok(reason) : err(usage(`--reason: ${problem}`));
  }
  if (!canAsk()) return err(usage('Nothing was done: --reason says why, for the records.'));
  const answer = await askText('Why? (for the records)', problemOfReason);
  if (answer !== null) return ok(answer);
  tell('Nothing was done.');
  return err(EXIT.interrupted);
}

function problemOfReason(text: string): string | null {
  if (text.trim() === '') return 'it must not be empty';
  return text.length > LONGEST_REASON ? `at most ${LONGEST_REASON} letters` : null;
}

/** Who is at the terminal: as told, as configured, or as the operating system knows them. */
export function operatorOf({ operator }: ActOptions, config: Config): string | null {
  const name = operator ?? config.operator ?? userInfo().username;
  return /^[^\p{C}]{1,100}$/u.test(name) ? name : null;
}

function usage(line: string): number {
  tell(line);
  return EXIT.usage;
}
