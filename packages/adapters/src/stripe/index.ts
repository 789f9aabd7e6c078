// The entry @campusg-pay/adapters/stripe: the gateway on Stripe, and webhooks. Loads the SDK only.

export { checkStripe, type StripeCheckup, type WebhookEndpoint } from './account-checkup.js';
export { type Circuit, type CircuitOptions, createCircuit } from './circuit.js';
export { createStripeClient, type StripeClientOptions } from './client.js';
export { connectStripe, type StripeConnectionOptions } from './connection.js';
export type { AskingOptions, GatewayCallNote } from './exchange.js';
export { createStripeGateway, type StripeGatewayOptions } from './stripe-gateway.js';
export { type ReadWebhook, readWebhook } from './webhook.js';
