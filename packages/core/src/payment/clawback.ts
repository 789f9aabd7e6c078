import type { Taken } from './taken.js';

/**
 * Who bears what is given back of a payment whose runner has been paid. `proportional`: the runner
 * gives back their share of it. `full`: all of it, up to what they got. `none`: nothing.
 */
export const CLAWBACKS = ['proportional', 'full', 'none'] as const;

export type Clawback = (typeof CLAWBACKS)[number];

/** The runner's share of what was taken. */
export function shareMinor({ receivedMinor, feeMinor }: Pick<Taken, 'receivedMinor' | 'feeMinor'>) {
  return Math.max(0, receivedMinor - feeMinor);
}

/**
 * How much of the runner's share is to be gone once so much is given back in all, half up to the minor
 * unit. Reckoned from the sums, so that the last part makes the whole, whatever the parts were.
 *
 * @param givenMinor from 0 to what was taken
 */
export function clawbackMinor(
  taken: Pick<Taken, 'receivedMinor' | 'feeMinor'>,
  givenMinor: number,
  policy: Clawback,
): number {
  const share = shareMinor(taken);
  if (policy === 'none' || givenMinor <= 0) return 0;
  if (policy === 'full') return Math.min(share, givenMinor);
  if (givenMinor >= taken.receivedMinor) return share;
  return divideHalfUp(BigInt(share) * BigInt(givenMinor), BigInt(taken.receivedMinor));
}

function divideHalfUp(dividend: bigint, divisor: bigint): number {
  return Number((2n * dividend + divisor) / (2n * divisor));
}
