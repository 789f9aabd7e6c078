import {
  barsRefund,
  type Dispute,
  type HoldFailure,
  type IntentSnapshot,
  type IntentStatus,
  isClosed,
  type RefundSnapshot,
} from '@campusg-pay/core';

/** Stripe's test tokens that the model understands; any other card is refused as unknown. */
export const CARDS = {
  good: 'pm_card_visa',
  needsAuthentication: 'pm_card_threeDSecure2Required',
  declined: 'pm_card_visa_chargeDeclined',
  insufficientFunds: 'pm_card_visa_chargeDeclinedInsufficientFunds',
  expired: 'pm_card_chargeDeclinedExpiredCard',
} as const;

/** A PaymentIntent as the model keeps it, with counts of all that was ever done to it. */
export interface ModelIntent {
  readonly paymentIntentId: string;
  readonly clientSecret: string;
  readonly paymentId: string;
  readonly orderId: string;
  /** The installation that its metadata names. */
  readonly installation: string | null;
  readonly stripeCustomerId: string;
  readonly createdAt: Date;
  readonly amountMinor: number;
  readonly currency: string;
  readonly status: IntentStatus;
  readonly receivedMinor: number;
  readonly refundedMinor: number;
  /** Newest first. */
  readonly latestRefunds: readonly RefundSnapshot[];
  readonly dispute: Dispute | null;
  readonly captureBefore: Date | null;
  readonly failure: HoldFailure | null;
  readonly cancellationReason: string | null;
  /** Whether refunds wait for the bank. */
  readonly refundsStayPending: boolean;
  readonly holds: number;
  readonly captures: number;
  readonly voids: number;
  readonly refunds: number;
}

/** What a move needs from outside. */
export interface Moment {
  readonly now: Date;
  readonly holdMs: number;
}

/** The intent after a move, or why Stripe would refuse it: its error code. */
type Moved = ModelIntent | string;

const DECLINES: Readonly<Record<string, { code: string; declineCode: string }>> = {
  [CARDS.declined]: { code: 'card_declined', declineCode: 'generic_decline' },
  [CARDS.insufficientFunds]: { code: 'card_declined', declineCode: 'insufficient_funds' },
  [CARDS.expired]: { code: 'expired_card', declineCode: 'expired_card' },
};

const UNEXPECTED_STATE = 'payment_intent_unexpected_state';

/** Whether the model has such a card. */
export function isKnownCard(card: string): boolean {
  return (Object.values(CARDS) as readonly string[]).includes(card);
}

/** Tries to hold the amount on a card. */
export function confirm(intent: ModelIntent, card: string, moment: Moment): Moved {
  if (intent.status !== 'requires_payment_method') return UNEXPECTED_STATE;
  const declined = DECLINES[card];
  if (declined !== undefined) {
    return { ...intent, failure: { ...declined, message: 'Your card was declined.' } };
  }
  const tried: ModelIntent = { ...intent, failure: null };
  return card === CARDS.needsAuthentication ? requireAction(tried) : hold(tried, moment);
}

/** The customer has authenticated. */
export function approve(intent: ModelIntent, moment: Moment): Moved {
  return intent.status === 'requires_action' ? hold(intent, moment) : UNEXPECTED_STATE;
}

/** The customer has failed to authenticate, or the card was declined after all. */
export function failAction(intent: ModelIntent): Moved {
  if (intent.status !== 'requires_action') return UNEXPECTED_STATE;
  const message = 'The provided payment method has failed authentication.';
  const code = 'payment_intent_authentication_failure';
  return {
    ...intent,
    status: 'requires_payment_method',
    failure: { code, declineCode: null, message },
  };
}

/** Takes what is held, or a part of it; Stripe lets the rest go. */
export function capture(intent: ModelIntent, amountMinor: number): Moved {
  if (intent.status !== 'requires_capture') return UNEXPECTED_STATE;
  if (amountMinor > intent.amountMinor) return 'amount_too_large';
  const captures = intent.captures + 1;
  return { ...intent, status: 'succeeded', receivedMinor: amountMinor, captures };
}

/** Cancels what is not captured; a hold is let go. */
export function cancel(intent: ModelIntent, cancellationReason: string): Moved {
  if (intent.status === 'succeeded' || intent.status === 'canceled') return UNEXPECTED_STATE;
  const voids = intent.voids + 1;
  return { ...intent, status: 'canceled', cancellationReason, voids };
}

