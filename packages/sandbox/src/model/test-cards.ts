import type { CardFeature, ChargeFailure, DisputeReason, DisputeStatus } from '../state/records.js';

/** How a test card behaves. */
export interface TestCard {
  readonly number: string;
  readonly brand: 'amex' | 'diners' | 'discover' | 'jcb' | 'mastercard' | 'unionpay' | 'visa';
  readonly funding: 'credit' | 'debit' | 'prepaid';
  /** Every charge is declined with this. */
  readonly decline?: ChargeFailure;
  /** A customer must authenticate each payment. */
  readonly authentication?: true;
  /** Declines when it is charged, but can be attached to a customer. */
  readonly attachable?: true;
  /** A refund to it fails, or is pending, before it succeeds. Left out: it succeeds at once. */
  readonly refund?: 'fails' | 'pending';
  /** What is captured can be spent at once, however long other money is on the way. */
  readonly bypassesPending?: true;
  /** What can be asked of a hold; left out: what its brand can. */
  readonly features?: readonly CardFeature[];
  /** The bank does not raise a hold. */
  readonly incrementDecline?: ChargeFailure;
  /** A captured charge is disputed so. */
  readonly dispute?: { readonly reason: DisputeReason; readonly status: DisputeStatus };
}

function declined(declineCode: string, message = 'Your card was declined.'): ChargeFailure {
  return { code: 'card_declined', declineCode, message };
}

function failing(code: string, message: string): ChargeFailure {
  return { code, declineCode: code, message };
}

function visa(number: string, behaviour: Partial<TestCard> = {}): TestCard {
  return { number, brand: 'visa', funding: 'credit', ...behaviour };
}

const GENERIC = visa('4000000000000002', { decline: declined('generic_decline') });
const INSUFFICIENT = visa('4000000000009995', {
  decline: declined('insufficient_funds', 'Your card has insufficient funds.'),
});
/** What a bank says of a card whose month is over. */
export const EXPIRED = failing('expired_card', 'Your card has expired.');
const ALWAYS_EXPIRED = visa('4000000000000069', { decline: EXPIRED });
const WRONG_CVC = visa('4000000000000127', {
  decline: failing('incorrect_cvc', "Your card's security code is incorrect."),
});
const PROCESSING = visa('4000000000000119', {
  decline: failing(
    'processing_error',
    'An error occurred while processing your card. Try again in a little bit.',
  ),
});
const FRAUDULENT = visa('4100000000000019', { decline: declined('fraudulent') });
const LOST = visa('4000000000009987', { decline: declined('lost_card') });
const STOLEN = visa('4000000000009979', { decline: declined('stolen_card') });
const VELOCITY = visa('4000000000006975', {
  decline: declined(
    'card_velocity_exceeded',
    'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  ),
});

/** Stripe's test payment methods (docs.stripe.com/testing), by the part after `pm_card_`. */
export const TEST_CARDS: Readonly<Record<string, TestCard>> = {
  visa: visa('4242424242424242'),
  visa_debit: visa('4000056655665556', { funding: 'debit' }),
  us: visa('4242424242424242'),
  mastercard: { number: '5555555555554444', brand: 'mastercard', funding: 'credit' },
  mastercard_debit: { number: '5200828282828210', brand: 'mastercard', funding: 'debit' },
  mastercard_prepaid: { number: '5105105105105100', brand: 'mastercard', funding: 'prepaid' },
  amex: { number: '378282246310005', brand: 'amex', funding: 'credit' },
  discover: { number: '6011111111111117', brand: 'discover', funding: 'credit' },
  diners: { number: '3056930009020004', brand: 'diners', funding: 'credit' },
  jcb: { number: '3566002020360505', brand: 'jcb', funding: 'credit' },
  unionpay: { number: '6200000000000005', brand: 'unionpay', funding: 'credit' },
  threeDSecure2Required: visa('4000000000003220', { authentication: true }),
  threeDSecureRequired: visa('4000000000003063', { authentication: true }),
  threeDSecureOptional: visa('4000000000003055'),
  authenticationRequired: visa('4000002760003184', { authentication: true }),
  visa_chargeDeclined: GENERIC,
  chargeDeclined: GENERIC,
  visa_chargeDeclinedInsufficientFunds: INSUFFICIENT,
  chargeDeclinedInsufficientFunds: INSUFFICIENT,
  visa_chargeDeclinedLostCard: LOST,
  visa_chargeDeclinedStolenCard: STOLEN,
  visa_chargeDeclinedVelocityLimitExceeded: VELOCITY,
  chargeDeclinedExpiredCard: ALWAYS_EXPIRED,
  visa_chargeDeclinedExpiredCard: ALWAYS_EXPIRED,
  chargeDeclinedIncorrectCvc: WRONG_CVC,
  visa_chargeDeclinedIncorrectCvc: WRONG_CVC,
  chargeDeclinedProcessingError: PROCESSING,
  visa_chargeDeclinedProcessingError: PROCESSING,
  chargeDeclinedFraudulent: FRAUDULENT,
  visa_chargeDeclinedFraudulent: FRAUDULENT,
  radarBlock: FRAUDULENT,
  chargeCustomerFail: visa('4000000000000341', {
    decline: declined('generic_decline'),
    attachable: true,
  }),
  bypassPending: visa('4000000000000077', { bypassesPending: true }),
  refundFail: visa('4000000000005126', { refund: 'fails' }),
  pendingRefund: visa('4000000000007726', { refund: 'pending' }),
  // The next two are the sandbox's own.
  plainHold: visa('4000000000009102', { features: [] }),
  incrementDeclined: visa('4000000000009201', {
    incrementDecline: declined('insufficient_funds', 'Your card has insufficient funds.'),
  }),
  createDispute: visa('4000000000000259', {
    dispute: { reason: 'fraudulent', status: 'needs_response' },
  }),
  createDisputeProductNotReceived: visa('4000000000002685', {
    dispute: { reason: 'product_not_received', status: 'needs_response' },
  }),
  createDisputeInquiry: visa('4000000000001976', {
    dispute: { reason: 'fraudulent', status: 'warning_needs_response' },
  }),
};

/**
 * What holds on a brand can be asked for where the account has them at Stripe, for shops of any kind
 * (docs.stripe.com/payments/flexible-acquiring). The sandbox captures a hold once: no multicapture.
 */
const BRAND_FEATURES: Readonly<Partial<Record<TestCard['brand'], readonly CardFeature[]>>> = {
  visa: ['extended_authorization', 'incremental_authorization', 'overcapture'],
  mastercard: ['extended_authorization', 'incremental_authorization'],
};

/** What can be asked of a hold on this card. */
export function featuresOf(card: TestCard): readonly CardFeature[] {
  return card.features ?? BRAND_FEATURES[card.brand] ?? [];
}

/** The test card a payment method was made from. */
export function testCardOf(method: { readonly card: string }): TestCard {
  const card = TEST_CARDS[method.card];
  if (card === undefined) throw new Error(`no test card named ${method.card}`);
  return card;
}

/** The name of the test card with this number, if it is one. */
export function cardNamed(number: string): string | undefined {
  return Object.keys(TEST_CARDS).find((name) => TEST_CARDS[name]?.number === number);
}

/** Whether the check digit of a card number is right. */
export function luhnValid(number: string): boolean {
  let sum = 0;
  for (const [at, digit] of [...number].reverse().entries()) {
    const value = Number(digit) * (at % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return /^\d{12,19}$/.test(number) && sum % 10 === 0;
}
