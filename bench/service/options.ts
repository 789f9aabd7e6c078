import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { WINDOWS, type WindowName } from './matrix.js';

export const SHAPES = ['baseline', 'ramp', 'contention', 'spike', 'soak'] as const;

export interface BenchOptions {
  readonly shape: (typeof SHAPES)[number];
  readonly commands: readonly WindowName[];
  readonly users: readonly number[];
  readonly orders: number;
  readonly rounds: number;
  readonly minutes: number;
  readonly pool: number;
  readonly serviceDir: string;
  readonly beforeDir?: string;
  readonly runnerAccounts: boolean;
  readonly apiKey: boolean;
  readonly stripeMs: number;
  readonly counts: boolean;
  readonly walKinds: boolean;
  readonly json?: string;
  readonly baseline: string;
  readonly storeBaseline: boolean;
}

/** How often each command is counted alone. */
export const COUNTED_TIMES = 7;

const STORED = fileURLToPath(new URL('../baseline.json', import.meta.url));

const SHAPES_TOLD = `
Shapes of load:
  baseline    every command at each number of users, beside the floor; about four minutes
  ramp        orders, from 1 to 200 users
  contention  1,000 orders of one customer, beside 1,000 orders of 1,000 customers
  spike       4 users, then 400 at once, then 4 again; refusals are counted
  soak        orders at 32 users for --minutes, the service alone: memory and cost over time

Ends with 1 where a count that no machine explains is above the stored baseline: round trips to
Postgres, calls of Stripe, WAL records (by more than a tenth). Never for being slow.
docs/performance.md tells how to read the figures.`;

/** What was asked for on the command line; ends the process where that is wrong. */
export function readOptions(args: readonly string[]): BenchOptions {
  const program = new Command('npm run bench --')
    .description('Measures the built service beside the least program that does its job.')
    .addOption(new Option('--shape <shape>', 'of the load').choices(SHAPES).default('baseline'))
    .option('--commands <list>', `of ${WINDOWS.join(', ')}`, windowList, WINDOWS)
    .option('--users <list>', 'how many ask at the same time', numberList, [1, 16, 32, 64])
    .option('--orders <n>', 'orders in each window', wholeNumber, 300)
    .option('--rounds <n>', 'how often each window is measured', wholeNumber, 3)
    .option('--minutes <n>', 'of a soak', wholeNumber, 10)
    .option('--pool <n>', 'connections of the service and of the floor', wholeNumber, 10)
    .option(
      '--service-dir <dir>',
      'the checkout whose build is measured',
      resolvePath,
      resolve('.'),
    )
    .option('--before-dir <dir>', 'another checkout, measured in the same run', resolvePath)
    .option('--runner-accounts', 'the runners have accounts, so a release sends a transfer', false)
    .option('--api-key', 'the service wants an API key', false)
    .option('--stripe-ms <n>', 'how long the double waits before it answers', wholeNumber, 0)
    .option('--no-counts', 'without counting what each command sends')
    .option('--wal-kinds', 'also tells the kinds of WAL records', false)
    .option('--json <file>', 'also writes all figures there', resolvePath)
    .option('--baseline <file>', 'what to compare with', resolvePath, STORED)
    .option('--store-baseline', 'writes what this run found there instead', false)
    .addHelpText('after', SHAPES_TOLD);
  return program.parse([...args], { from: 'user' }).opts<BenchOptions>();
}

function resolvePath(text: string): string {
  return resolve(text);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function numberList(text: string): readonly number[] {
  return text.split(',').map(wholeNumber);
}

function windowList(text: string): readonly WindowName[] {
  const names = text.split(',');
  const known = WINDOWS.filter((one) => names.includes(one));
  if (known.length !== names.length)
    throw new InvalidArgumentError(`They must be among ${WINDOWS.join(', ')}.`);
  return known;
}
