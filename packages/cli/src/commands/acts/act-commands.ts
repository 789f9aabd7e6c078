import type { Command } from 'commander';
import {
  command,
  countUpTo,
  type Ends,
  example,
  minorUnitsOf,
  withActOptions,
  withJson,
} from '../command-tree.js';
import type { ActOptions } from '../consent.js';
import type { ReleaseOptions, RevertOptions } from './payment-acts.js';

/** What moves money: each asks first, and is written down with a name and a reason. */
export function addActing(program: Command, payments: Command, ends: Ends): void {
  withActOptions(command(payments, 'release'))
    .argument('<payment>', 'an order, a payment or a PaymentIntent')
    .requiredOption('--runner <id>', 'to whom')
    .option(
      '--amount <minor>',
      'only so many minor units of what is held; the rest goes back',
      minorUnitsOf,
    )
    .option('--tip <minor>', 'so many minor units on top', minorUnitsOf)
    .option(
      '--fee <minor>',
      'so many minor units for the platform (default: as configured)',
      minorUnitsOf,
    )
    .option('--account <acct>', "the runner's account at Stripe (default: the one that is known)")
    .description('pay a held amount out: Stripe captures it')
    .addHelpText(
      'after',
      example('campusg-pay payments release order_123abc --runner user_456 --reason delivered'),
    )
    .action(
      ends(async (text: string, options: ReleaseOptions) =>
        (await import('./payment-acts.js')).paymentsReleaseCommand(text, options),
      ),
    );

  withActOptions(command(payments, 'revert'))
    .argument('<payment>', 'an order, a payment or a PaymentIntent')
    .option('--amount <minor>', 'only so many minor units of what was taken', minorUnitsOf)
    .option('--refund-id <name>', 'the name of this refund; a part needs one')
    .description('give the money back: Stripe lets the hold go, or refunds')
    .addHelpText(
      'after',
      example('campusg-pay payments revert order_123abc --reason "never delivered" --dry-run'),
    )
    .action(
      ends(async (text: string, options: RevertOptions) =>
        (await import('./payment-acts.js')).paymentsRevertCommand(text, options),
      ),
    );

  withActOptions(command(payments, 'reviewed'))
    .argument('<payment>', 'an order, a payment or a PaymentIntent')
    .description('write down that somebody has looked at what a payment was marked for')
    .addHelpText(
      'after',
      example('campusg-pay payments reviewed order_123abc --reason "refunded by hand"'),
    )
    .action(
      ends(async (text: string, options: ActOptions) =>
        (await import('./payment-review.js')).paymentsReviewedCommand(text, options),
      ),
    );

  addApprovals(program, ends);
}

function addApprovals(program: Command, ends: Ends): void {
  const approvals = command(program, 'approvals')
    .description('decide on acts above OPS_APPROVAL_ABOVE that somebody else asks for')
    .addHelpText('after', example('campusg-pay approvals list'));

  withJson(command(approvals, 'list'))
    .description('list the requests that wait')
    .option('--all', 'those that are decided too, the newest first')
    .option('--limit <count>', 'how many', countUpTo(10_000), 50)
    .addHelpText('after', example('campusg-pay approvals list --all'))
    .action(
      ends(async (options: { all?: true; limit: number; json?: true }) =>
        (await import('./approvals.js')).approvalsListCommand(options),
      ),
    );

  withActOptions(command(approvals, 'approve'))
    .argument('<number>', 'of the request', countUpTo(999_999_999))
    .description('carry out what somebody else asks for, after checking it again')
    .addHelpText('after', example('campusg-pay approvals approve 7 --reason "seen the receipt"'))
    .action(
      ends(async (id: number, options: ActOptions) =>
        (await import('./approvals.js')).approvalsApproveCommand(id, options),
      ),
    );

  withActOptions(command(approvals, 'reject'))
    .argument('<number>', 'of the request', countUpTo(999_999_999))
    .description('turn down what somebody else asks for')
    .addHelpText('after', example('campusg-pay approvals reject 7 --reason "wrong order"'))
    .action(
      ends(async (id: number, options: ActOptions) =>
        (await import('./approvals.js')).approvalsRejectCommand(id, options),
      ),
    );
}
