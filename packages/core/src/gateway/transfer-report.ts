/** What the gateway says of one transfer. Amounts in minor units. */
export interface TransferSnapshot {
  /** `tr_...` */
  readonly stripeTransferId: string;
  /** Whose it is, as its metadata says. */
  readonly installation: string | null;
  readonly paymentId: string | null;
  readonly transferId: string | null;
  readonly stripeAccount: string;
  readonly amountMinor: number;
  /** ISO code, upper case. */
  readonly currency: string;
  /** What came back of it in all. */
  readonly reversedMinor: number;
  /** `ch_...`: what pays for it; null where the balance does. */
  readonly chargeId: string | null;
}

/**
 * Why a transfer was refused. `account_unable`: the account can't take it yet. `account_unknown`: there
 * is no such account, or it is closed. `no_funds`: our balance is short. `other`: for a person.
 */
export type TransferObstacle =
  /** It was certainly not made, and may be made later: that is no answer of the gateway's. */
  'not_now' | 'account_unable' | 'account_unknown' | 'no_funds' | 'other';

/** What became of a transfer that was asked for, or looked for. */
export type TransferOutcome =
  | { readonly type: 'sent'; readonly transfer: TransferSnapshot }
  | {
      readonly type: 'refused';
      readonly obstacle: TransferObstacle;
      /** The gateway's code and sentence. */
      readonly detail: string;
    };

/** What became of a reversal that was asked for, or looked for. */
export type ReversalOutcome =
  | {
      readonly type: 'reversed';
      /** `trr_...` */
      readonly stripeReversalId: string;
      readonly amountMinor: number;
    }
  /** The account has not that much; `availableMinor` is what it has, where that could be asked. */
  | { readonly type: 'short'; readonly availableMinor: number | null; readonly detail: string }
  | {
      readonly type: 'refused';
      readonly detail: string;
      /** What came back of the transfer in all, where that was asked: somebody else took it back. */
      readonly reversedMinor?: number;
    };
