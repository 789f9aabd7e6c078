import { createCallLimits, type Logger, type Urgency } from '@campusg-pay/core';
import { memoryTurns } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { arriving, greedy, LIMITS, limitedWorld } from './an-hour.js';
import { virtualTime } from './virtual-time.js';

function alone({ perSecond = 100, perEndpoint = 5 } = {}) {
  const time = virtualTime();
  let timers = 0;
  const timer = {
    now: time.timer.now,
    after: (ms: number, wake: () => void) => {
      timers += 1;
      return time.timer.after(ms, wake);
    },
  };
  const refused: Urgency[] = [];
  const limits = createCallLimits({
    perSecond,
    perEndpoint,
    timer,
    shared: null,
    onRefused: (urgency) => refused.push(urgency),
  });
  const served: string[] = [];
  /** What is told at once, or `waits`; who had their turn is noted by name. */
  const take = (
    name: string,
    urgency: Urgency,
    { endpoint = 'create', withinMs = 10_000 } = {},
  ) => {
    const taken = limits.take({ endpoint, urgency, withinMs });
    const note = (outcome: Awaited<typeof taken>) => {
      served.push(outcome === 'turn' ? name : `${name} too late`);
    };
    if (!(taken instanceof Promise)) {
      note(taken);
      return taken;
    }
    void taken.then(note);
    return 'waits';
  };
  return { time, limits, take, served, refused, timers: () => timers };
}

function recordingLog() {
  const told: { level: keyof Logger; facts: object }[] = [];
  const at = (level: keyof Logger) => (facts: object) => {
    told.push({ level, facts });
  };
  const log: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
  return { log, lines: (level: keyof Logger) => told.filter((one) => one.level === level) };
}

describe('a limit that nobody shares', () => {
  it('lets a call go at once while there is room, without a timer', () => {
    const { take, timers } = alone();
    expect(Array.from({ length: 5 }, () => take('a', 'customer'))).toEqual(Array(5).fill('turn'));
    expect(timers()).toBe(0);
    expect(take('late', 'customer')).toBe('waits');
  });

  it('has all of it again a second later', async () => {
    const { time, take, served } = alone();
    for (let nth = 0; nth < 12; nth += 1) take(`${nth}`, 'customer');
    await time.run(999);
    expect(served).toHaveLength(5);
    await time.run(1);
    expect(served).toHaveLength(10);
    await time.run(1_000);
    expect(served).toHaveLength(12);
  });

  it('counts each endpoint by itself, and all of them together', async () => {
    const { time, take, served } = alone({ perSecond: 8 });
    for (const endpoint of ['create', 'capture', 'cancel'])
      for (let nth = 0; nth < 4; nth += 1) take(endpoint, 'customer', { endpoint });
    expect(served).toHaveLength(8);
    await time.run(1_000);
    expect(served).toHaveLength(12);
  });

  it('serves the more urgent first, and each in order', async () => {
    const { time, take, served } = alone({ perEndpoint: 1 });
    take('first', 'customer');
    const wanted = ['reconcile', 'sweep', 'recovery', 'release', 'customer'] as const;
    for (const urgency of wanted) {
      take(`${urgency} 1`, urgency, { withinMs: 30_000 });
      take(`${urgency} 2`, urgency, { withinMs: 30_000 });
    }
    await time.run(20_000);
    expect(served.slice(1)).toEqual(
      [...wanted].reverse().flatMap((urgency) => [`${urgency} 1`, `${urgency} 2`]),
    );
  });

  it('is not held up by an endpoint that has no turn', () => {
    const { take } = alone();
    for (let nth = 0; nth < 8; nth += 1) take('busy', 'customer');
    expect(take('free', 'reconcile', { endpoint: 'list' })).toBe('turn');
  });

  it('lets nobody wait for ever, however many customers come', async () => {
    const { time, take, served } = alone({ perEndpoint: 5 });
    take('patient', 'reconcile', { withinMs: 60_000 });
    for (let nth = 0; nth < 4; nth += 1) take('first', 'customer');
    for (const [nth, urgency] of (['reconcile', 'sweep', 'recovery', 'release'] as const).entries())
      take(`patient ${nth}`, urgency, { withinMs: 60_000 });
    for (let second = 0; second < 30; second += 1) {
      for (let nth = 0; nth < 7; nth += 1) take('customer', 'customer', { withinMs: 3_000 });
      await time.run(1_000);
    }
    expect(served.filter((name) => /^patient \d$/.test(name)).sort()).toEqual(
      [0, 1, 2, 3].map((nth) => `patient ${nth}`),
    );
  });

  it('refuses at once what can not have its turn in time, and tells when it makes sense', () => {
    const { take, limits, refused } = alone();
    for (let nth = 0; nth < 5 + 15; nth += 1) take('a', 'customer');
    const late = { endpoint: 'create', urgency: 'customer', withinMs: 3_000 } as const;
    expect(limits.refusal(late)).toEqual({ retryAfterMs: 3_200 });
    expect(take('b', 'customer', { withinMs: 3_000 })).toEqual({ retryAfterMs: 3_200 });
    expect(refused).toEqual(['customer']);
    // Who is more urgent than those who wait has fewer before.
    take('c', 'reconcile');
    expect(limits.refusal({ ...late, withinMs: 3_200 })).toBeNull();
  });

  it('lets go of whoever was overtaken until it was too late', async () => {
    const { time, take, served } = alone({ perEndpoint: 1 });
    take('first', 'customer');
    take('sweep', 'sweep', { withinMs: 1_500 });
    for (let nth = 0; nth < 3; nth += 1) take('customer', 'customer');
    await time.run(1_499);
    expect(served).toEqual(['first', 'customer']);
    await time.run(1);
    expect(served).toEqual(['first', 'customer', 'sweep too late']);
    await time.run(10_000);
    expect(served.slice(3)).toEqual(['customer', 'customer']);
  });
});

