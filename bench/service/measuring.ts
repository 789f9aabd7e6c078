import { once } from 'node:events';
import { cpuMsOf, cpuMsOfFamily, residentBytes } from './cpu.js';
import type { LoadJob, LoadResult } from './load.js';
import { type WalUse, walBetween, walPosition } from './wal.js';
import { stripeKeyOf, type Target, type World } from './world.js';

/** What one job cost one target, all told. */
export interface Measurement {
  readonly load: LoadResult;
  /** Of the service or the floor. */
  readonly cpuMs: number | null;
  /** Of all of Postgres, its background processes included. */
  readonly postgresCpuMs: number | null;
  readonly doubleCpuMs: number | null;
  readonly wal: WalUse;
  /** How often each endpoint of Stripe was called. */
  readonly stripeCalls: Readonly<Record<string, number>>;
  readonly residentBytes: number | null;
}

export type Job = Omit<LoadJob, 'url' | 'stripeUrl' | 'headers'>;

/** Runs a job and nothing else. */
async function runJob(world: World, target: Target, job: Job): Promise<LoadResult> {
  const { load, double, headers } = world;
  const { child } = load;
  const over = new AbortController();
  const answered = once(child, 'message', over);
  const ended = once(child, 'exit', over).then(() => {
    throw new Error('The users are gone.');
  });
  const urls = { url: target.program.url, stripeUrl: double.url };
  child.send({ ...job, ...urls, headers } satisfies LoadJob);
  const [result] = (await Promise.race([answered, ended])) as [LoadResult];
  over.abort();
  return result;
}

/** Runs a job whose every request must be answered well, until nothing of it is under way. */
export async function mustSucceed(world: World, target: Target, job: Job): Promise<void> {
  const { failures, firstFailure } = await runJob(world, target, job);
  if (failures > 0)
    throw new Error(`${failures} requests failed at ${target.name}: ${firstFailure}`);
  await target.settle();
}

/** Runs a job after a checkpoint, and reads what it cost once the target has nothing left to do. */
export async function measure(world: World, target: Target, job: Job): Promise<Measurement> {
  const { admin } = world;
  await admin.query('checkpoint');
  const from = await walPosition(admin);
  const before = await readMeters(world, target);
  const load = await runJob(world, target, job);
  await target.settle();
  const after = await readMeters(world, target);
  const wal = await walBetween(admin, from, await walPosition(admin));
  if (load.failures > 0 && job.mayFail !== true)
    throw new Error(`${load.failures} requests failed at ${target.name}: ${load.firstFailure}`);
  const spent = (name: 'cpuMs' | 'postgresCpuMs' | 'doubleCpuMs') => {
    const [start, end] = [before[name], after[name]];
    return start === null || end === null ? null : end - start;
  };
  return {
    load,
    cpuMs: spent('cpuMs'),
    postgresCpuMs: spent('postgresCpuMs'),
    doubleCpuMs: spent('doubleCpuMs'),
    wal,
    stripeCalls: differenceOf(after.stripeCalls, before.stripeCalls),
    residentBytes: await residentBytes(target.program.pid),
  };
}

/** What was counted since `before`, without what was not. */
export function differenceOf(
  now: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Record<string, number> {
  const differences = Object.entries(now)
    .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return Object.fromEntries(differences);
}

async function readMeters(world: World, target: Target) {
  return {
    cpuMs: await cpuMsOf(target.program.pid),
    postgresCpuMs: await cpuMsOfFamily(world.postgresPid),
    doubleCpuMs: await cpuMsOf(world.double.pid),
    stripeCalls: await stripeCallsOf(world, target),
  };
}

/** How often a target has called each endpoint of Stripe so far. */
export async function stripeCallsOf(
  { double }: World,
  { name }: Target,
): Promise<Readonly<Record<string, number>>> {
  const answer = await fetch(`${double.url}/bench/counts`);
  const all = (await answer.json()) as Record<string, Record<string, number>>;
  return all[stripeKeyOf(name)] ?? {};
}
