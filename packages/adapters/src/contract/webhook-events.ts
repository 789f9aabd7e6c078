/** The events to subscribe a webhook endpoint to. At most 20: Stripe lists the missed ones of so many. */
export const WEBHOOK_EVENTS = [
  'payment_intent.succeeded',
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'payment_intent.amount_capturable_updated',
  'payment_intent.requires_action',
  'charge.expired',
  'charge.refunded',
  'refund.created',
  'refund.failed',
  'refund.updated',
  'charge.refund.updated',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
  'transfer.created',
  'transfer.updated',
  'transfer.reversed',
] as const;

/** The events to subscribe an endpoint for connected accounts to, which has a secret of its own. */
export const ACCOUNT_EVENTS = [
  'account.updated',
  'capability.updated',
  'account.application.deauthorized',
] as const;
