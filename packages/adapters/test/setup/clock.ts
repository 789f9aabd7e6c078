import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@campusg-pay/core';

/** Real time that can be moved ahead, so that leases run out without waiting. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

/** Real time, with an offset that only grows. */
export function testClock(): TestClock {
  let offsetMs = 0;
  return {
    now: () => new Date(Date.now() + offsetMs),
    sleep: async (ms) => {
      await sleep(ms);
    },
    advance: (ms) => {
      offsetMs += ms;
    },
  };
}
