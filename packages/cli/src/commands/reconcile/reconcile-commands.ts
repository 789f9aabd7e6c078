import type { Command } from 'commander';
import {
  command,
  countUpTo,
  type Ends,
  example,
  timeOf,
  withActOptions,
  withJson,
} from '../command-tree.js';
import type { ActOptions } from '../consent.js';
import type { ShowOptions } from './findings.js';
import type { ReconcileOptions } from './reconcile-run.js';

const runNumber = countUpTo(999_999_999);

/** Finding where Stripe and the records differ, and repairing it knowingly. */
export function addReconciling(program: Command, ends: Ends): void {
  const reconcile = withShowOptions(command(program, 'reconcile'))
    .description('find where Stripe and our records differ (reads only; 4 when they do)')
    .option(
      '--from <time>',
      'payments made since (default: 8 days ago, and all still open)',
      timeOf,
    )
    .option('--to <time>', 'payments made before (default: the end of this second)', timeOf)
    .option(
      '--resume [run]',
      'go on with a run that was interrupted (default: the last)',
      runNumber,
    )
    .option('--operator <name>', 'who, for the records (default: OPERATOR, or your user name)')
    .addHelpText(
      'after',
      example('campusg-pay reconcile --from 2026-11-25 --to 2026-11-26 --html report.html'),
    )
    .action(
      ends(async (options: ReconcileOptions) =>
        (await import('./reconcile-run.js')).reconcileCommand(options),
      ),
    );
  // Else `--json` behind a command below it would be taken for its own.
  reconcile.enablePositionalOptions();
  addRepairing(reconcile, ends);
  addRuns(reconcile, ends);
}

function withShowOptions(one: Command): Command {
  return withJson(one)
    .option('--csv', 'for spreadsheets: CSV on stdout')
    .option('--html <file>', 'also write a report page that needs nothing else')
    .option('--accepted', 'also what people have looked at and let be (payments reviewed)');
}

function addRepairing(reconcile: Command, ends: Ends): void {
  command(reconcile, 'plan')
    .description('write the repairs of a run as a plan, each bound to what both sides are now')
    .option('--run <number>', 'of this run (default: the last finished one)', runNumber)
    .option('--operator <name>', 'who, for the plan (default: OPERATOR, or your user name)')
    .addHelpText('after', example('campusg-pay reconcile plan > plan.json'))
    .action(
      ends(async (options: { run?: number; operator?: string }) =>
        (await import('./repair-plan.js')).reconcilePlanCommand(options),
      ),
    );

  withActOptions(command(reconcile, 'apply'))
    .argument('<file>', 'a plan')
    .description('make the repairs of a plan, skipping those for which something has changed')
    .addHelpText('after', example('campusg-pay reconcile apply plan.json --reason "ticket 4711"'))
    .action(
      ends(async (file: string, options: ActOptions) =>
        (await import('./repair-plan.js')).reconcileApplyCommand(file, options),
      ),
    );

  command(reconcile, 'fix')
    .description('walk through the findings of a run and decide about each')
    .option('--run <number>', 'of this run (default: the last finished one)', runNumber)
    .option('--reason <text>', 'why, for the records (asked for otherwise)')
    .option('--operator <name>', 'who, for the records (default: OPERATOR, or your user name)')
    .addHelpText('after', example('campusg-pay reconcile fix'))
    .action(
      ends(async (options: ActOptions & { run?: number }) =>
        (await import('./repair-walk.js')).reconcileFixCommand(options),
      ),
    );
}

function addRuns(reconcile: Command, ends: Ends): void {
  withJson(command(reconcile, 'history'))
    .description('list the runs so far')
    .option('--limit <count>', 'how many', countUpTo(10_000), 20)
    .addHelpText('after', example('campusg-pay reconcile history'))
    .action(
      ends(async (options: { limit: number; json?: true }) =>
        (await import('./run-history.js')).reconcileHistoryCommand(options),
      ),
    );

  withShowOptions(command(reconcile, 'show'))
    .argument('<run>', 'its number', runNumber)
    .description('show the findings of a run once more')
    .addHelpText('after', example('campusg-pay reconcile show 12 --html report.html'))
    .action(
      ends(async (run: number, options: ShowOptions) =>
        (await import('./reconcile-run.js')).reconcileShowCommand(run, options),
      ),
    );

  withJson(command(reconcile, 'diff'))
    .argument('<run>', 'the earlier one', runNumber)
    .argument('<other>', 'the later one', runNumber)
    .description('tell what a later run found new, and what is gone (4 when there is new drift)')
    .addHelpText('after', example('campusg-pay reconcile diff 11 12'))
    .action(
      ends(async (first: number, second: number, options: { json?: true }) =>
        (await import('./run-history.js')).reconcileDiffCommand(first, second, options),
      ),
    );
}
