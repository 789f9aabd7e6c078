import type { TransferSnapshot } from '../gateway/transfer-report.js';
import type { Taken } from '../payment/taken.js';
import type { Transfer, TransferStatus } from '../payment/transfer.js';

/** What differs in the way of money that was taken, as a fact. Amounts in minor units. */
export type MoneyFact =
  /** A part that is to be given back, and that nobody has begun to give. */
  | { readonly type: 'refund_waiting'; readonly refundId: string; readonly since: string }
  /** Stripe has another transfer of the payment beside the record's own, and it was not taken back. */
  | { readonly type: 'transfer_second' }
  /** Stripe has a transfer that no record has sent, by its metadata or in the payment's group. */
  | { readonly type: 'transfer_unknown'; readonly by: 'metadata' | 'group' }
  /** The record has sent it, and Stripe does not know it. */
  | { readonly type: 'transfer_missing' }
  /**
   * Both have it, and not alike. `status`: it was sent, and the record has not heard; `reversed`: not as
   * much came back.
   */
  | {
      readonly type: 'transfer_differs';
      readonly which: 'amount' | 'currency' | 'account' | 'reversed' | 'status';
    }
  | {
      readonly type: 'transfer_waiting';
      readonly status: TransferStatus;
      readonly since: string;
      /** In words; null where the record has none. */
      readonly reason: string | null;
    }
  /** The customer got it back, and the runner has not given back their share. */
  | { readonly type: 'clawback_missing'; readonly missingMinor: number }
  /** More is kept than the fee: the runner did not get all of their share. */
  | { readonly type: 'fee_differs'; readonly feeMinor: number; readonly keptMinor: number }
  | { readonly type: 'debt_open'; readonly leftMinor: number; readonly since: string };

/** What differs about a transfer at Stripe, and is looked for among all of the payment's. */
const OF_TRANSFERS: readonly string[] = [
  'transfer_second',
  'transfer_unknown',
  'transfer_missing',
  'transfer_differs',
];

export function isOfTransfers(type: string): boolean {
  return OF_TRANSFERS.includes(type);
}

/** What a record says of the money that was taken, as far as it is evidence. */
export type MoneyEvidence = Pick<Taken, 'dueMinor' | 'tipMinor' | 'feeMinor' | 'refundedMinor'> & {
  readonly transfer: Omit<Transfer, 'nextTryAt' | 'tries'> | null;
};

/** A transfer at Stripe, as far as it is evidence. */
export type TransferEvidence = TransferSnapshot & {
  readonly createdAt: string;
  readonly group: string | null;
};
