// How much of the possible speed the safe protocol keeps, as ratios of one run: docs/performance.md
// tells how to read what it prints.
//
//   npm run bench -- --help

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { countWire } from './service/exact-counts.js';
import { cellsOf } from './service/figures.js';
import { runMatrix } from './service/matrix.js';
import { type BenchOptions, COUNTED_TIMES, readOptions } from './service/options.js';
import type { Bench, Sample } from './service/sampling.js';
import { contention, growthOf, ramp, soak, spike } from './service/shapes.js';
import { compare, readStored, toStored, writeStored } from './service/stored-baseline.js';
import { beforeTable, cellTable, kindTable, soakTable } from './service/table.js';
import { wireTable } from './service/wire-table.js';
import { openWorld, type Target } from './service/world.js';

const options = readOptions(process.argv.slice(2));
const folders = [options.serviceDir, options.beforeDir].filter((one) => one !== undefined);
for (const folder of folders) warnIfStale(folder);

const world = await openWorld(options);
try {
  if (options.shape === 'soak') await soaked();
  else await compared();
} finally {
  await world.close();
}

/** All shapes that have a floor beside them. */
async function compared(): Promise<void> {
  const isBaseline = options.shape === 'baseline';
  const wire = isBaseline && options.counts ? await counted() : null;
  const bench = { world, targets: await startTargets(true), tell };
  const samples = await samplesOf(bench, options);
  const cells = cellsOf(samples);
  tell('');
  if (wire !== null) console.log(`${wireTable(wire)}\n`);
  console.log(cellTable(cells));
  const besideBefore = beforeTable(cells);
  if (besideBefore !== '') console.log(`\n${besideBefore}`);
  if (options.walKinds) console.log(`\n${kindTable(cells)}`);
  writeJson({ wire, cells });
  if (!isBaseline) return;
  const now = toStored(machine(), { wire, cells });
  if (options.storeBaseline) {
    writeStored(options.baseline, now);
    return;
  }
  const stored = readStored(options.baseline);
  if (stored === null) return;
  const { lines, grown } = compare(now, stored);
  console.log(`\nBeside the baseline of ${stored.date} (${stored.machine.cores} cores):`);
  for (const line of lines) console.log(`  ${line}`);
  if (grown.length === 0) return;
  console.log(`\nMore than in the baseline:\n  ${grown.join('\n  ')}`);
  process.exitCode = 1;
}

async function samplesOf(bench: Bench, asked: BenchOptions): Promise<readonly Sample[]> {
  switch (asked.shape) {
    case 'ramp':
      return ramp(bench, asked);
    case 'contention':
      return contention(bench, asked);
    case 'spike':
      return spike(bench, asked);
    default:
      return runMatrix(bench, { ...asked, windows: asked.commands });
  }
}

async function soaked(): Promise<void> {
  const bench = { world, targets: await startTargets(false), tell };
  const slices = await soak(bench, options);
  tell('');
  console.log(soakTable(slices));
  const growth = growthOf(slices);
  if (growth !== null)
    console.log(`\nMemory over the second half: ${growth.toFixed(2)} MB more a minute`);
  writeJson({ slices, growth });
}

async function counted() {
  tell('counting what each command sends');
  const { serviceDir: folder, orders } = options;
  return countWire(world, { folder, orders, times: COUNTED_TIMES });
}

async function startTargets(withFloor: boolean): Promise<readonly Target[]> {
  const targets = [await world.startService('ours', options.serviceDir)];
  if (options.beforeDir !== undefined)
    targets.push(await world.startService('before', options.beforeDir));
  if (withFloor) targets.push(await world.startFloor());
  return targets;
}

function machine() {
  const cores = availableParallelism();
  const { postgresVersion: postgres } = world;
  return { cores, node: process.version, postgres, poolSize: options.pool };
}

function writeJson(figures: object): void {
  if (options.json === undefined) return;
  const all = { date: new Date().toISOString(), machine: machine(), options, ...figures };
  writeFileSync(options.json, `${JSON.stringify(all, null, 2)}\n`);
}

/** What is under way, on one line that the next one replaces. */
function tell(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}`);
}

/** What is measured is what was built, not what the sources say. */
function warnIfStale(checkout: string): void {
  const check = ['scripts/build.mjs', '--check'];
  const { status, stderr } = spawnSync(process.execPath, check, {
    cwd: checkout,
    encoding: 'utf8',
  });
  if (status !== 0) console.error(`${checkout}: ${stderr.trim()}`);
}
