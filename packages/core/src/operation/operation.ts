/** What the gateway can be asked to do. Callers ask to authorize, release and revert. */
export type OperationKind = 'authorize' | 'capture' | 'void' | 'refund' | 'transfer' | 'reversal';

/**
 * An operation: a gateway call that we owe, written down before it is made.
 *
 * The open operation of a payment is the mutex between commands. Its parameters are all that the
 * call may use, so that it can be made again by anybody, to the byte, under the same key.
 */
interface OperationBase {
  /** The idempotency key of the call, unique for ever. */
  readonly key: string;
  readonly openedAt: Date;
  /** How often the call was begun, this time included. */
  readonly attempts: number;
  /**
   * Until then whoever opened or took over the operation is expected to finish it. Where it rests,
   * the next look is due then.
   */
  readonly leaseUntil: Date;
  /** Nobody is working on it: who wants to know how it ended may look at once. */
  readonly resting: boolean;
  /** The command that caused it, so that its reply can be matched. */
  readonly correlationId: string;
}

/** Hold the amount on the customer's card. What to hold is on the payment, which never changes. */
export interface AuthorizeOperation extends OperationBase {
  readonly kind: 'authorize';
  readonly params: {
    readonly returnUrl: string | null;
    readonly savePaymentMethod: boolean;
    /** The group of its transfers at Stripe; left out of what was asked for before there were any. */
    readonly transferGroup?: string;
    /** Whether Stripe is asked to let more be taken than is held, or the hold be raised. */
    readonly headroom?: true;
  };
}

/** Take the held amount for the runner; for nobody yet where the hold was about to lapse. */
export interface CaptureOperation extends OperationBase {
  readonly kind: 'capture';
  readonly params: {
    readonly runnerId: string | null;
    /** What to take and whose it is; left out: all of the hold, without fee or transfer. */
    readonly terms?: CaptureTerms;
  };
}

/** Amounts in minor units of the payment's currency. */
export interface CaptureTerms {
  /** What is taken in all, the tip included; the rest of the hold goes back. */
  readonly dueMinor: number;
  readonly tipMinor: number;
  readonly feeMinor: number;
  readonly transfer: PlannedTransfer | null;
  /** The hold is raised to that first: it is more than may be taken of it as it is. */
  readonly isRaised?: true;
}

/** The runner's share, which is sent as soon as the capture is done: in the same command at best. */
export interface PlannedTransfer {
  readonly transferId: string;
  /** The idempotency key of its first call, written down with that of the capture. */
  readonly key: string;
  /** Null while the runner has none. */
  readonly stripeAccount: string | null;
  readonly amountMinor: number;
  /** It is not sent at once: something must be looked at first, such as what the runner owes. */
  readonly waits: boolean;
}

/** Cancel the PaymentIntent: a hold is let go, an unfinished one can't be confirmed any more. */
export interface VoidOperation extends OperationBase {
  readonly kind: 'void';
  readonly params: VoidPurpose;
}

/** Why a PaymentIntent is canceled, which decides what the payment becomes. */
export type VoidPurpose =
  | { readonly purpose: 'revert'; readonly reason: string | null }
  | { readonly purpose: 'fail'; readonly failure: HoldFailure };

/** Give back what was captured and not yet refunded. */
export interface RefundOperation extends OperationBase {
  readonly kind: 'refund';
  readonly params: {
    readonly reason: string | null;
    /** Which of the payment's refunds it is; left out of what was asked for before they had names. */
    readonly refundId?: string;
    /** Minor units; left out: all that is left. */
    readonly amountMinor?: number;
  };
}

/** Send the runner's share to the runner's account. */
export interface TransferOperation extends OperationBase {
  readonly kind: 'transfer';
  readonly params: {
    readonly transferId: string;
    readonly stripeAccount: string;
    readonly amountMinor: number;
    /** What was taken, which pays for it; null: the account's balance does. */
    readonly chargeId: string | null;
  };
}

/** Take back of what was sent to a runner. */
export interface ReversalOperation extends OperationBase {
  readonly kind: 'reversal';
  readonly params: {
    readonly transferId: string;
    readonly stripeTransferId: string;
    readonly amountMinor: number;
  };
}

export type Operation =
  | AuthorizeOperation
  | CaptureOperation
  | VoidOperation
  | RefundOperation
  | TransferOperation
  | ReversalOperation;

/** Why a payment could not be held, as the gateway said it. */
export interface HoldFailure {
  /** A stable code, e.g. `card_declined`, `expired_card`, `payment_intent_authentication_failure`. */
  readonly code: string;
  /** The issuer's reason, when there is one, e.g. `insufficient_funds`. */
  readonly declineCode: string | null;
  /** A sentence for people, from the gateway. */
  readonly message: string;
}

/** Codes of failures that are ours: nobody at the gateway has said them. */
const OWN_CODES: readonly string[] = [
  'authentication_abandoned',
  'never_reached_stripe',
  'payment_intent_canceled',
  'payment_method_required',
];

/** Whether it was found by us that a payment can't be held, and not by the gateway or the bank. */
export function isOwnFailure(code: string): boolean {
  return OWN_CODES.includes(code);
}

/**
 * How an operation ended: it was done, definitely refused, no longer needed, or taken back because
 * it was certainly never carried out.
 */
export type OperationOutcome = 'done' | 'refused' | 'superseded' | 'withdrawn';

/** Whether somebody is expected to be working on the operation at that time. */
export function isLeased(operation: Operation, now: Date): boolean {
  return !operation.resting && !isDue(operation, now);
}

/** Whether nobody is working on the operation, and nobody is about to look by himself either. */
export function isDue({ leaseUntil }: Operation, now: Date): boolean {
  return leaseUntil.getTime() <= now.getTime();
}
