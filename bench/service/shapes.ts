import { setTimeout as sleep } from 'node:timers/promises';
import { runMatrix, warmUp } from './matrix.js';
import { measure } from './measuring.js';
import type { Command } from './requests.js';
import { type Bench, jobOf, type Sample, sampleInTurn } from './sampling.js';

const ORDER: readonly Command[] = ['authorize', 'release'];

/** More and more users, up to many more than there are connections. */
export async function ramp(
  bench: Bench,
  { orders, rounds }: { readonly orders: number; readonly rounds: number },
): Promise<readonly Sample[]> {
  const users = [1, 2, 4, 8, 16, 32, 64, 128, 200];
  return runMatrix(bench, { windows: ['order'], users, orders, rounds });
}

const CONTENTION_ORDERS = 1_000;
const CONTENTION_USERS = 64;

/** A thousand orders of one customer beside a thousand of a thousand customers. */
export async function contention(
  bench: Bench,
  { rounds }: { readonly rounds: number },
): Promise<readonly Sample[]> {
  await warmUp(bench);
  const size = { users: CONTENTION_USERS, orders: CONTENTION_ORDERS, commands: ORDER };
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const jobs = {
      'many customers': jobOf(`many${round}_`, size),
      'one customer': jobOf(`one${round}_`, { ...size, customers: 1 }),
      // Found by the platform's id each time, and made at Stripe by the first of all.
      'one, by user id': jobOf(`found${round}_`, { ...size, customers: 1, isCustomerTold: false }),
    };
    for (const [window, job] of Object.entries(jobs))
      samples.push(...(await sampleInTurn(bench, { window, round, job })));
  }
  return samples;
}

const SPIKE_USERS = 400;
const CALM_USERS = 4;

/** A few users, then a hundred times as many at once, then the few again. Refusals are told, not failed on. */
export async function spike(
  bench: Bench,
  { orders, rounds }: { readonly orders: number; readonly rounds: number },
): Promise<readonly Sample[]> {
  await warmUp(bench);
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const some = { commands: ORDER, mayFail: true };
    const calm = { ...some, users: CALM_USERS, orders: Math.ceil(orders / 4) };
    const jobs = {
      before: jobOf(`before${round}_`, calm),
      spike: jobOf(`spike${round}_`, { ...some, users: SPIKE_USERS, orders: orders * 4 }),
      after: jobOf(`after${round}_`, calm),
    };
    for (const [window, job] of Object.entries(jobs))
      samples.push(...(await sampleInTurn(bench, { window, round, job })));
  }
  return samples;
}

const SOAK_USERS = 32;

/** One slice of a soak. */
export interface SoakSlice {
  readonly minute: number;
  readonly ordersSoFar: number;
  readonly sample: Sample;
}

/** The service alone, at full load, until the minutes are over. */
export async function soak(
  { world, targets, tell }: Bench,
  { minutes, orders }: { readonly minutes: number; readonly orders: number },
): Promise<readonly SoakSlice[]> {
  const [target] = targets;
  if (target === undefined) throw new Error('There is nothing to measure.');
  const slices: SoakSlice[] = [];
  const began = performance.now();
  const minuteNow = () => (performance.now() - began) / 60_000;
  let ordersSoFar = 0;
  while (minuteNow() < minutes) {
    tell(`minute ${minuteNow().toFixed(1)} of ${minutes}, ${ordersSoFar} orders`);
    const slice = { users: SOAK_USERS, orders: orders * 4, commands: ORDER };
    const job = jobOf(`soak${slices.length}_`, slice);
    const measured = await measure(world, target, job);
    ordersSoFar += job.orders;
    const { users, orders: units } = job;
    const sample = { ...measured, window: 'soak', users, round: slices.length, units };
    slices.push({ minute: minuteNow(), ordersSoFar, sample: { ...sample, target: target.name } });
    await sleep(0);
  }
  return slices;
}

/** How much memory grows in a minute, in megabytes, over the second half: the least squares' slope. */
export function growthOf(slices: readonly SoakSlice[]): number | null {
  const points = slices
    .slice(Math.floor(slices.length / 2))
    .flatMap(({ minute, sample: { residentBytes } }) =>
      residentBytes === null ? [] : [{ x: minute, y: residentBytes / 1e6 }],
    );
  if (points.length < 3) return null;
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const spread = mean((point) => (point.x - x) ** 2);
  return spread === 0 ? null : mean((point) => (point.x - x) * (point.y - y)) / spread;
}
