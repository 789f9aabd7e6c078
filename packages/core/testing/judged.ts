import type {
  Announcement,
  Clawback,
  Dispute,
  HistoryEntry,
  IntentStatus,
  Payment,
  RefundSnapshot,
} from '@campusg-pay/core';

// What invariants are judged by.

/** What the gateway's own books say about one transfer. Amounts in minor units. */
export interface LedgerTransfer {
  readonly stripeTransferId: string;
  readonly paymentId: string | null;
  readonly stripeAccount: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly reversedMinor: number;
}

/** What a runner came to owe, and what is left of it. */
export interface LedgerDebt {
  readonly debtId: string;
  readonly runnerId: string;
  readonly leftMinor: number;
}

/** What went on to runners and came back, by the gateway's books and by our records. */
export interface MoneyEvidence {
  readonly clawback: Clawback;
  readonly transfers: readonly LedgerTransfer[];
  readonly debts: readonly LedgerDebt[];
  /** What the transfer of a payment keeps back for a debt. */
  readonly nettings: readonly {
    readonly debtId: string;
    readonly paymentId: string;
    readonly amountMinor: number;
  }[];
}

/** What the gateway's own books say about one PaymentIntent. Amounts in minor units. */
export interface LedgerIntent {
  readonly paymentIntentId: string;
  readonly paymentId: string;
  readonly orderId: string;
  readonly status: IntentStatus;
  readonly amountMinor: number;
  readonly receivedMinor: number;
  readonly refundedMinor: number;
  readonly latestRefunds?: readonly RefundSnapshot[];
  readonly dispute?: Dispute | null;
  /** How often it was captured. */
  readonly captures: number;
}

/** Everything that invariants are judged by: our records and the gateway's books, at one moment. */
export interface Evidence {
  readonly payments: readonly Payment[];
  readonly histories: ReadonlyMap<string, readonly HistoryEntry[]>;
  readonly announcements: readonly Announcement[];
  readonly intents: readonly LedgerIntent[];
  /** The platform user of each customer at the gateway that was made for one. */
  readonly customerIds: readonly string[];
  /** What went on to runners and came back; left out where there are none. */
  readonly money?: MoneyEvidence;
}

export interface Invariant {
  readonly name: string;
  /** `always`: at every moment, whatever is under way. `quiet`: once nothing is owed any more. */
  readonly holds: 'always' | 'quiet';
  /** What breaks it, in words; nothing when it holds. */
  readonly broken: (evidence: Evidence) => readonly string[];
}
