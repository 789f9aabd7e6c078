import type { Result } from 'neverthrow';
import type { Operation, OperationKind } from '../operation/operation.js';
import type { Payment } from '../payment/payment.js';
import type { AccountSnapshot } from '../runner/runner.js';
import type { GatewayFault, Page } from './gateway-answer.js';
import type { IntentSnapshot } from './intent.js';
import type { MoneyLists } from './money-lists.js';
import type { Report, WebhookReport } from './report.js';
import type { CardFace, SavedCard } from './saved-card.js';
import type { ReversalOutcome, TransferSnapshot } from './transfer-report.js';

/** What the customer must do before there can be a hold. The secret goes to the caller only. */
export interface CustomerAction {
  readonly clientSecret: string | null;
  readonly redirectUrl: string | null;
}

/** What a customer pays with who names nothing. */
export type DefaultMethod =
  | {
      readonly type: 'card';
      readonly paymentMethodId: string;
      /** Null where the gateway does not tell. */
      readonly card: CardFace | null;
    }
  /** Something else, which holds no money; `kind` is Stripe's word, e.g. `us_bank_account`. */
  | { readonly type: 'no_card'; readonly kind: string };

/** What the gateway answered, understood. */
export interface GatewayReply {
  readonly report: Report;
  readonly action: CustomerAction | null;
}

/** A call to make: an open operation and the payment that owes it, and nothing else. */
export interface GatewayCall {
  /** For an authorize, `stripeCustomerId` is always set. */
  readonly payment: Payment;
  readonly operation: Operation;
  /** The installation that the metadata is to name; null: none, as of old. */
  readonly installation: string | null;
  /** The deadline of this call in milliseconds, where it is to be shorter than usual. */
  readonly withinMs?: number;
}

/** A PaymentIntent as a list shows it. */
export interface ListedIntent {
  readonly intent: IntentSnapshot;
  /** Whole seconds. */
  readonly createdAt: Date;
  /** Made like ours: what is held is captured by a call of its own. */
  readonly manual: boolean;
}

/** Stripe, or what speaks like it. Every method is one deadline-bound exchange. */
export interface PaymentGateway extends MoneyLists {
  /**
   * Makes the call that an operation stands for, under its idempotency key.
   *
   * A decline, and a call refused because of the PaymentIntent's state, are reports: the reply
   * then tells the state it is in. Only what may be tried again is a fault.
   */
  perform(call: GatewayCall): Promise<Result<GatewayReply, GatewayFault>>;
  /**
   * What `perform` would answer at once, without making a call of that kind: it can't be its turn in
   * time. Null where it may be. Asked before the call is written down, so that nothing is left of it.
   *
   * @default every call may be made
   */
  refusal?(kind: OperationKind): GatewayFault | null;
  /**
   * The transfer that was sent for a payment under that name, or null: by the group that the payment
   * gave it, and by its metadata.
   */
  findTransfer(wanted: {
    readonly payment: Payment;
    readonly transferId: string;
    readonly installation: string;
  }): Promise<Result<TransferSnapshot | null, GatewayFault>>;
  /** The reversal of a transfer that was made under that operation's key, or null. */
  findReversal(wanted: {
    readonly stripeTransferId: string;
    readonly operationKey: string;
  }): Promise<Result<ReversalOutcome | null, GatewayFault>>;
  /** A connected account as it is now; null when there is none of that id, or it is closed. */
  account(stripeAccount: string): Promise<Result<AccountSnapshot | null, GatewayFault>>;
  /** The PaymentIntent as it is now, or null when there is none of that id. */
  retrieve(paymentIntentId: string): Promise<Result<GatewayReply | null, GatewayFault>>;
  /**
   * What the customer pays with by default: what they have chosen, else the only card that they
   * have; null without any. `CustomerUnknown` when the gateway has no such customer.
   */
  defaultPaymentMethod(
    stripeCustomerId: string,
  ): Promise<Result<DefaultMethod | null, GatewayFault | { readonly type: 'CustomerUnknown' }>>;
  /**
   * The cards that the customer has saved, the newest first; one that was saved twice (Stripe's
   * fingerprint is the same) once. `CustomerUnknown` when the gateway has no such customer.
   */
  cards(
    stripeCustomerId: string,
  ): Promise<Result<readonly SavedCard[], GatewayFault | { readonly type: 'CustomerUnknown' }>>;
  /**
   * The PaymentIntent that was made for a payment, or null: the first that names it in its metadata
   * and that `isOurs` knows. Stripe's list is searched among those of the customer made in the 25
   * hours from `since`.
   */
  findIntent(wanted: {
    readonly payment: Payment;
    readonly since: Date;
    readonly isOurs: (intent: IntentSnapshot) => boolean;
  }): Promise<Result<GatewayReply | null, GatewayFault>>;
  /**
   * The PaymentIntents made from `from` up to `to` (exclusive), newest first. Stripe tells whole
   * seconds: of a second in which the period begins or ends, all are listed.
   */
  listIntents(wanted: {
    readonly from: Date;
    readonly to: Date;
    readonly after: string | null;
  }): Promise<Result<Page<ListedIntent>, GatewayFault>>;
  /**
   * Webhooks of the last 30 days, not older than `since`, that are not yet delivered or could not
   * be, newest first: those we listen to.
   */
  missedEvents(wanted: {
    readonly since: Date;
    readonly after: string | null;
  }): Promise<Result<Page<WebhookReport>, GatewayFault>>;
  /**
   * Cancels a PaymentIntent that must not be able to hold or take money, whatever it may be doing.
   * Tells it as it is then; null when there is none of that id.
   */
  cancelOrphan(paymentIntentId: string): Promise<Result<GatewayReply | null, GatewayFault>>;
  /** Makes a customer under an idempotency key; the metadata names user and installation. */
  createCustomer(wanted: {
    readonly customerId: string;
    readonly key: string;
    readonly installation: string | null;
  }): Promise<Result<string, GatewayFault>>;
  /**
   * Finds a customer that this installation (null: one without a name) made for this user in the 25
   * hours from `since`, whose answer was lost.
   */
  findCustomer(wanted: {
    readonly customerId: string;
    readonly installation: string | null;
    readonly since: Date;
  }): Promise<Result<string | null, GatewayFault>>;
}