/** Gives back a part of what was captured, under a name where it is given one. */
export function refund(
  intent: ModelIntent,
  amountMinor: number,
  name: string | null = null,
): Moved {
  if (intent.status !== 'succeeded') return UNEXPECTED_STATE;
  if (intent.dispute !== null && barsRefund(intent.dispute)) return 'charge_disputed';
  const refundedMinor = intent.refundedMinor + amountMinor;
  if (amountMinor <= 0 || refundedMinor > intent.receivedMinor) return 'charge_already_refunded';
  const refunds = intent.refunds + 1;
  const made = {
    refundId: `re_${intent.paymentIntentId}_${refunds}`,
    status: intent.refundsStayPending ? 'pending' : 'succeeded',
    amountMinor,
    failureReason: null,
    name,
  } as const;
  return { ...intent, refundedMinor, latestRefunds: [made, ...intent.latestRefunds], refunds };
}

/** A bank has said what becomes of one refund: where none is named, of the newest that waits for it, else of the newest. */
export function endRefund(
  intent: ModelIntent,
  end: 'succeeded' | 'failed' | 'canceled',
  refundId?: string,
): Moved {
  const { latestRefunds } = intent;
  const wanted =
    refundId === undefined
      ? (latestRefunds.find(({ status }) => status === 'pending') ?? latestRefunds[0])
      : latestRefunds.find((one) => one.refundId === refundId);
  if (wanted === undefined || hasFailed(wanted)) return UNEXPECTED_STATE;
  const failureReason = end === 'failed' ? 'lost_or_stolen_card' : null;
  const ended = { ...wanted, status: end, failureReason };
  const refundedMinor = intent.refundedMinor - (end === 'succeeded' ? 0 : wanted.amountMinor);
  const now = latestRefunds.map((one) => (one === wanted ? ended : one));
  return { ...intent, refundedMinor, latestRefunds: now };
}

function hasFailed({ status }: RefundSnapshot): boolean {
  return status === 'failed' || status === 'canceled';
}

const CLOSED: readonly string[] = ['won', 'lost', 'warning_closed'];

/** The customer's bank disputes it, or something about that changes. */
export function disputeIt(intent: ModelIntent, status: string): Moved {
  if (intent.status !== 'succeeded') return UNEXPECTED_STATE;
  if (intent.dispute === null ? CLOSED.includes(status) : isClosed(intent.dispute))
    return UNEXPECTED_STATE;
  const disputeId = `dp_${intent.paymentIntentId}`;
  const dispute = { disputeId, status, reason: 'fraudulent', amountMinor: intent.receivedMinor };
  return { ...intent, dispute };
}

/** Lets a hold go that nobody captured in time. */
export function expire(intent: ModelIntent): Moved {
  if (intent.status !== 'requires_capture') return UNEXPECTED_STATE;
  return { ...intent, status: 'canceled', cancellationReason: 'expired' };
}

/** Whether a hold's time is over. */
export function isOver({ status, captureBefore }: ModelIntent, now: Date): boolean {
  const over = captureBefore !== null && captureBefore.getTime() <= now.getTime();
  return status === 'requires_capture' && over;
}

/** The charge that holds the money, or has taken it. */
export function chargeOf({ paymentIntentId }: Pick<ModelIntent, 'paymentIntentId'>): string {
  return `ch_of_${paymentIntentId}`;
}

/** What Stripe tells about it. A webhook's object comes without the charge, so it tells less. */
export function snapshotOf(intent: ModelIntent, { charge }: { charge: boolean }): IntentSnapshot {
  const { paymentIntentId, status, amountMinor, currency, receivedMinor } = intent;
  const { stripeCustomerId, failure, cancellationReason } = intent;
  const { installation, paymentId, orderId } = intent;
  return {
    paymentIntentId,
    origin: { installation, paymentId, orderId },
    status,
    amountMinor,
    currency,
    receivedMinor,
    refundedMinor: charge ? intent.refundedMinor : null,
    latestRefunds: charge ? intent.latestRefunds : null,
    dispute: charge ? intent.dispute : null,
    captureBefore: charge ? intent.captureBefore : null,
    chargeId: charge && intent.holds > 0 ? chargeOf(intent) : null,
    stripeCustomerId,
    failure,
    cancellationReason,
  };
}

function requireAction(intent: ModelIntent): ModelIntent {
  return { ...intent, status: 'requires_action' };
}

function hold(intent: ModelIntent, { now, holdMs }: Moment): ModelIntent {
  const captureBefore = new Date(now.getTime() + holdMs);
  return { ...intent, status: 'requires_capture', captureBefore, holds: intent.holds + 1 };
}
