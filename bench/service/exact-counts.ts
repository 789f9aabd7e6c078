import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './figures.js';
import { differenceOf, type Job, mustSucceed, stripeCallsOf } from './measuring.js';
import type { Command } from './requests.js';
import { openWireCounter, type RoundTrips, type WireCounter } from './wire-counter.js';
import type { Target, World } from './world.js';

/** What one command costs where nothing else is under way: whole numbers that no machine changes. */
export interface CommandCounts {
  readonly command: Command;
  /** By endpoint. */
  readonly stripeCalls: Readonly<Record<string, number>>;
  /** The relay's, which publishes after the answer, are among them. */
  readonly roundTrips: RoundTrips;
  /** Of statements that are sent without any command as well: how many depends on when one looks. */
  readonly timers: RoundTrips;
}

export interface WireFigures {
  readonly commands: readonly CommandCounts[];
  /** Of a service that has nothing to do, in a second. */
  readonly idle: RoundTrips;
  /** For an order, with many under way: less where they share. */
  readonly shared: { readonly users: number; readonly roundTrips: RoundTrips };
}

const EACH: readonly Command[] = ['authorize', 'webhook', 'status', 'release', 'revert'];

/** What follows an answer has begun by then. */
const QUIET_MS = 40;
/** What follows the last of several has ended by then. */
const SETTLED_MS = 1_000;
const IDLE_MS = 3_000;
const SHARED_USERS = 32;
const JOB = { users: 1, from: 0, orders: 1, customers: 1, eventPrefix: 'counted' };

/**
 * Counts what a service sends, in a service of its own whose way to Postgres leads through a counter.
 *
 * @param times how often each command is asked for; the median leaves out what a timer of the background
 *   sent beside one of them
 */
export async function countWire(
  world: World,
  { folder, times, orders }: { folder: string; times: number; orders: number },
): Promise<WireFigures> {
  const counter = await openWireCounter(world.postgresPort);
  const target = await world.startService('counted', folder, { postgresPort: counter.port });
  const warmUp = { ...JOB, prefix: 'warm', orders: 10 };
  await mustSucceed(world, target, { ...warmUp, commands: ['authorize', 'status', 'release'] });
  await sleep(SETTLED_MS);
  const idle = await countIdle(target, counter);
  const commands: CommandCounts[] = [];
  for (const command of EACH)
    commands.push(await countCommand(world, target, { counter, command, times, idle }));
  const shared = await countShared(world, target, { counter, orders });
  await target.program.stop();
  await counter.close();
  return { commands, idle, shared };
}

interface Counting {
  readonly counter: WireCounter;
  readonly command: Command;
  readonly times: number;
  readonly idle: RoundTrips;
}

async function countCommand(
  world: World,
  target: Target,
  { counter, command, times, idle }: Counting,
): Promise<CommandCounts> {
  const seen: RoundTrips[] = [];
  const calls: Readonly<Record<string, number>>[] = [];
  for (let index = 0; index < times; index += 1) {
    const job = jobOf(command, index);
    if (command === 'revert') await mustSucceed(world, target, { ...job, commands: ['authorize'] });
    await quiet(target, counter);
    const before = await stripeCallsOf(world, target);
    await mustSucceed(world, target, job);
    seen.push(await quiet(target, counter));
    calls.push(differenceOf(await stripeCallsOf(world, target), before));
  }
  const usual = Object.entries(mediansOf(seen));
  return {
    command,
    stripeCalls: mediansOf(calls),
    roundTrips: Object.fromEntries(usual.filter(([name]) => idle[name] === undefined)),
    timers: Object.fromEntries(usual.filter(([name]) => idle[name] !== undefined)),
  };
}

/** What was there more often than not. */
function mediansOf(seen: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = [...new Set(seen.flatMap((one) => Object.keys(one)))].sort();
  const medians = names
    .map((name) => [name, median(seen.map((one) => one[name] ?? 0)) ?? 0] as const)
    .filter(([, count]) => count > 0);
  return Object.fromEntries(medians);
}

function jobOf(command: Command, index: number): Job {
  const prefix = command === 'revert' ? 'reverted' : 'counted';
  return { ...JOB, prefix, from: index, commands: [command], eventPrefix: `counted${index}_` };
}

async function countIdle(target: Target, counter: WireCounter): Promise<RoundTrips> {
  await quiet(target, counter);
  await sleep(IDLE_MS);
  return shareOf(counter.take(), IDLE_MS / 1_000);
}

async function countShared(
  world: World,
  target: Target,
  { counter, orders }: { counter: WireCounter; orders: number },
): Promise<WireFigures['shared']> {
  await quiet(target, counter);
  const job = { ...JOB, users: SHARED_USERS, orders, prefix: 'shared', customers: orders };
  await mustSucceed(world, target, { ...job, commands: ['authorize', 'release'] });
  const counts = await quiet(target, counter);
  return { users: SHARED_USERS, roundTrips: shareOf(counts, orders) };
}

/** Waits until nothing is under way, and takes what was counted until then. */
async function quiet(target: Target, counter: WireCounter): Promise<RoundTrips> {
  await sleep(QUIET_MS);
  await target.settle();
  return counter.take();
}

function shareOf(counts: RoundTrips, of: number): RoundTrips {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / of]));
}

/** All of them together. */
export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, one) => total + one, 0);
}
