/** How long to rest between tries. */
export interface Backoff {
  /** After the first failure, in milliseconds. */
  readonly firstMs: number;
  /** However many failures there were, in milliseconds, before it is spread. */
  readonly longestMs: number;
}

/**
 * The pause before the next try, in milliseconds: doubled with each failure before this one, then
 * spread by a quarter to both sides, so that what failed together comes back apart.
 *
 * @param failuresBefore 0 after the first failure
 * @param spread from 0 up to 1 (exclusive), by chance or by what tells one case from another;
 *   0.5 leaves the pause as it is
 */
export function backoffMs(
  { firstMs, longestMs }: Backoff,
  failuresBefore: number,
  spread: number,
): number {
  const doubled = Math.min(firstMs * 2 ** Math.min(failuresBefore, 30), longestMs);
  return doubled * (0.75 + spread / 2);
}
