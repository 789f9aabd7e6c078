import type Stripe from 'stripe';
import type { CardFeature, ChargeRecord, IntentRecord } from '../state/records.js';
import type { World } from '../state/world.js';
import { renderBilling } from './customer-shapes.js';
import { fingerprintOf, transactionOf } from './fingerprints.js';
import { authorizedOf, has, maximumCapturable } from './hold-features.js';
import { movementId } from './movement-ids.js';
import { testCardOf } from './test-cards.js';

/** Where the customer of an intent goes to authenticate. */
function authenticationUrl(intent: IntentRecord, publicUrl: string): string {
  return `${publicUrl}/3ds/${intent.id}?client_secret=${clientSecretOf(intent)}`;
}

export function clientSecretOf(intent: IntentRecord): string {
  return `${intent.id}_secret_${intent.secret}`;
}

function nextAction(
  intent: IntentRecord,
  publicUrl: string,
): Stripe.PaymentIntent.NextAction | null {
  if (intent.status !== 'requires_action') return null;
  const url = authenticationUrl(intent, publicUrl);
  if (intent.returnUrl !== null) {
    return { type: 'redirect_to_url', redirect_to_url: { return_url: intent.returnUrl, url } };
  }
  const sdk = { type: 'three_d_secure_redirect', stripe_js: url };
  return { type: 'use_stripe_sdk', use_stripe_sdk: sdk };
}

function requestsOf({ requests = {} }: IntentRecord): object {
  const given = Object.entries(requests).map(([name, wish]) => [`request_${name}`, wish]);
  return Object.fromEntries(given);
}

function available(charge: ChargeRecord, feature: CardFeature): 'available' | 'unavailable' {
  return has(charge, feature) ? 'available' : 'unavailable';
}

export function renderIntent(intent: IntentRecord, publicUrl: string): Stripe.PaymentIntent {
  const automatic = intent.automaticMethods;
  return {
    id: intent.id,
    object: 'payment_intent',
    allowed_payment_method_types:
      intent.allowedTypes as Stripe.PaymentIntent['allowed_payment_method_types'],
    amount: intent.amount,
    amount_capturable: intent.amountCapturable,
    amount_details: { tip: {} },
    amount_received: intent.amountReceived,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods:
      automatic === null
        ? null
        : { allow_redirects: automatic.redirects ? 'always' : 'never', enabled: true },
    canceled_at: intent.canceledAt,
    cancellation_reason: intent.cancellationReason,
    capture_method: intent.captureMethod,
    client_secret: clientSecretOf(intent),
    confirmation_method: intent.confirmationMethod,
    created: intent.created,
    currency: intent.currency,
    customer: intent.customer,
    customer_account: null,
    description: intent.description,
    excluded_payment_method_types: null,
    last_payment_error: intent.lastError,
    latest_charge: intent.latestCharge,
    livemode: false,
    managed_payments: null,
    metadata: { ...intent.metadata },
    next_action: nextAction(intent, publicUrl),
    on_behalf_of: null,
    payment_method: intent.method,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: {
        installments: null,
        mandate_options: null,
        network: null,
        request_three_d_secure: 'automatic',
        ...requestsOf(intent),
      },
    },
    payment_method_types: intent.allowedTypes === null ? ['card'] : [...intent.allowedTypes],
    payment_record: null,
    processing: null,
    receipt_email: intent.receiptEmail,
    review: null,
    setup_future_usage: intent.setupFutureUsage,
    shipping: null,
    source: null,
    statement_descriptor: intent.statementDescriptor,
    statement_descriptor_suffix: intent.statementDescriptorSuffix,
    status: intent.status,
    transfer_data: null,
    transfer_group: intent.transferGroup,
  };
}

/** An intent as an error body shows it. */
export function shownIntent({ shows }: World, intent: IntentRecord): Stripe.PaymentIntent {
  return renderIntent(intent, shows.publicUrl);
}

const AUTHENTICATED: Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure = {
  authentication_flow: 'challenge',
  electronic_commerce_indicator: '05',
  exemption_indicator: null,
  result: 'authenticated',
  result_reason: null,
  transaction_id: null,
  version: '2.2.0',
};

function renderChargeCard(charge: ChargeRecord): Stripe.Charge.PaymentMethodDetails.Card {
  const card = testCardOf(charge);
  const failed = charge.failure !== null;
  return {
    amount_authorized: failed ? null : authorizedOf(charge),
    authorization_code: failed ? null : charge.id.slice(-6),
    brand: card.brand,
    ...(charge.captureBefore === null ? {} : { capture_before: charge.captureBefore }),
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
    country: 'US',
    electronic_commerce_indicator: null,
    exp_month: charge.expMonth,
    exp_year: charge.expYear,
    extended_authorization: {
      status: has(charge, 'extended_authorization') ? 'enabled' : 'disabled',
    },
    fingerprint: fingerprintOf(card.number),
    funding: card.funding,
    incremental_authorization: { status: available(charge, 'incremental_authorization') },
    installments: null,
    last4: card.number.slice(-4),
    mandate: null,
    multicapture: { status: 'unavailable' },
    network: card.brand,
    network_token: { used: false },
    network_transaction_id: transactionOf(charge.id),
    overcapture: {
      maximum_amount_capturable: maximumCapturable(charge),
      status: available(charge, 'overcapture'),
    },
    regulated_status: 'unregulated',
    three_d_secure: charge.authenticated ? AUTHENTICATED : null,
    transaction_link_id: null,
    wallet: null,
  };
}

function renderOutcome({ failure }: ChargeRecord): Stripe.Charge.Outcome {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: failure === null ? 'approved_by_network' : 'declined_by_network',
    reason: failure?.declineCode ?? null,
    risk_level: 'normal',
    risk_score: 30,
    seller_message:
      failure === null
        ? 'Payment complete.'
        : 'The bank did not return any further details with this decline.',
    type: failure === null ? 'authorized' : 'issuer_declined',
  };
}

export function renderCharge(charge: ChargeRecord): Stripe.Charge {
  const { failure } = charge;
  return {
    id: charge.id,
    object: 'charge',
    amount: charge.amount,
    amount_captured: charge.amountCaptured,
    amount_refunded: charge.amountRefunded,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: charge.captured ? movementId(charge.id) : null,
    billing_details: renderBilling({ email: null, name: null, phone: null }),
    calculated_statement_descriptor: 'CAMPUSG SANDBOX',
    captured: charge.captured,
    created: charge.created,
    currency: charge.currency,
    customer: charge.customer,
    description: charge.description,
    disputed: charge.disputed === true,
    failure_balance_transaction: null,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: { ...charge.metadata },
    on_behalf_of: null,
    outcome: renderOutcome(charge),
    paid: failure === null,
    payment_intent: charge.intent,
    payment_method: charge.method,
    payment_method_details: { card: renderChargeCard(charge), type: 'card' },
    radar_options: {},
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: charge.amountRefunded > 0 && charge.amountRefunded === charge.amountCaptured,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: failure === null ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: charge.transferGroup,
  };
}
