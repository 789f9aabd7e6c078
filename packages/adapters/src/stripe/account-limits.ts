/** How many calls a second an account may make. */
export interface AccountLimits {
  /** Over all. A whole number, or `Infinity`. */
  readonly perSecond: number;
  /** To each endpoint. A whole number, or `Infinity`. */
  readonly perEndpoint: number;
}

/**
 * What Stripe allows by default (docs.stripe.com/rate-limits); null for another endpoint that speaks like
 * it, which has no reason to limit us.
 */
export function usualLimits(of: {
  readonly secretKey: string;
  readonly apiBase: URL | null;
}): AccountLimits | null {
  if (of.apiBase !== null) return null;
  const isLive = /^(sk|rk)_live_/.test(of.secretKey);
  return { perSecond: isLive ? 100 : 25, perEndpoint: 25 };
}
