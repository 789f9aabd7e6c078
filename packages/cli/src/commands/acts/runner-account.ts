import {
  type DatabaseFault,
  executeSetAccount,
  needsApproval,
  type RunnerEntry,
  type RunnerStanding,
} from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson } from '../../terminal/output.js';
import { type AccountSetDocument, runnerDocument } from '../../wording/money-list-documents.js';
import { moneyWords } from '../../wording/payment-wording.js';
import { type ActOptions, consent, type Plan } from '../consent.js';
import { fail, wrongUsage } from '../endings.js';
import { problemOfAccount, problemOfIds } from '../free-text.js';
import { withStripe } from '../session.js';
import { requestApproval } from './approval-request.js';

export interface AccountOptions extends ActOptions {
  /** `acct_...`; `none`: they have none any more. */
  readonly account: string;
}

/** `campusg-pay runners set-account` */
export async function runnersSetAccountCommand(
  runnerId: string,
  options: AccountOptions,
): Promise<number> {
  const { account } = options;
  const stripeAccount = account === 'none' ? null : account;
  const problem =
    problemOfIds({ '<runner>': runnerId }) ??
    problemOfAccount('--account', stripeAccount ?? undefined);
  if (problem !== null) return wrongUsage(problem);
  return withStripe(async (session, ending) => {
    const found = await session.money.runner(runnerId);
    if (found.isErr()) return fail(found.error);
    const runner = found.value ?? unknownRunner(runnerId);
    if (runner.stripeAccount === stripeAccount && found.value !== null && !options.dryRun)
      return tell('before', { runnerId, stripeAccount }, options);
    const above = session.config.approvalAbove;
    const large = runner.waiting.find((sum) => needsApproval(above, sum)) ?? null;
    // Who has no account any more is sent nothing.
    const second = stripeAccount === null ? null : large;
    const plan = planFor(runner, { stripeAccount, second: second !== null });
    const agreed = await consent(plan, options, session.config);
    if (agreed.isErr()) return agreed.error;
    if (ending.aborted) return EXIT.interrupted;
    const will = agreed.value;
    if (second !== null) {
      const about = { paymentId: null, orderId: null, status: null, runnerId } as const;
      const details = { runnerId, stripeAccount, before: runner.stripeAccount };
      const wanted = { act: 'runners.set.account', ...about, details, amount: second } as const;
      return requestApproval(session, wanted, { ...will, options });
    }
    const done = await executeSetAccount(session, { runnerId, stripeAccount }, will);
    return done.isErr() ? fail(done.error) : tellAccountSet(done.value, options);
  });
}

function unknownRunner(runnerId: string): RunnerEntry {
  const nothing = { stripeAccount: null, transfersEnabled: null, accountReason: null } as const;
  return { runnerId, ...nothing, debts: [], waiting: [] };
}

function planFor(
  runner: RunnerEntry,
  { stripeAccount, second }: { readonly stripeAccount: string | null; readonly second: boolean },
): Plan {
  const { runnerId, stripeAccount: before, waiting } = runner;
  const to = stripeAccount ?? 'no account';
  const question = `Send the money of ${runnerId} to ${to}`;
  const sums = waiting.map(moneyWords).join(', ');
  return {
    question: second ? `Ask a second person for this: ${question}` : question,
    consequences: [
      question,
      `  before    ${before ?? 'no account'}`,
      `  waiting   ${sums === '' ? 'nothing' : `${sums}; what waits for the account is sent there`}`,
      ...(second ? ['  approval  What waits wants a second person: this only asks for it.'] : []),
    ],
    facts: {
      act: 'runners.set.account',
      runner: runnerDocument(runner),
      stripeAccount,
      needsApproval: second,
    },
  };
}

/** Tells how it ended. */
export async function tellAccountSet(
  done: Result<RunnerStanding, DatabaseFault>,
  options: ActOptions,
): Promise<number> {
  return done.isErr() ? fail(done.error) : tell('done', done.value, options);
}

async function tell(
  outcome: AccountSetDocument['outcome'],
  { runnerId, stripeAccount }: Pick<RunnerStanding, 'runnerId' | 'stripeAccount'>,
  { json }: ActOptions,
): Promise<number> {
  const document: AccountSetDocument = { outcome, runnerId, stripeAccount };
  const account = stripeAccount ?? 'no account';
  if (json) await printJson(document);
  else if (outcome === 'before') await print(`Done before: ${runnerId} has ${account}.`);
  else await print(`Done: the money of ${runnerId} goes to ${account}.`);
  return EXIT.ok;
}
