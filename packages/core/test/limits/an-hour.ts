import { type CallLimits, createCallLimits, type Urgency } from '@campusg-pay/core';
import {
  distantTurns,
  seeded,
  strictStripe,
  type VirtualTime,
  virtualTime,
} from './virtual-time.js';

export const LIMITS = { perSecond: 100, perEndpoint: 25 };

/** How customers come: evenly with some jitter, so many in each second, or with no regard for each other. */
export type Arrivals = 'even' | 'in each second' | 'at random';

export interface World {
  readonly time: VirtualTime;
  readonly stripe: ReturnType<typeof strictStripe>;
  readonly line: ReturnType<typeof distantTurns>;
  /** How long those who had their turn had waited, in milliseconds. */
  readonly waits: Map<Urgency, number[]>;
  readonly tooLate: Map<Urgency, number>;
  random(): number;
  /** A process with its own view of the limits. */
  replica(replicas: () => number | null): CallLimits;
  call(
    limits: CallLimits,
    wanted: { readonly endpoint: string; readonly urgency: Urgency; readonly withinMs?: number },
  ): Promise<boolean>;
}

export function limitedWorld({ seed = 1, roundTripMs = 2, stripeLimits = LIMITS } = {}): World {
  const time = virtualTime();
  const { timer } = time;
  const line = distantTurns(time, roundTripMs);
  const stripe = strictStripe(timer.now, stripeLimits);
  const waits = new Map<Urgency, number[]>();
  const tooLate = new Map<Urgency, number>();
  return {
    time,
    stripe,
    line,
    waits,
    tooLate,
    random: seeded(seed),
    replica: (replicas) =>
      createCallLimits({ ...LIMITS, timer, shared: { turns: line.turns, replicas } }),
    call: async (limits, { endpoint, urgency, withinMs = 10_000 }) => {
      const since = timer.now();
      const taken = limits.take({ endpoint, urgency, withinMs });
      const outcome = taken instanceof Promise ? await taken : taken;
      if (outcome !== 'turn') {
        tooLate.set(urgency, (tooLate.get(urgency) ?? 0) + 1);
        return false;
      }
      const all = waits.get(urgency) ?? [];
      all.push(timer.now() - since);
      waits.set(urgency, all);
      stripe.call(endpoint);
      return true;
    },
  };
}

/** Calls `make` so often a second, for so long. */
export function arriving(
  { time, random }: World,
  { perSecond, seconds, how }: { perSecond: number; seconds: number; how: Arrivals },
  make: (nth: number) => void,
): void {
  let nth = 0;
  const at = (ms: number) => {
    const mine = nth++;
    time.timer.after(ms, () => make(mine));
  };
  if (how === 'at random') {
    const next = () => {
      const ms = (-Math.log(1 - random()) / perSecond) * 1000;
      time.timer.after(ms, () => {
        if (time.timer.now() > seconds * 1000) return;
        make(nth++);
        next();
      });
    };
    next();
    return;
  }
  for (let second = 0; second < seconds; second += 1) {
    for (let one = 0; one < perSecond; one += 1) {
      const within = how === 'even' ? (one + random() * 0.9) / perSecond : random();
      at((second + within) * 1000);
    }
  }
}

/** Calls one after the other, as fast as it may, each taking a while. */
export async function greedy(
  world: World,
  limits: CallLimits,
  wanted: { readonly endpoint: string; readonly urgency: Urgency; readonly seconds: number },
): Promise<number> {
  let made = 0;
  while (world.time.timer.now() < wanted.seconds * 1000) {
    if (await world.call(limits, wanted)) made += 1;
    await world.time.sleep(40);
  }
  return made;
}

function percentile(all: readonly number[], of: number): number {
  const sorted = [...all].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))] ?? 0;
}

/** Orders on some replicas for a while, beside a reconcile in a process of its own. */
export async function busyTime(wanted: {
  readonly replicas: number;
  readonly how: Arrivals;
  readonly seconds: number;
}) {
  const { replicas, how, seconds } = wanted;
  const world = limitedWorld();
  const { time, stripe, waits } = world;
  const services = Array.from({ length: replicas }, () => world.replica(() => replicas));
  const terminal = world.replica(() => null);
  const serviceOf = (nth: number) => services[nth % replicas] as CallLimits;
  const orders = { perSecond: 24, seconds, how };
  const calls = [
    { endpoint: 'create', urgency: 'customer' },
    { endpoint: 'capture', urgency: 'release' },
  ] as const;
  for (const call of calls) {
    arriving(world, orders, (nth) => {
      void world.call(serviceOf(nth), call);
    });
  }
  for (const endpoint of ['list', 'retrieve', 'transfers', 'refunds']) {
    void greedy(world, terminal, { endpoint, urgency: 'reconcile', seconds });
  }
  await time.run(seconds * 1000 + 20_000);
  const waited = [...(waits.get('customer') ?? []), ...(waits.get('release') ?? [])];
  return {
    refused: stripe.refused.slice(0, 5),
    tooLate: Object.fromEntries(world.tooLate),
    made: {
      orders: waited.length,
      reconcile: waits.get('reconcile')?.length ?? 0,
    },
    p50: Math.round(percentile(waited, 0.5)),
    p99: Math.round(percentile(waited, 0.99)),
    longest: Math.round(percentile(waited, 1)),
    mostInASecond: ['all', 'create', 'capture', 'list'].map(stripe.mostInASecond),
    statementsPerSecond: world.line.statements() / seconds,
  };
}
