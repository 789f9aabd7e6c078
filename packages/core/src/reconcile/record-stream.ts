import type { Result } from 'neverthrow';
import type { Money } from '../money/money.js';
import type { RefundStatus } from '../payment/refund.js';
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

/** A transfer that a record has sent, as far as Stripe's list tells the same. */
export interface SentRecord {
  readonly paymentId: string;
  /** `tr_...` */
  readonly stripeId: string;
  readonly stripeAccount: string | null;
  readonly amountMinor: number;
  readonly reversedMinor: number;
  readonly currency: string;
  /** When the runner's share was decided: it may have been sent much later. */
  readonly at: Date;
  readonly place: RecordPlace;
}

/** A refund that Stripe has made for a record. */
export interface MadeRefund {
  readonly paymentId: string;
  /** When its payment was asked for. */
  readonly paymentAt: Date;
  /** `re_...` */
  readonly stripeId: string;
  readonly status: RefundStatus;
  readonly amountMinor: number;
  readonly at: Date;
  readonly place: RecordPlace;
}

/** Reading the records beside Stripe's list. All of it reads only. */
export interface ReconcileRecords {
  /** Transfers that were sent, of those decided in a period, the newest first. */
  transfersWithin(walk: Walk): Promise<Result<readonly SentRecord[], DatabaseFault>>;
  /** Those that Stripe has under these ids. */
  transfersNamed(
    stripeTransferIds: readonly string[],
  ): Promise<Result<readonly SentRecord[], DatabaseFault>>;
  /** Refunds that were made, of those asked for in a period, the newest first. */
  refundsWithin(walk: Walk): Promise<Result<readonly MadeRefund[], DatabaseFault>>;
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
