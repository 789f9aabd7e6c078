import type { Result } from 'neverthrow';
import type { Currency } from '../money/money.js';
import type { Refund, RefundStatus } from '../payment/refund.js';
import type { Transfer, TransferStatus } from '../payment/transfer.js';
import type { DatabaseFault } from '../ports.js';
import type { Slice } from './payment-search.js';

/** Whose money it is. */
interface OfPayment {
  readonly paymentId: string;
  readonly orderId: string;
  readonly currency: Currency;
  readonly createdAt: Date;
}

/** A transfer, and the payment that it is of. */
export interface TransferEntry extends OfPayment {
  readonly transfer: Transfer;
  readonly updatedAt: Date;
}

export interface TransferFilter {
  readonly statuses: readonly TransferStatus[];
  readonly runnerId: string | null;
  readonly stripeAccount: string | null;
}

/** A payment has one transfer. */
export type TransferPlace = Pick<TransferEntry, 'createdAt' | 'paymentId'>;

/** A refund, and the payment that it is of. */
export interface RefundEntry extends OfPayment {
  readonly refund: Refund;
  readonly refundId: string;
}

export interface RefundFilter {
  readonly statuses: readonly RefundStatus[];
  readonly paymentId: string | null;
}

export type RefundPlace = Pick<RefundEntry, 'createdAt' | 'paymentId' | 'refundId'>;

/** A runner as far as anything is known of them, with sums for each currency. */
export interface RunnerEntry {
  readonly runnerId: string;
  readonly stripeAccount: string | null;
  /** As Stripe told last; null: nobody has asked, or there is no account. */
  readonly transfersEnabled: boolean | null;
  /** Why not, in Stripe's words. */
  readonly accountReason: string | null;
  /** What they owe. */
  readonly debts: readonly CurrencySum[];
  /** What is to be sent to them and is not sent yet. */
  readonly waiting: readonly CurrencySum[];
}

export interface CurrencySum {
  readonly currency: Currency;
  readonly amountMinor: number;
}

export interface RunnerFilter {
  readonly stripeAccount: string | null;
  /** Only those who owe. */
  readonly owing: boolean;
}

export type RunnerPlace = Pick<RunnerEntry, 'runnerId'>;

/** What a runner owed once, what is left of it, and which transfers have paid it. */
export interface RecordedDebt extends OfPayment {
  readonly debtId: string;
  readonly amountMinor: number;
  readonly leftMinor: number;
  /** The oldest first. */
  readonly nettings: readonly {
    /** Of the transfer that it was kept back of. */
    readonly paymentId: string;
    readonly amountMinor: number;
    readonly at: Date;
  }[];
}

/** Looking for what became of money after it was taken. */
export interface MoneySearch {
  /** The newest first. */
  transfers(
    filter: TransferFilter,
    slice: Slice<TransferPlace>,
  ): Promise<Result<readonly TransferEntry[], DatabaseFault>>;
  /** The newest first. */
  refunds(
    filter: RefundFilter,
    slice: Slice<RefundPlace>,
  ): Promise<Result<readonly RefundEntry[], DatabaseFault>>;
  /** In order of their ids: those with an account, a transfer or a debt. */
  runners(
    filter: RunnerFilter,
    slice: Slice<RunnerPlace>,
  ): Promise<Result<readonly RunnerEntry[], DatabaseFault>>;
  /** One runner as the list has them; null where nothing is known of such a one. */
  runner(runnerId: string): Promise<Result<RunnerEntry | null, DatabaseFault>>;
  /** All that a runner ever owed, the newest first, at most `limit`. */
  debtsOf(runnerId: string, limit: number): Promise<Result<readonly RecordedDebt[], DatabaseFault>>;
}
