import type Stripe from 'stripe';
import type { BillingDetails, CustomerRecord, MethodRecord } from '../state/records.js';
import { fingerprintOf } from './fingerprints.js';
import { testCardOf } from './test-cards.js';

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
    default_source: customer.defaultSource ?? null,
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
  const shared = {
    id: method.id,
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: renderBilling(method.billing),
    created: method.created,
    customer: method.customer,
    customer_account: null,
    livemode: false,
    metadata: { ...method.metadata },
  } as const;
  return method.type === undefined
    ? { ...shared, type: 'card', card: renderCard(method) }
    : { ...shared, type: method.type, us_bank_account: BANK_ACCOUNT };
}

const ACCOUNT_NUMBER = '000123456789';
const BANK_ACCOUNT: Stripe.PaymentMethod.UsBankAccount = {
  account_holder_type: 'individual',
  account_type: 'checking',
  bank_name: 'STRIPE TEST BANK',
  financial_connections_account: null,
  fingerprint: fingerprintOf(ACCOUNT_NUMBER),
  last4: ACCOUNT_NUMBER.slice(-4),
  networks: { preferred: 'ach', supported: ['ach'] },
  routing_number: '110000000',
  status_details: {},
};

function renderCard(method: MethodRecord): Stripe.PaymentMethod.Card {
  const card = testCardOf(method);
  return {
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
  };
}

/** As the API before PaymentMethods names brands. */
const SOURCE_BRANDS = {
  amex: 'American Express',
  diners: 'Diners Club',
  discover: 'Discover',
  jcb: 'JCB',
  mastercard: 'MasterCard',
  unionpay: 'UnionPay',
  visa: 'Visa',
} as const;

/** A card of a customer as that API shows it. */
export function renderSource(method: MethodRecord): Stripe.Card {
  const card = testCardOf(method);
  return {
    id: method.id,
    object: 'card',
    address_city: null,
    address_country: null,
    address_line1: null,
    address_line1_check: null,
    address_line2: null,
    address_state: null,
    address_zip: null,
    address_zip_check: null,
    brand: SOURCE_BRANDS[card.brand],
    country: 'US',
    customer: method.customer,
    cvc_check: 'pass',
    dynamic_last4: null,
    exp_month: method.expMonth,
    exp_year: method.expYear,
    fingerprint: fingerprintOf(card.number),
    funding: card.funding,
    last4: card.number.slice(-4),
    metadata: { ...method.metadata },
    name: method.billing.name,
    regulated_status: 'unregulated',
    tokenization_method: null,
  };
}
