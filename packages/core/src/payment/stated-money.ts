import type { Money } from '../money/money.js';
import type { Payment } from './payment.js';

/**
 * What a caller says of the money of a payment beside what we read: its whole amount in minor units,
 * or its currency (ISO 4217, upper case). It moves no other amount, so it must be of just this one.
 */
export type StatedMoney =
  | { readonly field: string; readonly amountMinor: number }
  | { readonly field: string; readonly currency: string };

/** Money was named that is not the whole: no part of it is moved. */
export interface NotTheWhole {
  readonly type: 'NotTheWhole';
  readonly field: string;
  readonly whole: Money;
}

/** What all of a payment's money is: what was taken, where any was; else the amount to hold. */
export function wholeOf(payment: Payment): Money {
  const { amount } = payment;
  const taken = 'receivedMinor' in payment ? payment.receivedMinor : 0;
  return taken === 0 ? amount : { ...amount, amountMinor: taken };
}

/** The first statement that is not of the whole; null where all are. */
export function partIn(whole: Money, stated: readonly StatedMoney[] = []): NotTheWhole | null {
  const part = stated.find((one) =>
    'currency' in one ? one.currency !== whole.currency : one.amountMinor !== whole.amountMinor,
  );
  return part === undefined ? null : { type: 'NotTheWhole', field: part.field, whole };
}
