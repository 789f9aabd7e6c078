import { REFUND_STATUSES, TRANSFER_STATUSES, type TransferWish } from '@campusg-pay/core';
import { type Command, Option } from 'commander';
import type { AccountOptions } from '../acts/runner-account.js';
import {
  command,
  countUpTo,
  type Ends,
  example,
  oneMoreOf,
  withActOptions,
  withJson,
} from '../command-tree.js';
import type { ActOptions } from '../consent.js';
import type { RefundListOptions } from './refund-list.js';
import type { RunnerListOptions } from './runner-views.js';
import type { TransferListOptions } from './transfer-views.js';

/** What becomes of money after it was taken: transfers, runners, refunds. */
export function addMoney(program: Command, ends: Ends): void {
  addTransfers(program, ends);
  addRunners(program, ends);
  const refunds = command(program, 'refunds')
    .description('look at what was given back in parts')
    .addHelpText('after', example('campusg-pay refunds list'));
  withPages(withJson(command(refunds, 'list')))
    .description('list refunds, the newest first')
    .addOption(statuses(REFUND_STATUSES))
    .option('--payment <payment>', 'of this order, payment or PaymentIntent')
    .addHelpText('after', example('campusg-pay refunds list --status pending'))
    .action(
      ends(async (options: RefundListOptions) =>
        (await import('./refund-list.js')).refundsListCommand(options),
      ),
    );
}

function addTransfers(program: Command, ends: Ends): void {
  const transfers = command(program, 'transfers')
    .description("look at what is sent to runners' accounts, and act on it")
    .addHelpText('after', example('campusg-pay transfers list --status waiting_account'));
  withPages(withJson(command(transfers, 'list')))
    .description('list transfers, the newest first')
    .addOption(statuses(TRANSFER_STATUSES))
    .option('--runner <id>', 'to this runner')
    .option('--runner-account <acct>', 'to this account')
    .addHelpText('after', example('campusg-pay transfers list --status needs_review'))
    .action(
      ends(async (options: TransferListOptions) =>
        (await import('./transfer-views.js')).transfersListCommand(options),
      ),
    );

  withJson(command(transfers, 'show'))
    .argument('<transfer>', TRANSFER)
    .description('show one transfer, and where the money of its payment is')
    .addHelpText('after', example('campusg-pay transfers show order_123abc'))
    .action(
      ends(async (text: string, options: { json?: true }) =>
        (await import('./transfer-views.js')).transfersShowCommand(text, options),
      ),
    );

  addTransferAct(transfers, ends, {
    wish: 'send',
    says: 'try to send a transfer now, whatever it waits for',
    reason: '"the account is set up"',
  });
  addTransferAct(transfers, ends, {
    wish: 'pause',
    says: 'hold back a transfer until somebody resumes it',
    reason: '"asked by the runner"',
  });
  addTransferAct(transfers, ends, {
    wish: 'resume',
    says: 'let a transfer go on that is paused, or that a person had to look at',
    reason: 'checked',
  });
}

const TRANSFER = 'a transfer (ours or tr_...), an order, a payment or a PaymentIntent';

function addTransferAct(
  transfers: Command,
  ends: Ends,
  { wish, says, reason }: { wish: TransferWish; says: string; reason: string },
): void {
  withActOptions(command(transfers, wish))
    .argument('<transfer>', TRANSFER)
    .description(says)
    .addHelpText('after', example(`campusg-pay transfers ${wish} order_123abc --reason ${reason}`))
    .action(
      ends(async (text: string, options: ActOptions) =>
        (await import('../acts/transfer-acts.js')).transferActCommand(wish, text, options),
      ),
    );
}

function addRunners(program: Command, ends: Ends): void {
  const runners = command(program, 'runners')
    .description('look at where the money of runners goes, and set it')
    .addHelpText('after', example('campusg-pay runners list --owing'));
  withPages(withJson(command(runners, 'list')))
    .description('list runners by their ids, with what waits for them and what they owe')
    .option('--account <acct>', 'whose account is this one')
    .option('--owing', 'only those who owe')
    .addHelpText('after', example('campusg-pay runners list --owing'))
    .action(
      ends(async (options: RunnerListOptions) =>
        (await import('./runner-views.js')).runnersListCommand(options),
      ),
    );

  withJson(command(runners, 'show'))
    .argument('<runner>', "the platform's id")
    .description('show one runner: account, what they got, debts, and what has paid them')
    .addHelpText('after', example('campusg-pay runners show user_456'))
    .action(
      ends(async (text: string, options: { json?: true }) =>
        (await import('./runner-views.js')).runnersShowCommand(text, options),
      ),
    );

  withActOptions(command(runners, 'set-account'))
    .argument('<runner>', "the platform's id")
    .requiredOption('--account <acct>', 'acct_..., or none')
    .description('set or change where the money of a runner goes; what waits is sent there')
    .addHelpText(
      'after',
      example('campusg-pay runners set-account user_456 --account acct_1R7xF8 --reason ok'),
    )
    .action(
      ends(async (runner: string, options: AccountOptions) =>
        (await import('../acts/runner-account.js')).runnersSetAccountCommand(runner, options),
      ),
    );
}

function withPages(one: Command): Command {
  return one
    .option('--limit <count>', 'how many', countUpTo(100_000), 20)
    .option('--after <cursor>', 'go on where another list ended');
}

function statuses(all: readonly string[]): Option {
  return new Option('--status <status...>', 'with one of these')
    .choices([...all])
    .argParser(oneMoreOf(all, (text) => text.toLowerCase()));
}
