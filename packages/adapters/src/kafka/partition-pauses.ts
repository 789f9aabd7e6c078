import { backoffMs } from '@campusg-pay/core';
import type { EachBatchPayload } from 'kafkajs';

const FIRST_PAUSE_MS = 500;

/** Partitions that wait, each time twice as long. */
export interface PartitionPauses {
  /** Holds the partition of a batch up; tells for how many milliseconds. */
  pause(payload: Pick<EachBatchPayload, 'batch' | 'pause'>): number;
  /** The partition moves on: should it wait again, then for a short time first. */
  over(partition: number): void;
  clear(): void;
}

/** @param longestMs before it is spread by a quarter to both sides */
export function createPauses(longestMs: number): PartitionPauses {
  const faults = new Map<number, number>();
  const timers = new Map<number, NodeJS.Timeout>();
  return {
    pause: ({ batch, pause }) => {
      const { partition } = batch;
      const before = faults.get(partition) ?? 0;
      faults.set(partition, before + 1);
      const backoff = { firstMs: FIRST_PAUSE_MS, longestMs };
      const ms = Math.round(backoffMs(backoff, before, Math.random()));
      clearTimeout(timers.get(partition));
      timers.set(partition, setTimeout(pause(), ms));
      return ms;
    },
    over: (partition) => {
      faults.delete(partition);
    },
    clear: () => {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
