// The entry @campusg-pay/adapters/stripe: the gateway on Stripe, and webhooks. Loads the SDK only.

export {
  checkStripe,
  type StripeCheckup,
  type StripeCheckupFailed,
  type WebhookEndpoint,
} from './account-checkup.js';
export type { CircuitOptions } from './circuit.js';
export type { StripeClientOptions } from './client.js';
export {
  connectStripe,
  openConnection,
  type StripeConnection,
  type StripeConnectionOptions,
} from './connection.js';
export type { GatewayCallNote } from './exchange.js';
export type { PassedOver, ReadWebhook } from './stripe-event.js';
export { turnTimer } from './turn-timer.js';
export { readWebhook } from './webhook.js';
