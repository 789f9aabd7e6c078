import { type Job, type Measurement, measure, runJob } from './measuring.js';
import type { Command } from './requests.js';
import type { Target, TargetName, World } from './world.js';

/** What is measured: one command, or an order, which is held and released. */
export const WINDOWS = ['order', 'status', 'authorize', 'webhook', 'release', 'revert'] as const;
export type WindowName = (typeof WINDOWS)[number];

export interface BaselineOptions {
  readonly windows: readonly WindowName[];
  /** How many ask at the same time, one after the other. */
  readonly users: readonly number[];
  /** In each window; with a single user a quarter. */
  readonly orders: number;
  readonly rounds: number;
}

/** One window of one round. */
export interface Sample extends Measurement {
  readonly window: WindowName;
  readonly users: number;
  readonly round: number;
  readonly target: TargetName;
  /** Orders, or requests where the window has one command. */
  readonly units: number;
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

const CUSTOMERS = 1_000;
const WARM_UP_USERS = 16;
const WARM_UP_ORDERS = 400;

/** The same work for each target in turn, window by window, again and again. */
export async function baseline(
  world: World,
  options: BaselineOptions,
  tell: (what: string) => void,
): Promise<readonly Sample[]> {
  const { windows, users, rounds } = options;
  const isNeeded = (one: Step) =>
    windows.includes(one.window) ||
    STEPS.some(({ window, needs }) => windows.includes(window) && needs === one.window);
  const steps = STEPS.filter(isNeeded);
  tell('warming up');
  await warmUp(world, steps, Math.min(WARM_UP_ORDERS, options.orders));
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const many of users) {
      const orders = many === 1 ? Math.ceil(options.orders / 4) : options.orders;
      for (const step of steps) {
        tell(`round ${round + 1} of ${rounds}, ${many} users, ${step.window}`);
        const job = jobOf(step, { users: many, orders, name: `r${round}u${many}` });
        // Whoever comes second finds the machine as the first has left it.
        const inTurn = round % 2 === 0 ? world.targets : world.targets.toReversed();
        for (const target of inTurn) {
          if (!windows.includes(step.window)) {
            await mustSucceed(world, target, job);
            continue;
          }
          const measured = await measure(world, target, job);
          samples.push({
            ...measured,
            window: step.window,
            users: many,
            round,
            target: target.name,
            units: job.orders,
          });
        }
      }
    }
  }
  return samples;
}

/** What a program does for the first time takes long. */
async function warmUp(world: World, steps: readonly Step[], orders: number): Promise<void> {
  for (const step of steps) {
    const job = jobOf(step, { users: WARM_UP_USERS, orders, name: 'warm' });
    for (const target of world.targets) await mustSucceed(world, target, job);
  }
}

async function mustSucceed(world: World, target: Target, job: Job): Promise<void> {
  const { failures, firstFailure } = await runJob(world, target, job);
  if (failures > 0) throw new Error(`${failures} requests failed: ${firstFailure}`);
  await target.settle();
}

function jobOf(
  { series, part, commands }: Step,
  { users, orders, name }: { users: number; orders: number; name: string },
): Job {
  return {
    users,
    prefix: `${name}${series}`,
    from: part === 'second' ? orders : 0,
    orders: part === 'both' ? orders * 2 : orders,
    commands,
    customers: CUSTOMERS,
    eventPrefix: `${name}${series}`,
  };
}