describe('a limit that was too much after all', () => {
  const perSecond = (limits: ReturnType<typeof alone>['limits']) =>
    Object.fromEntries(limits.rates().map((one) => [one.limit, one.perSecond]));

  it('is halved for that endpoint, once for all complaints of a second, and comes back slowly', async () => {
    const { time, take, limits } = alone({ perEndpoint: 20 });
    take('a', 'customer');
    const tooMuch = () => limits.tooMuch({ endpoint: 'create', everywhere: false });
    for (let nth = 0; nth < 5; nth += 1) tooMuch();
    expect(perSecond(limits)).toEqual({ all: 100, create: 10 });
    await time.run(10_000);
    expect(perSecond(limits)).toEqual({ all: 100, create: 12 });
    tooMuch();
    expect(perSecond(limits)).toEqual({ all: 100, create: 6 });
    await time.run(100_000);
    expect(perSecond(limits)).toEqual({ all: 100, create: 20 });
  });

  it('never falls below a tenth', async () => {
    const { time, limits } = alone();
    for (let nth = 0; nth < 10; nth += 1) {
      limits.tooMuch({ endpoint: 'create', everywhere: true });
      await time.run(1_000);
    }
    expect(perSecond(limits).all).toBeCloseTo(11);
  });

  it('is kept as it was learned: fewer calls are made', async () => {
    const { time, take, served, limits } = alone({ perEndpoint: 20 });
    limits.tooMuch({ endpoint: 'create', everywhere: false });
    for (let nth = 0; nth < 60; nth += 1) take('a', 'customer', { withinMs: 60_000 });
    expect(served).toHaveLength(10);
    await time.run(1_000);
    expect(served).toHaveLength(20);
  });
});

