import type { Announcement } from '@campusg-pay/core';

/** The event log, as whoever reads it sees it. */
export interface Topic {
  accept(rows: readonly Announcement[]): void;
  /** The highest version of a payment that was published, 0 for none. */
  seen(paymentId: string): number;
  /** How many were accepted, repeats included. */
  readonly size: number;
  /** What was published too early: the first occurrence of a version before that of a lower one. */
  readonly disorder: readonly string[];
}

export function simulatedTopic(): Topic {
  const versions = new Map<string, number>();
  const disorder: string[] = [];
  let size = 0;
  return {
    accept: (rows) => {
      for (const { paymentId, version } of rows) {
        const before = versions.get(paymentId) ?? 0;
        if (version > before + 1) {
          disorder.push(`${paymentId}: version ${version} is published after ${before}`);
        }
        versions.set(paymentId, Math.max(before, version));
        size += 1;
      }
    },
    seen: (paymentId) => versions.get(paymentId) ?? 0,
    get size() {
      return size;
    },
    disorder,
  };
}
