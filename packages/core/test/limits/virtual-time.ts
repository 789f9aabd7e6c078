import type { createCallLimits, SharedTurns } from '@campusg-pay/core';
import { idle, memoryTurns } from '@campusg-pay/core/testing';

type TurnTimer = Parameters<typeof createCallLimits>[0]['timer'];

interface Event {
  readonly at: number;
  readonly nth: number;
  readonly run: () => void;
}

/** Time in which things happen one after the other, and in no time. */
export interface VirtualTime {
  readonly timer: TurnTimer;
  /** Resolves after so many milliseconds. */
  sleep(ms: number): Promise<void>;
  /** Lets so much time pass. */
  run(ms: number): Promise<void>;
}

export function virtualTime(): VirtualTime {
  let now = 0;
  let nth = 0;
  const heap: Event[] = [];
  const isBefore = (one: Event, other: Event) =>
    one.at === other.at ? one.nth < other.nth : one.at < other.at;
  const push = (event: Event) => {
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Event;
      if (!isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  };
  const pop = (): Event => {
    const first = heap[0] as Event;
    const last = heap.pop() as Event;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event))
        child += 1;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
    return first;
  };
  const after = (ms: number, wake: () => void) => {
    let isOff = false;
    push({
      at: now + ms,
      nth: nth++,
      run: () => {
        if (!isOff) wake();
      },
    });
    return () => {
      isOff = true;
    };
  };
  return {
    timer: { now: () => now, after },
    sleep: (ms) =>
      new Promise((wake) => {
        after(ms, wake);
      }),
    run: async (ms) => {
      const end = now + ms;
      await idle();
      while (heap[0] !== undefined && heap[0].at <= end) {
        const event = pop();
        now = Math.max(now, event.at);
        event.run();
        await idle();
      }
      now = end;
    },
  };
}

/** The shared line as replicas reach it: it takes a while. */
export function distantTurns(time: VirtualTime, roundTripMs: number) {
  const line = memoryTurns(time.timer.now);
  let statements = 0;
  let isAway = false;
  const turns: SharedTurns = {
    take: async (wanted) => {
      statements += 1;
      await time.sleep(roundTripMs / 2);
      const taken = isAway ? await line.away() : await line.turns.take(wanted);
      await time.sleep(roundTripMs / 2);
      return taken;
    },
  };
  return {
    turns,
    statements: () => statements,
    goesAway: (away: boolean) => {
      isAway = away;
    },
  };
}

/** What Stripe takes, by two ways of counting at once: any second, and a bucket that is filled evenly. */
export function strictStripe(
  now: () => number,
  limits: { perSecond: number; perEndpoint: number },
) {
  const counted = new Map<
    string,
    { made: number[]; tokens: number; filledAt: number; most: number }
  >();
  const refused: { readonly endpoint: string; readonly at: number; readonly by: string }[] = [];
  const made = new Map<string, number>();
  const take = (limit: string, perSecond: number): string | null => {
    const at = now();
    const one = counted.get(limit) ?? { made: [], tokens: perSecond, filledAt: at, most: 0 };
    counted.set(limit, one);
    // A second is a little shorter than one here: sums of parts of milliseconds are not exact.
    while (one.made[0] !== undefined && one.made[0] + 999.999 <= at) one.made.shift();
    one.made.push(at);
    one.most = Math.max(one.most, one.made.length);
    one.tokens = Math.min(perSecond, one.tokens + ((at - one.filledAt) / 1000) * perSecond);
    one.filledAt = at;
    if (one.made.length > perSecond) return `${limit}: ${one.made.length} in a second`;
    if (one.tokens < 1 - 1e-6) return `${limit}: bucket empty`;
    one.tokens -= 1;
    return null;
  };
  return {
    call: (endpoint: string): boolean => {
      made.set(endpoint, (made.get(endpoint) ?? 0) + 1);
      const by = take('all', limits.perSecond) ?? take(endpoint, limits.perEndpoint);
      if (by !== null) refused.push({ endpoint, at: now(), by });
      return by === null;
    },
    refused,
    made,
    mostInASecond: (limit: string) => counted.get(limit)?.most ?? 0,
  };
}

/** Numbers that look random and are the same each time, from 0 up to 1. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
