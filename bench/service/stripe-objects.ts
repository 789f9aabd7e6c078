import type { ParsedUrlQuery } from 'node:querystring';

export interface Intent {
  readonly id: string;
  readonly chargeId: string;
  readonly amount: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly paymentMethod: string;
  readonly description: string | null;
  readonly transferGroup: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly created: number;
  status: 'requires_capture' | 'succeeded' | 'canceled';
  received: number;
  refunded: number;
}

const HOLD_SECONDS = 7 * 24 * 3_600;

export function intentObject(intent: Intent, expanded: boolean): object {
  const { id, amount, status, received, chargeId, created } = intent;
  return {
    id,
    object: 'payment_intent',
    amount,
    amount_capturable: status === 'requires_capture' ? amount : 0,
    amount_details: { tip: {} },
    amount_received: received,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: status === 'canceled' ? created : null,
    cancellation_reason: status === 'canceled' ? 'requested_by_customer' : null,
    capture_method: 'manual',
    client_secret: `${id}_secret_bench`,
    confirmation_method: 'automatic',
    created,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    last_payment_error: null,
    latest_charge: expanded ? chargeObject(intent) : chargeId,
    livemode: false,
    metadata: intent.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: intent.paymentMethod,
    payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status,
    transfer_data: null,
    transfer_group: intent.transferGroup,
  };
}

function chargeObject(intent: Intent): object {
  const { id, chargeId, amount, status, received, created } = intent;
  return {
    id: chargeId,
    object: 'charge',
    amount,
    amount_captured: received,
    amount_refunded: status === 'canceled' ? amount : intent.refunded,
    balance_transaction: status === 'succeeded' ? `txn_${chargeId}` : null,
    billing_details: { address: null, email: null, name: null, phone: null },
    captured: status === 'succeeded',
    created,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    outcome: { network_status: 'approved_by_network', risk_level: 'normal', type: 'authorized' },
    paid: true,
    payment_intent: id,
    payment_method: intent.paymentMethod,
    payment_method_details: {
      card: {
        amount_authorized: amount,
        brand: 'visa',
        capture_before: created + HOLD_SECONDS,
        country: 'US',
        exp_month: 12,
        exp_year: 2034,
        funding: 'credit',
        incremental_authorization: { status: 'unavailable' },
        last4: '4242',
        network: 'visa',
        overcapture: { maximum_amount_capturable: amount, status: 'unavailable' },
        three_d_secure: null,
      },
      type: 'card',
    },
    receipt_url: null,
    refunded: intent.refunded > 0 && intent.refunded === received,
    refunds: { object: 'list', data: [], has_more: false, url: `/v1/charges/${chargeId}/refunds` },
    status: 'succeeded',
    transfer_group: intent.transferGroup,
  };
}

export function customerObject(id: string, form: ParsedUrlQuery): object {
  return { id, object: 'customer', created: nowSeconds(), metadata: metadataOf(form) };
}

export function accountObject(id: string): object {
  return {
    id,
    object: 'account',
    charges_enabled: true,
    payouts_enabled: true,
    capabilities: { transfers: 'active' },
    requirements: { disabled_reason: null },
  };
}

export function transferObject(id: string, form: ParsedUrlQuery): object {
  return {
    id,
    object: 'transfer',
    amount: Number(form.amount),
    amount_reversed: 0,
    created: nowSeconds(),
    currency: String(form.currency),
    destination: textOf(form.destination),
    metadata: metadataOf(form),
    source_transaction: textOf(form.source_transaction),
    transfer_group: textOf(form.transfer_group),
  };
}

export function emptyList(url: string): object {
  return { object: 'list', data: [], has_more: false, url };
}

export function metadataOf(form: ParsedUrlQuery): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const key in form) {
    if (key.startsWith('metadata[')) metadata[key.slice(9, -1)] = String(form[key]);
  }
  return metadata;
}

export function textOf(value: string | string[] | undefined): string | null {
  return value === undefined ? null : String(value);
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
