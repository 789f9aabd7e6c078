import { STATUSES, TRANSFER_STATUSES } from '@campusg-pay/core';
import { type Command, Option } from 'commander';
import {
  command,
  countUpTo,
  type Ends,
  example,
  minorUnitsOf,
  oneMoreOf,
  timeOf,
  withJson,
} from '../command-tree.js';
import type { ListOptions } from './payment-list.js';

/** What is true: lists, one payment, its story, the whole. */
export function addViews(program: Command, payments: Command, ends: Ends): void {
  addList(payments, ends);

  withJson(command(payments, 'show'))
    .argument('<payment>', 'an order, a payment or a PaymentIntent')
    .description('show one payment, and the others of its order')
    .addHelpText('after', example('campusg-pay payments show order_123abc'))
    .action(
      ends(async (text: string, options: { json?: true }) =>
        (await import('./payment-details.js')).paymentsShowCommand(text, options),
      ),
    );

  withJson(command(program, 'explain'))
    .argument('<payment>', 'an order, a payment or a PaymentIntent')
    .description('tell the whole story of a payment, what is open, and what may be done next')
    .addHelpText('after', example('campusg-pay explain order_123abc'))
    .action(
      ends(async (text: string, options: { json?: true }) =>
        (await import('./payment-story.js')).explainCommand(text, options),
      ),
    );

  withJson(command(program, 'status'))
    .description('sum up money and backlogs: by day and currency, holds by their end, open calls')
    .option('--days <count>', 'how many days back', countUpTo(366), 7)
    .addHelpText('after', example('campusg-pay status --days 30'))
    .action(
      ends(async (options: { json?: true; days: number }) =>
        (await import('./standing.js')).statusCommand(options),
      ),
    );
}

function addList(payments: Command, ends: Ends): void {
  withJson(command(payments, 'list'))
    .description('list payments, the newest first')
    .addOption(
      new Option('--status <status...>', 'with one of these')
        .choices(STATUSES)
        .argParser(oneMoreOf(STATUSES, (text) => text.toUpperCase())),
    )
    .option(
      '--newer-than <time>',
      'created since: 2026-11-26, 2026-11-26T13:00Z, or 12h, 7d',
      timeOf,
    )
    .option('--older-than <time>', 'created before', timeOf)
    .option('--customer <id>', 'of this customer')
    .option('--runner <id>', 'released to this runner')
    .option('--order <id>', 'of this order')
    .option('--currency <code>', 'in this currency')
    .option('--min-amount <minor>', 'of at least so many minor units', minorUnitsOf)
    .option('--max-amount <minor>', 'of at most so many minor units', minorUnitsOf)
    .option('--runner-account <acct>', "whose runner's share goes to this account")
    .addOption(
      new Option('--transfer-status <status...>', "whose runner's share stands so")
        .choices(TRANSFER_STATUSES)
        .argParser(oneMoreOf(TRANSFER_STATUSES, (text) => text.toLowerCase())),
    )
    .option('--review', 'only those that a person should look at, and why')
    .option('--limit <count>', 'how many', countUpTo(100_000), 20)
    .option('--after <cursor>', 'go on where another list ended')
    .option('--watch', 'draw again every two seconds')
    .addHelpText(
      'after',
      `
STATUS: behind it ! marks a payment that a person should look at (--review tells
why), and a call in brackets is owed to Stripe: AUTHORIZED (capture).
${example('campusg-pay payments list --status AUTHORIZED --older-than 5d --currency USD')}`,
    )
    .action(
      ends(async (options: ListOptions) =>
        (await import('./payment-list.js')).paymentsListCommand(options),
      ),
    );
}
