/**
 * Each call that we make, and what Stripe counts it as: every named operation is an endpoint of its own,
 * whatever object it is about (docs.stripe.com/rate-limits).
 */
const ENDPOINTS = {
  authorize: 'POST /v1/payment_intents',
  capture: 'POST /v1/payment_intents/{id}/capture',
  raise: 'POST /v1/payment_intents/{id}/increment_authorization',
  void: 'POST /v1/payment_intents/{id}/cancel',
  'cancel orphan': 'POST /v1/payment_intents/{id}/cancel',
  retrieve: 'GET /v1/payment_intents/{id}',
  'find intent': 'GET /v1/payment_intents',
  'list intents': 'GET /v1/payment_intents',
  refund: 'POST /v1/refunds',
  'list refunds': 'GET /v1/refunds',
  'list disputes': 'GET /v1/disputes',
  'list movements': 'GET /v1/balance_transactions',
  'list missed events': 'GET /v1/events',
  transfer: 'POST /v1/transfers',
  'retrieve transfer': 'GET /v1/transfers/{id}',
  'find transfer': 'GET /v1/transfers',
  'list transfers': 'GET /v1/transfers',
  'list transfers of a payment': 'GET /v1/transfers',
  reversal: 'POST /v1/transfers/{id}/reversals',
  'find reversal': 'GET /v1/transfers/{id}/reversals',
  'retrieve account': 'GET /v1/accounts/{id}',
  'retrieve recipient': 'GET /v2/core/accounts/{id}',
  'retrieve balance': 'GET /v1/balance',
  'create customer': 'POST /v1/customers',
  'find customer': 'GET /v1/customers',
  'retrieve customer': 'GET /v1/customers/{id}',
  'list saved cards': 'GET /v1/customers/{id}/payment_methods',
} as const;

/** What a call is named in logs and metrics. */
export type CallName = keyof typeof ENDPOINTS;

export function endpointOf(call: CallName): string {
  return ENDPOINTS[call];
}
