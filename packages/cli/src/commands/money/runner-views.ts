import type { RunnerEntry } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { wrapBehind } from '../../terminal/line-wrap.js';
import { clean, paint, print, printJson, terminalWidth } from '../../terminal/output.js';
import { type Column, table, wrapped } from '../../terminal/table.js';
import type { AmountDocument } from '../../wording/document-parts.js';
import { amountDocument, moneyDocument } from '../../wording/money-document.js';
import {
  debtDocument,
  RUNNER_PLACE,
  runnerDocument,
  type ShownRunnerDocument,
} from '../../wording/money-list-documents.js';
import { minuteOf } from '../../wording/time-wording.js';
import { endAs, fail, refused, wrongUsage } from '../endings.js';
import { problemOfAccount, problemOfIds } from '../free-text.js';
import { withReadSide } from '../session.js';
import { type MoneyListOptions, showMoneyList } from './money-list.js';

export interface RunnerListOptions extends MoneyListOptions {
  /** `acct_...` */
  readonly account?: string;
  /** Only those who owe. */
  readonly owing?: true;
}

/** `campusg-pay runners list` */
export function runnersListCommand(options: RunnerListOptions): Promise<number> {
  const { account, owing = false } = options;
  const filter = { stripeAccount: account ?? null, owing };
  return showMoneyList(
    {
      problem: problemOfAccount('--account', account),
      place: RUNNER_PLACE,
      read: ({ money }, slice) => money.runners(filter, slice),
      document: runnerDocument,
      columns: COLUMNS,
      none: 'No runner is like that.',
    },
    options,
  );
}

const COLUMNS: readonly Column<RunnerEntry>[] = [
  { title: 'RUNNER', value: ({ runnerId }) => runnerId, least: 14 },
  { title: 'ACCOUNT', value: ({ stripeAccount }) => stripeAccount ?? 'none', least: 9 },
  {
    title: 'TRANSFERS',
    value: ({ transfersEnabled }) => enabledWords(transfersEnabled),
    style: ({ transfersEnabled }) => (transfersEnabled === false ? 'red' : undefined),
    spare: 2,
  },
  { title: 'WAITING', value: ({ waiting }) => sumsOf(waiting.map(moneyDocument)), align: 'right' },
  { title: 'OWES', value: ({ debts }) => sumsOf(debts.map(moneyDocument)), align: 'right' },
  {
    title: 'WHY',
    value: ({ accountReason }) => accountReason ?? '',
    least: 10,
    spare: 3,
    cut: wrapped,
  },
];

function enabledWords(enabled: boolean | null): string {
  if (enabled === null) return 'unknown';
  return enabled ? 'enabled' : 'not enabled';
}

function sumsOf(amounts: readonly AmountDocument[]): string {
  return amounts.map(({ major, currency }) => `${major} ${currency}`).join(', ');
}

/** Most debts that are shown of a runner. */
const DEBTS = 100;

/** `campusg-pay runners show` */
export async function runnersShowCommand(
  runnerId: string,
  { json }: { readonly json?: true },
): Promise<number> {
  const problem = problemOfIds({ '<runner>': runnerId });
  if (problem !== null) return wrongUsage(problem);
  return withReadSide(async ({ money, runners }) => {
    const found = await money.runner(runnerId);
    if (found.isErr()) return fail(found.error);
    if (found.value === null) {
      const known = `Nothing is known of a runner ${clean(runnerId)}.`;
      return endAs(refused('runner_not_found', known));
    }
    const transferred = await runners.transferred(runnerId);
    if (transferred.isErr()) return fail(transferred.error);
    const debts = await money.debtsOf(runnerId, DEBTS);
    if (debts.isErr()) return fail(debts.error);
    const document: ShownRunnerDocument = {
      runner: runnerDocument(found.value),
      transferred: transferred.value.map(({ currency, amountMinor }) =>
        amountDocument({ currency, minor: BigInt(amountMinor) }),
      ),
      debts: debts.value.map(debtDocument),
    };
    if (json) await printJson(document);
    else await show(document);
    return EXIT.ok;
  });
}

const WIDTH = 14;

async function show({ runner, transferred, debts }: ShownRunnerDocument): Promise<void> {
  const { runnerId, stripeAccount, transfersEnabled, accountReason } = runner;
  const why = accountReason === null ? '' : `: ${accountReason}`;
  const facts: readonly (readonly [string, string])[] = [
    ['runner', runnerId],
    ['account', stripeAccount ?? 'none yet'],
    ['transfers', `${enabledWords(transfersEnabled)}${why}`],
    ['got', sumsOf(transferred) || 'nothing yet'],
    ['waiting', sumsOf(runner.waiting) || 'nothing'],
    ['owes', sumsOf(runner.debts) || 'nothing'],
  ];
  const columns = terminalWidth();
  for (const [name, value] of facts)
    await print(wrapBehind(name.padEnd(WIDTH), clean(value), { columns, from: WIDTH }));
  if (debts.length === 0) return;
  await print(['', paint('bold', 'Debts')]);
  await print(table(DEBT_COLUMNS, debts.flatMap(linesOf), columns));
}

/** A debt, or below it what has paid a part of it. */
interface DebtLine {
  readonly what: string;
  readonly amount: string;
  readonly left: string;
  readonly at: string;
  readonly payment: string;
}

const DEBT_COLUMNS: readonly Column<DebtLine>[] = [
  { title: 'WHAT', value: ({ what }) => what },
  { title: 'AMOUNT', value: ({ amount }) => amount, align: 'right' },
  { title: 'LEFT', value: ({ left }) => left, align: 'right' },
  { title: 'WHEN (UTC)', value: ({ at }) => minuteOf(new Date(at)) },
  { title: 'PAYMENT', value: ({ payment }) => payment, least: 9 },
];

function linesOf(debt: ShownRunnerDocument['debts'][number]): DebtLine[] {
  const { amount, left, createdAt, paymentId, nettings } = debt;
  return [
    {
      what: 'debt',
      amount: sumsOf([amount]),
      left: sumsOf([left]),
      at: createdAt,
      payment: paymentId,
    },
    ...nettings.map((one) => ({
      what: '  paid by',
      amount: sumsOf([one.amount]),
      left: '',
      at: one.at,
      payment: one.paymentId,
    })),
  ];
}
