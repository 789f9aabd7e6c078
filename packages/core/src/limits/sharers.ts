import { SECOND_MS } from '../time/durations.js';

/**
 * Longer than it takes until all have seen that one came or went (they look twice a second), and until what
 * was done by the old shares is a second ago.
 */
const SETTLES_WITHIN_MS = 2 * SECOND_MS;

/**
 * Among how many a limit is divided, so that all shares together never exceed it: a share that shrinks does
 * so at once, one that grows waits until nobody counts on the old one, and who is new waits as well.
 *
 * @param seen how many there are, this one included; null: it was not seen yet, and has no share
 */
export function createSharers(seen: () => number | null): (now: number) => number | null {
  let agreed: number | null = null;
  /** The most that was seen since there were fewer than agreed, or since we came. */
  let fewer: { readonly since: number; most: number } | null = null;
  return (now) => {
    const current = seen();
    if (current === null) return null;
    if (agreed !== null && current >= agreed) {
      agreed = current;
      fewer = null;
      return agreed;
    }
    fewer ??= { since: now, most: current };
    fewer.most = Math.max(fewer.most, current);
    if (now - fewer.since < SETTLES_WITHIN_MS) return agreed;
    agreed = Math.max(fewer.most, current);
    fewer = null;
    return agreed;
  };
}
