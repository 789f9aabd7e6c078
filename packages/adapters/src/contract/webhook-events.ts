/** The events to subscribe a webhook endpoint to. */
export const WEBHOOK_EVENTS = [
  'payment_intent.succeeded',
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'payment_intent.amount_capturable_updated',
  'payment_intent.requires_action',
  'charge.expired',
  'charge.refunded',
  'refund.failed',
] as const;
