import type Stripe from 'stripe';
import type {
  AccountRecord,
  MovementRecord,
  ReversalRecord,
  TransferRecord,
} from './money-records.js';
import type { Metadata, Stored } from './stored.js';

export interface CustomerRecord extends Stored {
  readonly email: string | null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly description: string | null;
  readonly metadata: Metadata;
  readonly defaultMethod: string | null;
  /** A card of the API before PaymentMethods (`card_...`); left out in older data files. */
  readonly defaultSource?: string | null;
  readonly deleted: boolean;
}

export interface MethodRecord extends Stored {
  /** Left out: a card. */
  readonly type?: 'us_bank_account';
  /** Name of the test card in `model/test-cards.ts`; it decides how the card behaves. */
  readonly card: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly customer: string | null;
  /** Used without a customer, or detached: Stripe never lets it pay again. */
  readonly spent: boolean;
  readonly metadata: Metadata;
  readonly billing: BillingDetails;
}

export interface BillingDetails {
  readonly email: string | null;
  readonly name: string | null;
  readonly phone: string | null;
}

export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled';

export type CaptureMethod = 'automatic' | 'automatic_async' | 'manual';
/** What can be asked of a hold on a card, by Stripe's names. */
export const CARD_FEATURES = [
  'extended_authorization',
  'incremental_authorization',
  'multicapture',
  'overcapture',
] as const;

export type CardFeature = (typeof CARD_FEATURES)[number];

/** What is asked of a hold; what is left out is not asked for. */
export type CardRequests = Readonly<Partial<Record<CardFeature, 'if_available' | 'never'>>>;

export type FutureUsage = 'on_session' | 'off_session';

export interface IntentRecord extends Stored {
  readonly status: IntentStatus;
  readonly amount: number;
  readonly currency: string;
  readonly amountCapturable: number;
  readonly amountReceived: number;
  readonly captureMethod: CaptureMethod;
  readonly confirmationMethod: 'automatic' | 'manual';
  readonly customer: string | null;
  readonly method: string | null;
  readonly description: string | null;
  readonly metadata: Metadata;
  readonly receiptEmail: string | null;
  readonly statementDescriptor: string | null;
  readonly statementDescriptorSuffix: string | null;
  readonly transferGroup: string | null;
  readonly setupFutureUsage: FutureUsage | null;
  readonly allowedTypes: readonly string[] | null;
  readonly automaticMethods: { readonly enabled: true; readonly redirects: boolean } | null;
  /** The part after `<id>_secret_`. */
  readonly secret: string;
  readonly returnUrl: string | null;
  readonly latestCharge: string | null;
  readonly canceledAt: number | null;
  readonly cancellationReason: string | null;
  readonly lastError: Stripe.PaymentIntent.LastPaymentError | null;
  readonly requests?: CardRequests;
}

export interface ChargeRecord extends Stored {
  readonly amount: number;
  readonly currency: string;
  readonly amountCaptured: number;
  /** What the bank holds or held; left out: the amount. */
  readonly authorized?: number;
  /** What was asked of the hold and given. */
  readonly features?: readonly CardFeature[];
  /** How often it was tried to raise the hold. */
  readonly increments?: number;
  readonly amountRefunded: number;
  readonly captured: boolean;
  /** Left out while there was no dispute. */
  readonly disputed?: true;
  readonly failure: ChargeFailure | null;
  readonly intent: string;
  readonly customer: string | null;
  readonly method: string;
  readonly card: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly authenticated: boolean;
  readonly offSession: boolean;
  /** Unix seconds after which the hold is gone; null when there is nothing to capture. */
  readonly captureBefore: number | null;
  readonly description: string | null;
  readonly metadata: Metadata;
  readonly transferGroup: string | null;
}

export interface ChargeFailure {
  readonly code: string;
  readonly declineCode: string;
  readonly message: string;
}

export interface RefundRecord extends Stored {
  readonly amount: number;
  readonly currency: string;
  readonly charge: string;
  readonly intent: string;
  readonly reason: string | null;
  readonly metadata: Metadata;
  readonly status: 'pending' | 'succeeded' | 'failed' | 'canceled';
  readonly failureReason: string | null;
  /** Whether its money left the account; left out in older data files. */
  readonly moved?: boolean;
  /** It is pending until the balance covers it; left out: it is not. */
  readonly waitsForFunds?: boolean;
  /** What happens to it later (unix seconds); null when it is final. */
  readonly later: { readonly at: number; readonly status: 'succeeded' | 'failed' } | null;
}

/** docs.stripe.com/disputes/categories */
export const DISPUTE_REASONS = [
  'bank_cannot_process',
  'check_returned',
  'credit_not_processed',
  'customer_initiated',
  'debit_not_authorized',
  'duplicate',
  'fraudulent',
  'general',
  'incorrect_account_details',
  'insufficient_funds',
  'noncompliant',
  'product_not_received',
  'product_unacceptable',
  'subscription_canceled',
  'unrecognized',
] as const;

export type DisputeReason = (typeof DISPUTE_REASONS)[number];

/** docs.stripe.com/api/disputes/object; those that begin with `warning_` are of an inquiry. */
export const DISPUTE_STATUSES = [
  'warning_needs_response',
  'warning_under_review',
  'warning_closed',
  'needs_response',
  'under_review',
  'won',
  'lost',
  'appeal_needs_response',
  'appeal_under_review',
  'prevented',
] as const;

export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

export interface DisputeRecord extends Stored {
  readonly amount: number;
  readonly currency: string;
  readonly charge: string;
  readonly intent: string;
  /** Name of the test card that was charged. */
  readonly card: string;
  readonly reason: DisputeReason;
  readonly status: DisputeStatus;
}

export interface EndpointRecord extends Stored {
  readonly url: string;
  readonly secret: string;
  readonly enabledEvents: readonly string[];
  readonly enabled: boolean;
  readonly description: string | null;
  readonly metadata: Metadata;
  readonly deleted: boolean;
  /** Gets the events of connected accounts instead of the platform's own. */
  readonly connect?: boolean;
}

export interface EventRecord extends Stored {
  readonly type: string;
  /** The connected account that it happened to; left out: the platform itself. */
  readonly account?: string;
  readonly subject: Subject;
  readonly request: { readonly id: string; readonly key: string | null } | null;
  readonly previous: Readonly<Record<string, unknown>> | null;
}

/** The collections, by the `object` name Stripe gives their members. */
export interface Records {
  customer: CustomerRecord;
  payment_method: MethodRecord;
  payment_intent: IntentRecord;
  charge: ChargeRecord;
  refund: RefundRecord;
  dispute: DisputeRecord;
  account: AccountRecord;
  transfer: TransferRecord;
  transfer_reversal: ReversalRecord;
  balance_transaction: MovementRecord;
  webhook_endpoint: EndpointRecord;
  event: EventRecord;
}

export type Kind = keyof Records;

/** One version of one record, with its kind. */
export type Subject = { [K in Kind]: { readonly kind: K; readonly record: Records[K] } }[Kind];
