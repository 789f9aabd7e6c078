import { type Job, mustSucceed } from './measuring.js';
import type { Command } from './requests.js';
import { type Bench, inTurn, jobOf, type Sample, sampleInTurn } from './sampling.js';

/** What is measured: one command, or an order, which is held and released. */
export const WINDOWS = ['order', 'status', 'authorize', 'webhook', 'release', 'revert'] as const;
export type WindowName = (typeof WINDOWS)[number];

export interface MatrixOptions {
  readonly windows: readonly WindowName[];
  /** How many ask at the same time, one after the other. */
  readonly users: readonly number[];
  /** In each window; with a single user a quarter. */
  readonly orders: number;
  readonly rounds: number;
}

/** A window, and what must have happened before it. */
interface Step {
  readonly window: WindowName;
  readonly commands: readonly Command[];
  readonly needs: WindowName | null;
  /** Which orders of the round: `a` for those that are only held first. */
  readonly series: 'o' | 'a';
  readonly part: 'first' | 'second' | 'both';
}

const STEPS: readonly Step[] = [
  { window: 'order', commands: ['authorize', 'release'], needs: null, series: 'o', part: 'first' },
  { window: 'status', commands: ['status'], needs: 'order', series: 'o', part: 'first' },
  { window: 'authorize', commands: ['authorize'], needs: null, series: 'a', part: 'both' },
  { window: 'webhook', commands: ['webhook'], needs: 'authorize', series: 'a', part: 'first' },
  { window: 'release', commands: ['release'], needs: 'authorize', series: 'a', part: 'first' },
  { window: 'revert', commands: ['revert'], needs: 'authorize', series: 'a', part: 'second' },
];

const WARM_UP_USERS = 16;
const WARM_UP_ORDERS = 400;

/** Every window with every number of users, the targets in turn, again and again. */
export async function runMatrix(bench: Bench, options: MatrixOptions): Promise<readonly Sample[]> {
  const { windows, users, rounds } = options;
  const isNeeded = (one: Step) =>
    windows.includes(one.window) ||
    STEPS.some(({ window, needs }) => windows.includes(window) && needs === one.window);
  const steps = STEPS.filter(isNeeded);
  await warmUp(bench, steps, Math.min(WARM_UP_ORDERS, options.orders));
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const many of users) {
      const orders = many === 1 ? Math.ceil(options.orders / 4) : options.orders;
      for (const step of steps) {
        const job = jobOfStep(step, { users: many, orders, name: `r${round}u${many}` });
        if (windows.includes(step.window)) {
          const { window } = step;
          samples.push(...(await sampleInTurn(bench, { window, round, job })));
        } else {
          for (const target of inTurn(bench.targets, round))
            await mustSucceed(bench.world, target, job);
        }
      }
    }
  }
  return samples;
}

/** What a program does for the first time takes long. */
export async function warmUp(
  { world, targets, tell }: Bench,
  steps: readonly Step[] = STEPS,
  orders = WARM_UP_ORDERS,
): Promise<void> {
  tell('warming up');
  for (const step of steps) {
    const job = jobOfStep(step, { users: WARM_UP_USERS, orders, name: 'warm' });
    for (const target of targets) await mustSucceed(world, target, job);
  }
}

function jobOfStep(
  { series, part, commands }: Step,
  { users, orders, name }: { users: number; orders: number; name: string },
): Job {
  return jobOf(`${name}${series}`, {
    users,
    commands,
    from: part === 'second' ? orders : 0,
    orders: part === 'both' ? orders * 2 : orders,
  });
}
