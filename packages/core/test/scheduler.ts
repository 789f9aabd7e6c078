import type { Logger, Scheduler } from '@campusg-pay/core';
import type { VirtualClock } from '@campusg-pay/core/testing';

/** Time that repeats are spread over, by a virtual clock; every spread is the middle one. */
export function virtualScheduler(clock: VirtualClock): Scheduler {
  const start = clock.now().getTime();
  return {
    elapsedMs: () => clock.now().getTime() - start,
    random: () => 0.5,
    pause: async (ms, until) => {
      if (until?.aborted === true) return;
      const aborted = new Promise<void>((resolve) => {
        until?.addEventListener('abort', () => resolve());
      });
      await Promise.race([clock.sleep(ms), aborted]);
    },
  };
}

const nothing = () => {};
export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
