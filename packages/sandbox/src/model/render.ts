import type Stripe from 'stripe';
import { cardOf } from './cards.js';
import { fingerprintOf } from './fingerprints.js';
import type {
  BillingDetails,
  CustomerRecord,
  EndpointRecord,
  MethodRecord,
  RefundRecord,
} from './records.js';

/** The API version whose shapes these are; the SDK's own. */
export const API_VERSION = '2026-10-28.endive';

/** The Stripe shapes of the records, typed by the SDK so that a missing field does not compile. */
export function renderCustomer(customer: CustomerRecord): Stripe.Customer | Stripe.DeletedCustomer {
  if (customer.deleted) return { id: customer.id, object: 'customer', deleted: true };
  return {
    id: customer.id,
    object: 'customer',
    address: null,
    balance: 0,
    created: customer.created,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: customer.description,
    discount: null,
    email: customer.email,
    invoice_prefix: customer.id.slice(-8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: customer.defaultMethod,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: { ...customer.metadata },
    name: customer.name,
    next_invoice_sequence: 1,
    phone: customer.phone,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
}

export function renderBilling(billing: BillingDetails) {
  const empty = { city: null, country: null, line1: null, line2: null, postal_code: null };
  return { address: { ...empty, state: null }, ...billing, tax_id: null };
}

export function renderMethod(method: MethodRecord): Stripe.PaymentMethod {
  const card = cardOf(method);
  return {
    id: method.id,
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: renderBilling(method.billing),
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: card.brand,
      exp_month: method.expMonth,
      exp_year: method.expYear,
      fingerprint: fingerprintOf(card.number),
      funding: card.funding,
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: method.created,
    customer: method.customer,
    customer_account: null,
    livemode: false,
    metadata: { ...method.metadata },
    type: 'card',
  };
}

export function renderRefund(refund: RefundRecord): Stripe.Refund {
  const failed = refund.status === 'failed';
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    balance_transaction: `txn_${refund.id.slice(3)}`,
    charge: refund.charge,
    created: refund.created,
    currency: refund.currency,
    customer: null,
    customer_account: null,
    destination_details: {
      card: {
        reference_status: 'pending',
        reference_type: 'acquirer_reference_number',
        type: 'refund',
      },
      type: 'card',
    },
    ...(failed ? { failure_balance_transaction: `txn_${refund.id.slice(3, -1)}f` } : {}),
    ...(refund.failureReason === null ? {} : { failure_reason: refund.failureReason }),
    metadata: { ...refund.metadata },
    payment_intent: refund.intent,
    payment_method: null,
    reason: refund.reason as Stripe.Refund.Reason | null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: refund.status,
    transfer_reversal: null,
  };
}

export function renderEndpoint(endpoint: EndpointRecord): Stripe.WebhookEndpoint | object {
  if (endpoint.deleted) return { id: endpoint.id, object: 'webhook_endpoint', deleted: true };
  return {
    id: endpoint.id,
    object: 'webhook_endpoint',
    api_version: API_VERSION,
    application: null,
    created: endpoint.created,
    description: endpoint.description,
    enabled_events: [...endpoint.enabledEvents],
    livemode: false,
    metadata: { ...endpoint.metadata },
    status: endpoint.enabled ? 'enabled' : 'disabled',
    url: endpoint.url,
  } satisfies Stripe.WebhookEndpoint;
}
