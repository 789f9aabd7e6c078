import { createHash } from 'node:crypto';
import {
  ASKED_S,
  FATES,
  FEE,
  HELD,
  HELD_S,
  HOLD_S,
  LEFT_OUT,
  PART,
  type SeedSpan,
} from './book.js';

// What Stripe has of payments that `npm run seed` has made, worked out from their numbers: nothing is kept.

/** So long after the payment was made, in seconds, as the seed has it. */
export const TRANSFERRED_S = 15 * 60;
export const REFUNDED_S = 19 * 60;
export const REVERSED_S = 20 * 60;

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const uuid = (text: string) =>
  md5(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const padded = (n: number) => String(n).padStart(10, '0');

export function paymentIdOf(n: number): string {
  return uuid(`seed${n}`);
}

export function createdOf({ fromS, spanS, count }: SeedSpan, n: number): number {
  return fromS + Math.floor((spanS * n) / count);
}

function fateOf(span: SeedSpan, n: number): string {
  const ageS = span.nowS - createdOf(span, n);
  if (n % 20 < HELD && ageS < HELD_S) return 'held';
  const fate = FATES[n % 20] ?? '';
  return fate === 'declined' && ageS < ASKED_S ? 'asked' : fate;
}

export function isSent(n: number): boolean {
  return ['paid', 'shared', 'returned'].includes(FATES[n % 20] ?? '');
}

export function isGivenBack(n: number): boolean {
  return ['shared', 'returned'].includes(FATES[n % 20] ?? '');
}

/** Amounts of a payment in minor units, by its number. */
function amountsOf(n: number) {
  const fate = FATES[n % 20];
  const amount = 1000 + (n % 5000);
  const received = amount - (fate === 'shared' ? LEFT_OUT : 0);
  const sent = received - FEE;
  const givenBack = fate === 'shared' ? PART : fate === 'returned' ? received : 0;
  const reversed = fate === 'shared' ? Math.round((sent * PART) / received) : sent;
  return { amount, received, sent, givenBack, reversed: isGivenBack(n) ? reversed : 0 };
}

const STATUS: Readonly<Record<string, string>> = {
  held: 'requires_capture',
  asked: 'requires_action',
  declined: 'canceled',
  voided: 'canceled',
};

const INSTALLATION = `inst_${md5('seed')}`;

/** Fields that are the same in all, as JSON without its braces: most of each object. */
const fixed = (fields: object) => JSON.stringify(fields).slice(1, -1);

function metadataOf(n: number): string {
  const orderId = `order_${md5(`order${n}`).slice(0, 12)}`;
  return `"payment_id":"${paymentIdOf(n)}","order_id":"${orderId}","installation":"${INSTALLATION}"`;
}

/** A PaymentIntent with its charge and that one's refunds, as they are asked for; as large as Stripe's. */
export function intentAt(span: SeedSpan, n: number): string {
  const fate = fateOf(span, n);
  const { amount, received } = amountsOf(n);
  const taken = fate in STATUS ? 0 : received;
  const created = createdOf(span, n);
  const metadata = metadataOf(n);
  const customer = `"customer":"cus_seed${(n * 7919) % Math.ceil(span.count / 10)}"`;
  const id = `pi_3Seed${padded(n)}`;
  const isHeld = fate !== 'asked' && fate !== 'declined';
  const charge = isHeld ? chargeAt({ n, created, customer, metadata, amount, taken }) : 'null';
  const reason = fate === 'voided' ? '"requested_by_customer"' : 'null';
  return (
    `{${INTENT},"id":"${id}","amount":${amount},"amount_capturable":${fate === 'held' ? amount : 0},` +
    `"amount_received":${taken},"cancellation_reason":${reason},"created":${created},${customer},` +
    `"client_secret":"${id}_secret_gqPOu03ChuihvROy8IzcAZHtk","latest_charge":${charge},` +
    `"metadata":{${metadata}},"status":"${STATUS[fate] ?? 'succeeded'}"}`
  );
}

function chargeAt(of: {
  readonly n: number;
  readonly created: number;
  readonly customer: string;
  readonly metadata: string;
  readonly amount: number;
  readonly taken: number;
}): string {
  const { n, created, customer, metadata, amount, taken } = of;
  const { givenBack } = amountsOf(n);
  const refunds = givenBack > 0 ? refundAt({ created, n }) : '';
  const until = `"amount_authorized":${amount},"capture_before":${created + HOLD_S}`;
  return (
    `{${CHARGE},"id":"ch_3Seed${padded(n)}","amount":${amount},"amount_captured":${taken},` +
    `"amount_refunded":${givenBack},"captured":${taken > 0},"created":${created},${customer},` +
    `"metadata":{${metadata}},"payment_intent":"pi_3Seed${padded(n)}",` +
    `"payment_method_details":{"card":{${CARD},${until}},"type":"card"},` +
    `"refunds":{"object":"list","data":[${refunds}],"has_more":false}}`
  );
}

export function refundAt({ created, n }: { readonly created: number; readonly n: number }): string {
  return (
    `{${REFUND},"id":"re_3Seed${padded(n)}","amount":${amountsOf(n).givenBack},` +
    `"charge":"ch_3Seed${padded(n)}","created":${created + REFUNDED_S},` +
    `"metadata":{${metadataOf(n)},"refund_id":"part"},"payment_intent":"pi_3Seed${padded(n)}"}`
  );
}

export function transferAt(span: SeedSpan, n: number): string {
  const { sent, reversed } = amountsOf(n);
  const account = (n * 104_729) % Math.ceil(span.count / 100);
  return (
    `{${TRANSFER},"id":"tr_3Seed${padded(n)}","amount":${sent},"amount_reversed":${reversed},` +
    `"created":${createdOf(span, n) + TRANSFERRED_S},"destination":"acct_seed${account}",` +
    `"metadata":{${metadataOf(n)},"transfer_id":"${uuid(`share${n}`)}"},` +
    `"source_transaction":"ch_3Seed${padded(n)}","transfer_group":"${paymentIdOf(n)}"}`
  );
}

/** A movement of the balance: so much of a transfer came back. */
export function reversalAt(span: SeedSpan, n: number): string {
  return (
    `{"id":"txn_3Seed${padded(n)}","object":"balance_transaction","type":"transfer_refund",` +
    `"amount":${amountsOf(n).reversed},"created":${createdOf(span, n) + REVERSED_S},"currency":"usd",` +
    `"source":{"object":"transfer_reversal","transfer":"tr_3Seed${padded(n)}"}}`
  );
}

const INTENT = fixed({
  object: 'payment_intent',
  allowed_payment_method_types: ['card'],
  amount_details: { tip: {} },
  application: null,
  application_fee_amount: null,
  automatic_payment_methods: null,
  canceled_at: null,
  capture_method: 'manual',
  confirmation_method: 'automatic',
  currency: 'usd',
  customer_account: null,
  excluded_payment_method_types: null,
  livemode: false,
  last_payment_error: null,
  next_action: null,
  on_behalf_of: null,
  payment_method: 'pm_3yiMeeR6XPWqUIkKw0AL6HCR',
  payment_method_configuration_details: null,
  payment_method_options: {
    card: { installments: null, network: null, request_three_d_secure: 'automatic' },
  },
  payment_method_types: ['card'],
  processing: null,
  receipt_email: null,
  review: null,
  setup_future_usage: null,
  shipping: null,
  source: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  transfer_data: null,
});

const CARD = fixed({
  authorization_code: 'zwpnSQ',
  brand: 'visa',
  checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
  country: 'US',
  exp_month: 12,
  exp_year: 2029,
  extended_authorization: { status: 'disabled' },
  fingerprint: 'R3u6EzwYImfxXwhp',
  funding: 'credit',
  incremental_authorization: { status: 'unavailable' },
  installments: null,
  last4: '4242',
  mandate: null,
  multicapture: { status: 'unavailable' },
  network: 'visa',
  network_token: { used: false },
  network_transaction_id: '898568387292031',
  overcapture: { maximum_amount_capturable: 0, status: 'unavailable' },
  three_d_secure: null,
  wallet: null,
});

const CHARGE = fixed({
  object: 'charge',
  application: null,
  application_fee: null,
  application_fee_amount: null,
  balance_transaction: 'txn_3g5ZoTJPXvObs8DIbMzwpnSQ',
  billing_details: {
    address: {
      city: null,
      country: null,
      line1: null,
      line2: null,
      postal_code: null,
      state: null,
    },
    email: null,
    name: null,
    phone: null,
    tax_id: null,
  },
  calculated_statement_descriptor: 'CAMPUSG',
  currency: 'usd',
  description: null,
  disputed: false,
  failure_balance_transaction: null,
  failure_code: null,
  failure_message: null,
  fraud_details: {},
  livemode: false,
  on_behalf_of: null,
  outcome: {
    network_status: 'approved_by_network',
    reason: null,
    risk_level: 'normal',
    risk_score: 30,
    seller_message: 'Payment complete.',
    type: 'authorized',
  },
  paid: true,
  payment_method: 'pm_3yiMeeR6XPWqUIkKw0AL6HCR',
  radar_options: {},
  receipt_email: null,
  receipt_number: null,
  receipt_url: null,
  review: null,
  shipping: null,
  source: null,
  source_transfer: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  status: 'succeeded',
  transfer_data: null,
});

const REFUND = fixed({
  object: 'refund',
  balance_transaction: 'txn_3F4KvNcGo1aauyorA8VQNLG7',
  currency: 'usd',
  destination_details: {
    card: { reference_status: 'pending', type: 'refund' },
    type: 'card',
  },
  reason: 'requested_by_customer',
  receipt_number: null,
  source_transfer_reversal: null,
  status: 'succeeded',
  transfer_reversal: null,
});

const TRANSFER = fixed({
  object: 'transfer',
  balance_transaction: 'txn_31EAJK1ZYV3WFr1IxQy8PnT6',
  currency: 'usd',
  description: null,
  destination_payment: 'py_31EAJK1ZYV3WFr1IxQy8PnT6',
  livemode: false,
  reversals: { object: 'list', data: [], has_more: false, url: '/v1/transfers/reversals' },
  source_type: 'card',
});
