/**
 * Real time for work that repeats. Unlike the {@link Clock}, which says what time it is for payments
 * and may be moved, it only ever runs on.
 */
export interface Scheduler {
  /** Resolves after so many milliseconds, or as soon as `until` is aborted; never rejects. */
  pause(ms: number, until?: AbortSignal): Promise<void>;
  /** Milliseconds since some moment; never goes back. */
  elapsedMs(): number;
  /** From 0 up to 1 (exclusive): spreads pauses, so that what failed together comes back apart. */
  random(): number;
}
