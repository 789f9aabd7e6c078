import type { Result } from 'neverthrow';
import type { Currency } from '../money/money.js';
import type { Payment, Status } from '../payment/payment.js';
import type { DatabaseFault } from '../ports.js';

/** Which payments are looked for; what is null or empty does not matter. */
export interface PaymentFilter {
  readonly statuses: readonly Status[];
  readonly createdFrom: Date | null;
  /** Exclusive. */
  readonly createdBefore: Date | null;
  readonly customerId: string | null;
  readonly runnerId: string | null;
  readonly orderId: string | null;
  readonly currency: Currency | null;
  /** Minor units, of `currency`, which must not be null then. */
  readonly minMinor: number | null;
  readonly maxMinor: number | null;
  /** Only those that a person should look at. */
  readonly review: boolean;
}

/** Where a page goes on: the last payment of the one before. */
export type PaymentPlace = Pick<Payment, 'id' | 'createdAt'>;

/** Looking for payments, for people. */
export interface PaymentSearch {
  /** At most `limit` payments, the newest first, those after `after`. */
  list(
    filter: PaymentFilter,
    page: { readonly after: PaymentPlace | null; readonly limit: number },
  ): Promise<Result<readonly Payment[], DatabaseFault>>;
  /** All payments that a text may mean: by id, by PaymentIntent, or all of an order, newest first. */
  named(text: string): Promise<Result<readonly Payment[], DatabaseFault>>;
}
