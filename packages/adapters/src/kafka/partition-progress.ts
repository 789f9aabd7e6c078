import type { Fault } from '@campusg-pay/core';

/**
 * How long a message may be the next one of its partition before that is said to be stuck, in
 * milliseconds: longer than a command takes whose every call to Stripe runs into its deadline.
 */
const STUCK_AFTER_MS = 5 * 60_000;

/** Whether the partitions of a consumer move on while messages wait in them. */
export interface PartitionProgress {
  /** A message is the next one of its partition, perhaps once more. */
  begin(partition: number, offset: string): void;
  /** It was not taken in now, and why. */
  failed(partition: number, fault: Fault): void;
  /** It was taken in. */
  done(partition: number): void;
  /** Others have the partitions that are not named here. */
  keepOnly(partitions: readonly number[]): void;
  /** Where nothing has moved for too long: as many as there are. */
  stuck(): readonly StuckPartition[];
}

export interface StuckPartition {
  readonly partition: number;
  /** Of the message that does not get done. */
  readonly offset: string;
  readonly sinceMs: number;
}

interface Waiting {
  readonly offset: string;
  readonly beganMs: number;
  /** Stripe is away: the commands wait for it as they should, and nothing is wrong with the consumer. */
  readonly waitsForStripe: boolean;
}

/** @param elapsedMs a clock that never jumps, in milliseconds */
export function createProgress(
  elapsedMs: () => number,
  stuckAfterMs: number = STUCK_AFTER_MS,
): PartitionProgress {
  const waiting = new Map<number, Waiting>();
  return {
    begin: (partition, offset) => {
      if (waiting.get(partition)?.offset === offset) return;
      waiting.set(partition, { offset, beganMs: elapsedMs(), waitsForStripe: false });
    },
    failed: (partition, fault) => {
      const one = waiting.get(partition);
      if (one === undefined) return;
      const waitsForStripe = fault.type === 'GatewayUnavailable' && fault.unreadable !== true;
      // What it waited for Stripe is not held against it.
      const beganMs = waitsForStripe || one.waitsForStripe ? elapsedMs() : one.beganMs;
      waiting.set(partition, { ...one, beganMs, waitsForStripe });
    },
    done: (partition) => {
      waiting.delete(partition);
    },
    keepOnly: (partitions) => {
      for (const one of waiting.keys()) if (!partitions.includes(one)) waiting.delete(one);
    },
    stuck: () =>
      [...waiting]
        .map(([partition, { offset, beganMs }]) => ({
          partition,
          offset,
          sinceMs: elapsedMs() - beganMs,
        }))
        .filter(({ sinceMs }) => sinceMs >= stuckAfterMs),
  };
}
