import { planOf, type Simulated, shrink, simulate, stepsOf } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { MISTAKES } from '../sabotage.js';

const STEPS = 1000;
/** TEST_EFFORT says which part of the worlds is looked at: see CONTRIBUTING. */
const EFFORT = Number(process.env.TEST_EFFORT ?? 1);

/** `pnpm simulate --seed <seed> --steps 1000 --tell` tells what happened in a run. */
async function ruin(seed: number): Promise<readonly string[]> {
  const { broken } = await simulate(planOf(seed, STEPS));
  return broken.map((what) => `seed ${seed}: ${what}`);
}

describe('a simulated world of replicas, customers, faults and crashes', () => {
  it('breaks no rule, in the worlds that every build looks at', async () => {
    for (let seed = 1; seed <= 30 * EFFORT; seed += 1) expect(await ruin(seed)).toEqual([]);
  });

  it('breaks no rule, in worlds that nobody has seen before', async () => {
    const first = Date.now() % 1_000_000_000;
    const end = first + Math.ceil(10 * EFFORT);
    console.info(`fresh seeds: ${first} to ${end - 1}`);
    for (let seed = first; seed < end; seed += 1) expect(await ruin(seed)).toEqual([]);
  });

  it('is the same for the same seed to the byte, and another for another seed', async () => {
    const run = (seed: number) => simulate(planOf(seed, STEPS), { tell: true });
    const [one, again, other] = [await run(7), await run(7), await run(8)];
    expect(again).toEqual(one);
    expect(other.hash).not.toBe(one.hash);
    // Runs at the same time don't touch each other either.
    const [beside] = await Promise.all([run(7), run(8), run(9)]);
    expect(beside.history).toEqual(one.history);
  });

  it('has something happen in it', async () => {
    const { figures, steps, history } = await simulate(planOf(3, STEPS), { tell: true });
    expect(steps).toBe(STEPS);
    expect(figures.payments).toBeGreaterThan(2);
    expect(figures.answers).toBeGreaterThan(20);
    for (const happens of [/crashes/, /late/, /answer_lost/, /vanished/, /refused/, / s pass/]) {
      expect(history.some((line) => happens.test(line))).toBe(true);
    }
  });
});

/** Looks at one world after the other until a rule is broken. */
async function find(name: string): Promise<{ taken: number; seed: number; found: Simulated }> {
  const sabotage = MISTAKES[name];
  if (sabotage === undefined) throw new Error(`no mistake ${name}`);
  let taken = 0;
  for (let seed = 1; seed <= 300; seed += 1) {
    const found = await simulate(planOf(seed, STEPS), { sabotage });
    taken += found.steps;
    if (found.broken.length > 0) return { taken, seed, found };
  }
  throw new Error(`not found in ${taken} steps`);
}

/** Of some worlds the one that breaks a rule after the fewest steps: shrinking it takes seconds. */
async function findEarly(name: string): Promise<{ seed: number; found: Simulated }> {
  const sabotage = MISTAKES[name];
  if (sabotage === undefined) throw new Error(`no mistake ${name}`);
  let best: { seed: number; found: Simulated } | null = null;
  for (let seed = 1; seed <= 60; seed += 1) {
    const found = await simulate(planOf(seed, STEPS), { sabotage });
    const { brokenAt } = found;
    if (brokenAt !== null && brokenAt < (best?.found.brokenAt ?? STEPS)) best = { seed, found };
  }
  if (best === null) throw new Error('not found');
  return best;
}

describe('the simulator finds', () => {
  it.each(Object.keys(MISTAKES))('%s', async (name) => {
    const { taken, seed, found } = await find(name);
    console.info(`${name}: ${taken} steps, ${found.broken[0]}`);
    expect(await ruin(seed)).toEqual([]);
  });

  it('a mistake, and tells it in a few lines', async () => {
    const name = 'a gateway that takes a lost answer for "certainly not done"';
    const { seed, found } = await findEarly(name);
    const small = await shrink(planOf(seed, STEPS), found, MISTAKES[name]);
    expect(stepsOf(small.plan).length).toBeLessThan(25);
    expect(small.outcome.broken[0]).toMatch(/^a PaymentIntent belongs to a payment/);
    expect(small.outcome.history.join('\n')).toMatch(/authorize[\s\S]*withdraw/);
    expect((await simulate(small.plan)).broken).toEqual([]);
  });
});
