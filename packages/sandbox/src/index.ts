/**
 * A Stripe-shaped server for development and tests: real HTTP that the real SDK talks to, in the
 * shapes of API version 2026-10-28.endive, with signed webhooks, a 3DS page, a clock that can be
 * moved and faults on demand. It knows cards, manual or automatic capture, and transfers to
 * connected accounts; no currency conversion, no payouts. Where Stripe's text or code for a rare refusal is not documented,
 * it is a guess in Stripe's form. The same controls are under `/_sandbox` over HTTP.
 */
export type { AccountChange, AccountState, SeedAccount } from './control/account-states.js';
export type { Books, ChargeBook, CurrencyBook } from './control/books.js';
export type { DisputeChange, NewDispute } from './control/dispute-claim.js';
export type {
  InjectedFault,
  RequestEffect,
  RequestFault,
  WebhookEffect,
  WebhookFault,
} from './control/fault-rules.js';
export type { AccountFunds, PayOut, TopUp } from './control/funds.js';
export type { Counts, Ledger } from './control/ledger.js';
export type { RefundEnd, RefundFailureReason } from './control/refund-end.js';
export type { RequestCounts, SeenRequest } from './control/request-log.js';
export type { SeedIntent } from './control/seed-intents.js';
export type { SeedMoves, SeedRefund, SeedTransfer } from './control/seed-moves.js';
export { API_VERSION } from './model/api-version.js';
export type { SandboxOptions } from './options.js';
export { type Sandbox, startSandbox } from './sandbox.js';
export type { CapabilityStatus } from './state/money-records.js';
export type { DisputeReason, DisputeStatus } from './state/records.js';
export type { ShortRefunds, Terms } from './state/world.js';
export type { WebhookRetry } from './webhooks/deliveries.js';
export type { EndpointAddress, EndpointSettings } from './webhooks/endpoint.js';
