/**
 * A Stripe-shaped server for development and tests: real HTTP that the real SDK talks to, in the
 * shapes of API version 2026-10-28.endive, with signed webhooks, a 3DS page, a clock that can be
 * moved and faults on demand. It knows cards and manual or automatic capture; no Connect, no
 * currency conversion, no fees. Where Stripe's text or code for a rare refusal is not documented,
 * it is a guess in Stripe's form. The same controls are under `/_sandbox` over HTTP.
 */
export type { DisputeChange, NewDispute } from './control/dispute-claim.js';
export type {
  InjectedFault,
  RequestEffect,
  RequestFault,
  WebhookEffect,
  WebhookFault,
} from './control/fault-rules.js';
export type { Counts, Ledger } from './control/ledger.js';
export type { RefundEnd, RefundFailureReason } from './control/refund-end.js';
export type { RequestCounts, SeenRequest } from './control/request-log.js';
export type { SeedIntent } from './control/seed-intents.js';
export { API_VERSION } from './model/api-version.js';
export { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.js';
export type { DisputeReason, DisputeStatus } from './state/records.js';
export type { WebhookRetry } from './webhooks/deliveries.js';
export type { EndpointSettings } from './webhooks/endpoint.js';
