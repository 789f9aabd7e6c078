import type { Metadata, Stored } from './stored.js';

/** Whether an account may take transfers; the names are Stripe's. */
export type CapabilityStatus = 'active' | 'inactive' | 'pending' | 'unrequested';

/** A connected account: somebody whom the platform sends money to. */
export interface AccountRecord extends Stored {
  readonly type: 'custom' | 'express' | 'none' | 'standard';
  readonly country: string;
  readonly email: string | null;
  readonly defaultCurrency: string;
  readonly transfers: CapabilityStatus;
  readonly cardPayments: CapabilityStatus;
  /** Stripe's `requirements.disabled_reason`; one that begins with `rejected.` forbids transfers. */
  readonly disabledReason: string | null;
  readonly detailsSubmitted: boolean;
  /** The only currencies it takes; null: any. */
  readonly currencies: readonly string[] | null;
  readonly metadata: Metadata;
  /** The latest account link; null when there is none, or it was used. */
  readonly link: AccountLink | null;
  readonly closed: boolean;
}

/** Where somebody gives what Stripe wants to know. */
export interface AccountLink {
  readonly token: string;
  /** Unix seconds. */
  readonly expiresAt: number;
  readonly returnUrl: string | null;
  readonly refreshUrl: string | null;
}

export interface TransferRecord extends Stored {
  readonly amount: number;
  readonly amountReversed: number;
  readonly currency: string;
  readonly destination: string;
  /** The charge whose money it moves; null: what is available. */
  readonly source: string | null;
  readonly group: string | null;
  readonly description: string | null;
  readonly metadata: Metadata;
  /** Its reversals, oldest first. */
  readonly reversals: readonly string[];
}

export interface ReversalRecord extends Stored {
  readonly amount: number;
  readonly currency: string;
  readonly transfer: string;
  readonly metadata: Metadata;
}

/** What changes a balance; Stripe's types of balance transactions, as far as they happen here. */
export type MovementType =
  | 'adjustment'
  | 'charge'
  | 'payment'
  | 'payment_refund'
  | 'payout'
  | 'refund'
  | 'refund_failure'
  | 'topup'
  | 'transfer'
  | 'transfer_refund';

/** One change of one account's balance: a balance transaction. */
export interface MovementRecord extends Stored {
  readonly account: string;
  readonly type: MovementType;
  /** Minor units; negative where money leaves. */
  readonly amount: number;
  /** What Stripe keeps of it. */
  readonly fee: number;
  readonly currency: string;
  /** Id of what moved it. */
  readonly source: string;
  /** Unix seconds from which it can be spent. */
  readonly availableOn: number;
}
