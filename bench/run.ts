// How much of the possible speed the safe protocol keeps, as ratios of one run: docs/performance.md
// tells how to read what it prints.
//
//   npm run bench -- --help

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { baseline, WINDOWS, type WindowName } from './service/baseline-shape.js';
import { cellsOf } from './service/figures.js';
import { cellTable } from './service/table.js';
import { openWorld } from './service/world.js';

interface Options {
  readonly commands: readonly WindowName[];
  readonly users: readonly number[];
  readonly orders: number;
  readonly rounds: number;
  readonly pool: number;
  readonly serviceDir: string;
  readonly beforeDir?: string;
  readonly json?: string;
}

const program = new Command('npm run bench --')
  .description('Measures the built service beside the least program that does its job.')
  .option('--commands <list>', `of ${WINDOWS.join(', ')}`, windowList, WINDOWS)
  .option('--users <list>', 'how many ask at the same time', numberList, [1, 16, 32, 64])
  .option('--orders <n>', 'orders in each window', wholeNumber, 300)
  .option('--rounds <n>', 'how often each window is measured', wholeNumber, 3)
  .option('--pool <n>', 'connections to Postgres, of the service and of the floor', wholeNumber, 10)
  .option('--service-dir <dir>', 'the checkout whose built service is measured', '.')
  .option('--before-dir <dir>', 'another checkout, whose service is measured in the same run')
  .option('--json <file>', 'also writes all figures there');

const options = program.parse().opts<Options>();
const folder = resolve(options.serviceDir);
const before = options.beforeDir === undefined ? null : resolve(options.beforeDir);
for (const checkout of [folder, before]) if (checkout !== null) warnIfStale(checkout);

const world = await openWorld({ folder, before, poolSize: options.pool });
try {
  const samples = await baseline(world, { ...options, windows: options.commands }, tell);
  const cells = cellsOf(samples);
  tell('');
  const machine = {
    cores: availableParallelism(),
    node: process.version,
    postgres: world.postgresVersion,
    poolSize: options.pool,
  };
  console.log(cellTable(cells));
  if (options.json !== undefined) {
    const all = { date: new Date().toISOString(), machine, cells };
    writeFileSync(options.json, `${JSON.stringify(all, null, 2)}\n`);
  }
} finally {
  await world.close();
}

/** What is under way, on one line that the next one replaces. */
function tell(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}`);
}

/** What is measured is what was built, not what the sources say. */
function warnIfStale(checkout: string): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--check'], {
    cwd: checkout,
    encoding: 'utf8',
  });
  if (status !== 0) console.error(`${checkout}: ${stderr.trim()}`);
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