describe('a limit that replicas share', () => {
  it('costs no statement while each keeps within its share', async () => {
    const world = limitedWorld();
    const replicas = [0, 1, 2].map(() => world.replica(() => 3));
    await world.time.run(3_000);
    // The first call of each finds out since when it has a share.
    for (const one of replicas) void world.call(one, { endpoint: 'create', urgency: 'customer' });
    await world.time.run(3_000);
    const before = world.line.statements();
    arriving(world, { perSecond: 9, seconds: 60, how: 'even' }, (nth) => {
      const replica = replicas[nth % 3] as (typeof replicas)[number];
      void world.call(replica, { endpoint: 'create', urgency: 'customer' });
    });
    await world.time.run(60_000);
    expect(world.line.statements()).toBe(before);
    expect(Math.max(...(world.waits.get('customer') ?? []).slice(3))).toBe(0);
  });

  it('is not shared where it has no end', async () => {
    const time = virtualTime();
    const asked: string[] = [];
    const { turns } = memoryTurns(time.timer.now);
    const limits = createCallLimits({
      perSecond: Number.POSITIVE_INFINITY,
      perEndpoint: 2,
      timer: time.timer,
      shared: {
        turns: {
          take: (wanted) => {
            asked.push(...wanted.map(({ limit }) => limit));
            return turns.take(wanted);
          },
        },
        replicas: () => null,
      },
    });
    const wanted = { endpoint: 'create', urgency: 'customer', withinMs: 10_000 } as const;
    const taken = Promise.all([limits.take(wanted), limits.take(wanted)]);
    await time.run(5_000);
    expect(await taken).toEqual(['turn', 'turn']);
    expect(new Set(asked)).toEqual(new Set(['create']));
  });

  it('is never exceeded while replicas come and go, seen up to half a second late', async () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const world = limitedWorld({ seed });
      const { time, random } = world;
      /** How many there are, as somebody sees it who looks twice a second. */
      let live = 1;
      const changes: { at: number; live: number }[] = [{ at: 0, live: 1 }];
      const seenBy = (from: number, phase: number) => () => {
        const now = time.timer.now();
        if (now < from) return null;
        const looked = Math.floor((now - phase) / 500) * 500 + phase;
        return changes.findLast(({ at }) => at <= Math.max(looked, from))?.live ?? 1;
      };
      const start = () => {
        const limits = world.replica(seenBy(time.timer.now(), random() * 500));
        let lives = true;
        const flood = async (endpoint: string, urgency: Urgency) => {
          while (lives) {
            await world.call(limits, { endpoint, urgency });
            await time.sleep(5);
          }
        };
        const many = [0, 1, 2, 3, 4, 5].map(() => flood('create', 'customer'));
        void Promise.all([...many, flood('capture', 'release'), flood('list', 'sweep')]);
        return () => {
          lives = false;
        };
      };
      const stops = [start()];
      for (let step = 0; step < 12; step += 1) {
        await time.run(1_000 + random() * 6_000);
        const grows = live === 1 || (live < 5 && random() < 0.5);
        live += grows ? 1 : -1;
        changes.push({ at: time.timer.now(), live });
        if (grows) stops.push(start());
        else stops.shift()?.();
      }
      await time.run(5_000);
      for (const stop of stops) stop();
      expect(world.stripe.refused, `seed ${seed}`).toEqual([]);
      expect(world.stripe.made.get('create')).toBeGreaterThan(300);
    }
  });

  it('goes on with its share while the database is away, and with all of it when that is back', async () => {
    const world = limitedWorld();
    const { time, line, stripe } = world;
    const service = world.replica(() => 1);
    await time.run(3_000);
    for (let nth = 0; nth < 30; nth += 1)
      void greedy(world, service, { endpoint: 'create', urgency: 'customer', seconds: 60 });
    await time.run(7_000);
    const made = () => stripe.made.get('create') ?? 0;
    const during = async (ms: number) => {
      const before = made();
      await time.run(ms);
      return made() - before;
    };
    expect(await during(10_000)).toBeGreaterThan(10 * (LIMITS.perEndpoint - 2));
    line.goesAway(true);
    await time.run(2_000);
    expect(await during(10_000)).toBe(10 * Math.floor(LIMITS.perEndpoint / 2));
    line.goesAway(false);
    await time.run(2_000);
    expect(await during(10_000)).toBeGreaterThan(10 * (LIMITS.perEndpoint - 2));
    expect(stripe.refused).toEqual([]);
  });

  it('lets a terminal without a share have turns of the line, while customers fill it', async () => {
    const world = limitedWorld();
    const { time } = world;
    const service = world.replica(() => 1);
    const terminal = world.replica(() => null);
    arriving(world, { perSecond: 40, seconds: 60, how: 'even' }, () => {
      void world.call(service, { endpoint: 'retrieve', urgency: 'customer', withinMs: 2_000 });
    });
    void greedy(world, terminal, { endpoint: 'retrieve', urgency: 'reconcile', seconds: 60 });
    await time.run(62_000);
    expect(world.stripe.refused).toEqual([]);
    expect(world.waits.get('reconcile')?.length).toBeGreaterThan(5);
    expect(world.waits.get('customer')?.length).toBeGreaterThan(60 * 20);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no such table'))],
    [
      'throws',
      () => {
        throw new Error('no such table');
      },
    ],
  ])('goes on with its share where the line %s, and tells once', async (_, take) => {
    const time = virtualTime();
    const { log, lines } = recordingLog();
    const line = memoryTurns(time.timer.now);
    let isBroken = true;
    const asked: number[] = [];
    const limits = createCallLimits({
      perSecond: 100,
      perEndpoint: 4,
      timer: time.timer,
      shared: {
        turns: {
          take: (wanted) => {
            asked.push(time.timer.now());
            return isBroken ? take() : line.turns.take(wanted);
          },
        },
        replicas: () => 1,
        log,
      },
    });
    const served: number[] = [];
    const call = () => {
      const wanted = { endpoint: 'create', urgency: 'customer', withinMs: 60_000 } as const;
      void Promise.resolve(limits.take(wanted)).then(() => served.push(time.timer.now()));
    };
    call();
    await time.run(3_000);
    for (let nth = 0; nth < 60; nth += 1) call();
    await time.run(10_000);
    // Its share is half of the four; the line is asked once a second, and not sooner.
    expect(served.length).toBeGreaterThanOrEqual(2 * 9);
    expect(asked.length).toBeGreaterThanOrEqual(10);
    expect(asked.length).toBeLessThanOrEqual(14);
    expect(lines('warn')).toHaveLength(1);
    isBroken = false;
    const before = served.length;
    await time.run(5_000);
    expect(served.length - before).toBeGreaterThan(2 * 5 + 4);
    expect(lines('warn')).toHaveLength(1);
    expect(lines('info')).toHaveLength(1);
  });
});
