/** Real time, for waiting. */
export interface TurnTimer {
  /** Milliseconds since some moment; never goes back. */
  now(): number;
  /** Calls once after so many milliseconds, unless what it answers is called before. */
  after(ms: number, wake: () => void): () => void;
}
