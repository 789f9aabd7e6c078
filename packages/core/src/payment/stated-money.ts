import type { Payment } from './payment.js';

/**
 * What a caller says of the money of a payment beside what we read: its whole amount in minor units,
 * or its currency (ISO 4217, upper case). It moves no other amount, so it must be of just this one.
 */
export type StatedMoney =
  | { readonly field: string; readonly amountMinor: number }
  | { readonly field: string; readonly currency: string };

/** The first statement that is not of the payment's money; null where all are. */
export function contradictedMoney(
  { amount }: Pick<Payment, 'amount'>,
  stated: readonly StatedMoney[] = [],
): StatedMoney | null {
  const differs = (one: StatedMoney) =>
    'currency' in one ? one.currency !== amount.currency : one.amountMinor !== amount.amountMinor;
  return stated.find(differs) ?? null;
}
