import type { Currency } from './money.js';

/** What the platform keeps of every release that names no fee of its own. */
export interface FeePolicy {
  /** In millionths of the amount: 25_000 is 2.5 %. From 0 to 1_000_000. */
  readonly partsPerMillion: number;
  /** On top of that, in minor units of each currency; none where it is not named. */
  readonly fixedMinor: Readonly<Partial<Record<string, number>>>;
  /** Whether the percentage is taken of a tip as well. */
  readonly onTip: boolean;
}

/** The platform keeps nothing. */
export const NO_FEE: FeePolicy = { partsPerMillion: 0, fixedMinor: {}, onTip: false };

/**
 * The platform's fee: half up to the minor unit, never more than was taken.
 *
 * @param of what is taken of the order, and the tip on top of it, in minor units
 */
export function feeMinorOf(
  { partsPerMillion, fixedMinor, onTip }: FeePolicy,
  of: { readonly amountMinor: number; readonly tipMinor: number; readonly currency: Currency },
): number {
  const baseMinor = of.amountMinor + (onTip ? of.tipMinor : 0);
  const share = (2n * BigInt(baseMinor) * BigInt(partsPerMillion) + MILLION) / (2n * MILLION);
  const fee = Number(share) + (fixedMinor[of.currency] ?? 0);
  return Math.min(fee, baseMinor);
}

const MILLION = 1_000_000n;
