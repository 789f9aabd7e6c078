import type { Result } from 'neverthrow';
import type { Currency } from '../money/money.js';
import type { Payment, Status } from '../payment/payment.js';
import type { TransferStatus } from '../payment/transfer.js';
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
  /** `acct_...`: where the runner's share of it goes or went. */
  readonly runnerAccount: string | null;
  /** Of their transfer. */
  readonly transferStatuses: readonly TransferStatus[];
}

/** Every payment. */
export const ANY_PAYMENT: PaymentFilter = {
  statuses: [],
  createdFrom: null,
  createdBefore: null,
  customerId: null,
  runnerId: null,
  orderId: null,
  currency: null,
  minMinor: null,
  maxMinor: null,
  review: false,
  runnerAccount: null,
  transferStatuses: [],
};

/** Where a page goes on: the last payment of the one before. */
export type PaymentPlace = Pick<Payment, 'id' | 'createdAt'>;

/** Which part of a list is asked for. */
export interface Slice<Place> {
  /** Null: from the beginning. */
  readonly after: Place | null;
  readonly limit: number;
}

/**
 * Looking for payments. Lists are by the time of creation and the id, both of which never change: whoever
 * goes through them page by page sees each payment that was there when they began, once.
 */
export interface PaymentSearch {
  /** At most `limit` payments, the newest first, those after `after`. */
  list(
    filter: PaymentFilter,
    slice: Slice<PaymentPlace>,
  ): Promise<Result<readonly Payment[], DatabaseFault>>;
  /** The same of those that a user pays for, or is the runner of. */
  ofUser(
    userId: string,
    slice: Slice<PaymentPlace>,
  ): Promise<Result<readonly Payment[], DatabaseFault>>;
  /**
   * All payments that a text may mean: by id, by PaymentIntent, by their transfer's id (ours or Stripe's),
   * by a refund's at Stripe, or all of an order; newest first.
   */
  named(text: string): Promise<Result<readonly Payment[], DatabaseFault>>;
}

/** A page of a list, and where the next one begins; null: this is the last. */
export interface Listed<Item, Place> {
  readonly items: readonly Item[];
  readonly next: Place | null;
}

/** Reads one page: one item more than wanted tells whether there are more. */
export async function readListed<Item extends Place, Place>(
  list: (slice: Slice<Place>) => Promise<Result<readonly Item[], DatabaseFault>>,
  { after, limit }: Slice<Place>,
): Promise<Result<Listed<Item, Place>, DatabaseFault>> {
  const found = await list({ after, limit: limit + 1 });
  return found.map((all) => {
    const items = all.slice(0, limit);
    return { items, next: all.length > limit ? (items.at(-1) ?? null) : null };
  });
}
