import type { TestDatabase } from '../setup/database.js';
import type { Received } from '../setup/kafka.js';
import { announcementOf, queue } from '../setup/relay.js';

/** Payments whose events are committed together. */
const AT_ONCE = 100;

/** So many events has each payment: a hold, a release, a revert. */
export const EVENTS_EACH = 3;

/**
 * The payments `from` to `to`, whose events are committed one version after the other, some at a
 * time, with a pause behind each.
 */
export function writeEvents(
  { pool }: TestDatabase,
  { from, to }: { readonly from: number; readonly to: number },
  pause: () => Promise<unknown>,
) {
  let written = 0;
  const done = (async () => {
    for (let first = from; first < to; first += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, to - first) }, (_, n) => `p${first + n}`);
      for (let version = 1; version <= EVENTS_EACH; version += 1) {
        await queue(
          pool,
          some.map((payment) => announcementOf(payment, version)),
        );
        written += some.length;
        await pause();
      }
    }
  })();
  return { done, written: () => written };
}

/** What a consumer can tell from a topic. */
export function judge(messages: readonly Received[]) {
  const first = new Map<string, number[]>();
  const partitions = new Map<string, Set<number>>();
  let duplicates = 0;
  for (const { key, value, partition } of messages) {
    const order = String(key);
    const { version } = JSON.parse(String(value)).payload as { version: number };
    const versions = first.get(order) ?? [];
    if (versions.includes(version)) duplicates += 1;
    else versions.push(version);
    first.set(order, versions);
    partitions.set(order, (partitions.get(order) ?? new Set()).add(partition));
  }
  const inOrder = (versions: readonly number[]) => versions.every((one, n) => one === n + 1);
  return {
    orders: first.size,
    distinct: [...first.values()].reduce((sum, { length }) => sum + length, 0),
    duplicates,
    outOfOrder: [...first].filter(([, versions]) => !inOrder(versions)).map(([order]) => order),
    scattered: [...partitions].filter(([, places]) => places.size > 1).map(([order]) => order),
  };
}
