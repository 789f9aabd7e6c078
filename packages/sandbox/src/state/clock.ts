/** Something that happens by itself at a moment of the sandbox's time. */
export interface Appointment {
  /** Milliseconds since the epoch, on the sandbox's clock. */
  readonly at: number;
  readonly run: () => void;
}

export interface MovableClock {
  now(): Date;
  nowMs(): number;
  /** Unix seconds, Stripe's `created`. */
  seconds(): number;
  schedule(appointment: Appointment): void;
  /** Runs what is due. Every request does this first, so that an injected `now` is obeyed too. */
  tick(): void;
  /** Moves time forward; everything due on the way runs at its own moment, in order. */
  advance(ms: number): void;
  clear(): void;
  close(): void;
}

/** Appointments, the earliest on top: a binary heap, for there may be one for each of a million holds. */
class Agenda {
  #heap: Appointment[] = [];

  peek(): Appointment | undefined {
    return this.#heap[0];
  }

  push(item: Appointment): void {
    const heap = this.#heap;
    let at = heap.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.at <= item.at) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = item;
  }

  pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const takeRight = right !== undefined && left !== undefined && right.at < left.at;
      const child = takeRight ? right : left;
      if (child === undefined || child.at >= last.at) break;
      heap[at] = child;
      at = takeRight ? 2 * at + 2 : 2 * at + 1;
    }
    heap[at] = last;
  }

  clear(): void {
    this.#heap = [];
  }
}

// A timer can't wait longer than 24 days, and an injected clock may jump: look at least this often.
const LONGEST_NAP_MS = 60_000;

/**
 * A clock that runs with `base` and can be moved forward. `onMove` gets the new distance from `base`
 * in milliseconds, to be remembered over a restart.
 */
export function createClock(
  base: () => Date,
  { offsetMs, onMove }: { offsetMs: number; onMove: (offsetMs: number) => void },
): MovableClock {
  const agenda = new Agenda();
  let offset = offsetMs;
  let latest = 0;
  let timer: NodeJS.Timeout | undefined;
  let timerAt = Number.POSITIVE_INFINITY;

  const nowMs = (): number => {
    // Lists are searched by `created`, so it must never go back, whatever the base clock does.
    latest = Math.max(latest, base().getTime() + offset);
    return latest;
  };

  const arm = (): void => {
    const next = agenda.peek();
    if (next === undefined || next.at >= timerAt) return;
    clearTimeout(timer);
    timerAt = next.at;
    timer = setTimeout(
      () => {
        timerAt = Number.POSITIVE_INFINITY;
        tick();
        arm();
      },
      Math.min(Math.max(next.at - nowMs(), 0), LONGEST_NAP_MS),
    );
    timer.unref();
  };

  const tick = (): void => {
    for (let next = agenda.peek(); next !== undefined && next.at <= nowMs(); next = agenda.peek()) {
      agenda.pop();
      next.run();
    }
  };

  return {
    now: () => new Date(nowMs()),
    nowMs,
    seconds: () => Math.floor(nowMs() / 1000),
    schedule: (appointment) => {
      agenda.push(appointment);
      arm();
    },
    tick,
    advance: (ms) => {
      const target = offset + ms;
      for (let next = agenda.peek(); next !== undefined; next = agenda.peek()) {
        const needed = next.at - base().getTime();
        if (needed > target) break;
        offset = Math.max(offset, needed);
        agenda.pop();
        next.run();
      }
      offset = target;
      onMove(offset);
    },
    clear: () => agenda.clear(),
    close: () => {
      agenda.clear();
      clearTimeout(timer);
    },
  };
}
