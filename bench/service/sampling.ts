import { type Job, type Measurement, measure } from './measuring.js';
import type { Target, TargetName, World } from './world.js';

/** What a shape of load works with. */
export interface Bench {
  readonly world: World;
  /** The service first, the floor last. */
  readonly targets: readonly Target[];
  /** Says what is under way. */
  tell(what: string): void;
}

/** One window of one round. */
export interface Sample extends Measurement {
  readonly window: string;
  readonly users: number;
  readonly round: number;
  readonly target: TargetName;
  /** Orders, or requests where the window has one command. */
  readonly units: number;
}

/** How many customers orders are of, where nothing else is wanted. */
const CUSTOMERS = 1_000;

/** A job without what is usual. */
export function jobOf(
  name: string,
  some: Pick<Job, 'users' | 'orders' | 'commands'> & Partial<Job>,
): Job {
  return { prefix: name, eventPrefix: name, from: 0, customers: CUSTOMERS, ...some };
}

/** Gives the same job to each target in turn, and reads what it cost. */
export async function sampleInTurn(
  { world, targets, tell }: Bench,
  { window, round, job }: { readonly window: string; readonly round: number; readonly job: Job },
): Promise<readonly Sample[]> {
  tell(`round ${round + 1}, ${job.users} users, ${window}`);
  const samples: Sample[] = [];
  for (const target of inTurn(targets, round)) {
    const measured = await measure(world, target, job);
    const { users, orders: units } = job;
    samples.push({ ...measured, window, users, round, target: target.name, units });
  }
  return samples;
}

/** Whoever comes second finds the machine as the first has left it, so they take turns. */
export function inTurn(targets: readonly Target[], round: number): readonly Target[] {
  return round % 2 === 0 ? targets : targets.toReversed();
}
