import type { Result } from 'neverthrow';
import type { Money } from '../money/money.js';
import type { DatabaseFault } from '../ports.js';
import type { OurSide } from './discrepancy.js';

/** Where a walk through the records has come to. */
export interface RecordPlace {
  /** As Postgres writes it: a Date would lose the microseconds, and with them rows. */
  readonly at: string;
  readonly id: string;
}

/** A record as it was found. */
export type Found =
  | { readonly type: 'record'; readonly ours: OurSide; readonly place: RecordPlace }
  /** A row that stands for no payment; `detail` says why. */
  | {
      readonly type: 'unreadable';
      readonly id: string;
      readonly paymentIntentId: string | null;
      readonly detail: string;
      readonly place: RecordPlace;
    };

export interface Walk {
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
  readonly before: RecordPlace | null;
  readonly limit: number;
}

/** Reading the records beside Stripe's list. All of it reads only. */
export interface ReconcileRecords {
  count(period: { readonly from: Date; readonly to: Date }): Promise<Result<number, DatabaseFault>>;
  /** Those created in a period, the newest first. */
  within(walk: Walk): Promise<Result<readonly Found[], DatabaseFault>>;
  /** Those created before `to` that are still open or not told of, the newest first. */
  unfinished(walk: Omit<Walk, 'from'>): Promise<Result<readonly Found[], DatabaseFault>>;
  /** Those of these ids or PaymentIntents. */
  of(wanted: {
    readonly paymentIds: readonly string[];
    readonly paymentIntentIds: readonly string[];
  }): Promise<Result<readonly Found[], DatabaseFault>>;
  /** The live payment of an order, at most one unless an invariant is broken. */
  liveOfOrder(orderId: string): Promise<Result<readonly Found[], DatabaseFault>>;
  /** Which of these Stripe customers are ours: made by us, or with a payment around that time. */
  ourCustomers(wanted: {
    readonly stripeCustomerIds: readonly string[];
    readonly around: Date;
  }): Promise<Result<readonly string[], DatabaseFault>>;
  /** Records that wait for a PaymentIntent as this one is. */
  waitingFor(intent: {
    readonly stripeCustomerId: string;
    readonly amount: Money;
    readonly createdAt: Date;
  }): Promise<Result<readonly Found[], DatabaseFault>>;
}
