// Runs the simulator from a seed: pnpm simulate --seed 1 --steps 1000 [--seeds 100] [--tell]
//   [--without crash,stripe:late]. Exit code 1 and the shrunk history when a rule was broken.

import { parseArgs } from 'node:util';
import {
  planOf,
  type Simulated,
  shrink,
  simulate,
  stepsOf,
  TROUBLES,
  type Trouble,
} from '../packages/core/testing/simulator/index.js';

const { values } = parseArgs({
  // pnpm hands a separating "--" on.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    seed: { type: 'string' },
    steps: { type: 'string', default: '1000' },
    seeds: { type: 'string', default: '1' },
    without: { type: 'string', default: '' },
    tell: { type: 'boolean', default: false },
  },
});

const steps = wholeNumber('steps', values.steps);
const seeds = wholeNumber('seeds', values.seeds);
const first = values.seed === undefined ? Date.now() % 2 ** 31 : wholeNumber('seed', values.seed);
const without = new Set(values.without.split(',').filter(Boolean).map(troubleNamed));

const startedAt = performance.now();
let taken = 0;
let failures = 0;
const figures: Record<string, number> = {};
const hashes: string[] = [];
for (let seed = first; seed < first + seeds; seed += 1) {
  const outcome = await simulate(planOf(seed, steps, without), { tell: values.tell });
  taken += outcome.steps;
  hashes.push(outcome.hash);
  for (const [name, count] of Object.entries(outcome.figures)) {
    figures[name] = (figures[name] ?? 0) + count;
  }
  for (const line of outcome.history) console.log(line);
  if (seeds <= 10) console.log(`seed ${seed}, ${outcome.steps} steps, hash ${outcome.hash}`);
  if (outcome.broken.length > 0) {
    failures += 1;
    await explain(seed, outcome);
    if (failures === 3) break;
  }
}
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
const counted = Object.entries(figures).map(([name, count]) => `${Math.round(count)} ${name}`);
console.log(
  `${hashes.length} seeds from ${first}, ${taken} steps, ${seconds} s: ${failures} failed`,
);
console.log(`in them: ${counted.join(', ')}`);
if (failures > 0) process.exitCode = 1;

async function explain(seed: number, outcome: Simulated): Promise<void> {
  console.log(`\nseed ${seed} is broken after ${outcome.steps} steps:`);
  for (const what of outcome.broken) console.log(`  ${what}`);
  const left = without.size === 0 ? '' : ` --without ${[...without].join()}`;
  console.log(`replay it with: pnpm simulate --seed ${seed} --steps ${steps}${left} --tell`);
  const { plan, outcome: small, runs } = await shrink(planOf(seed, steps, without), outcome);
  const kept = stepsOf(plan).length;
  console.log(`shrunk to ${kept} steps in ${runs} runs (step, milliseconds since, what):`);
  for (const line of small.history) console.log(`  ${line}`);
  for (const what of small.broken) console.log(`  => ${what}`);
  console.log('');
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (text !== '' && Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`--${name} takes a whole number, not "${text}"`);
  process.exit(2);
}

function troubleNamed(text: string): Trouble {
  const trouble = TROUBLES.find((one) => one === text);
  if (trouble !== undefined) return trouble;
  console.error(`--without knows ${TROUBLES.join(', ')}, not "${text}"`);
  process.exit(2);
}
