/** Why a call to the gateway has no answer. */
export interface GatewayFault {
  readonly type: 'GatewayUnavailable';
  /**
   * `no`: Stripe certainly did not do it (rate limited, key refused, never connected).
   * `unknown`: it may have been done (timeout, connection lost, 5xx), so the operation stays open.
   */
  readonly executed: 'no' | 'unknown';
  readonly reason: string;
  readonly retryAfterMs: number | null;
  /** Stripe answers this key with a remembered error, and will until it forgets the key. */
  readonly remembered?: true;
  /** Stripe answered, but what it said can't be read: asked again it may say the same for long. */
  readonly unreadable?: true;
}

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** How many more there were that can't be read. */
  readonly unreadable: number;
  /** What to ask the next page with; null when this was the last one. */
  readonly next: string | null;
}
