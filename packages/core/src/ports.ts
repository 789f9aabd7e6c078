import type { Result } from 'neverthrow';
import type { DatabaseFault } from './database-fault.js';
import type { GatewayFault } from './gateway/gateway-answer.js';
import type { Installation } from './gateway/identity.js';
import type { PaymentGateway } from './gateway/payment-gateway.js';
import type { CallsUnderWay } from './operation/calls-under-way.js';
import type { Change } from './payment/change.js';
import type { InitiatingPayment, Payment, PaymentRef } from './payment/payment.js';
import type { PaymentEvent } from './payment/payment-events.js';
import type { RunnerDirectory } from './runner/runner-directory.js';
import type { EscrowSettings } from './settings.js';

export type { DatabaseFault, EscrowSettings };

/** Not now, try again: nothing is wrong with the request. */
export type Fault = DatabaseFault | GatewayFault;

/** Whether Stripe did answer, only nobody can read what: others may well be answered. */
export function isUnreadable(fault: Fault): boolean {
  return fault.type === 'GatewayUnavailable' && fault.unreadable === true;
}

/** How a claim of an order ended. */
export type Claim =
  | { readonly type: 'claimed'; readonly payment: InitiatingPayment }
  /** The order already has a live payment. */
  | { readonly type: 'live'; readonly payment: Payment }
  /** The wanted payment id belongs to another payment. */
  | { readonly type: 'id_taken' };

/** The records. Each method is one statement, one round trip, and committed when it returns. */
export interface PaymentRepository {
  /**
   * Writes down a new payment with its authorize operation, unless the order has a live payment or
   * the id is taken (told as `live` where both are so). Fills in the attempt number, and the customer's Stripe id where it is known.
   */
  claim(payment: InitiatingPayment): Promise<Result<Claim, DatabaseFault>>;
  /**
   * Writes one change: payment, journal, history, outbox, and the webhook it came from.
   * `stale`: somebody else wrote since the payment was read; nothing was written.
   */
  save(
    change: Change,
    webhook?: Omit<WebhookNote, 'paymentId'>,
  ): Promise<Result<'saved' | 'stale', DatabaseFault>>;
  /**
   * Takes back a payment whose authorize was certainly never carried out: it is as if it had never
   * been asked for. `stale`: somebody else wrote since it was read.
   */
  withdraw(payment: Payment): Promise<Result<'withdrawn' | 'stale', DatabaseFault>>;
  /** The payment by its id, its PaymentIntent, or the latest one of an order. */
  find(ref: PaymentRef): Promise<Result<Payment | null, DatabaseFault>>;
  /**
   * Takes over operations whose lease or rest is over at `now`, the longest ago first, leaving those
   * that another replica is taking at this moment. Counts the attempt.
   */
  takeOwing(wanted: {
    readonly now: Date;
    readonly leaseUntil: Date;
    readonly limit: number;
  }): Promise<Result<readonly Payment[], DatabaseFault>>;
  /**
   * Payments that owe no call and that time moves on: INITIATING since `initiatingBefore`, or
   * AUTHORIZED with a hold that should have lapsed at `now`, that ends before `tellBefore` and
   * nobody was told yet, or that ends before `actBefore`. In order of id, those after `after`.
   */
  due(wanted: DueQuery): Promise<Result<readonly Payment[], DatabaseFault>>;
  /** The payments of these ids or PaymentIntents, at most 100 of each. */
  findAll(wanted: {
    readonly paymentIds: readonly string[];
    readonly paymentIntentIds: readonly string[];
  }): Promise<Result<readonly Payment[], DatabaseFault>>;
  /**
   * Payments with a PaymentIntent that were created from `from` up to `to` (exclusive), in order of
   * creation and id, those after `after`.
   */
  createdWithin(wanted: {
    readonly from: Date;
    readonly to: Date;
    readonly after: Payment | null;
    readonly limit: number;
  }): Promise<Result<readonly Payment[], DatabaseFault>>;
  /** The payments with a PaymentIntent that were created last, the newest first. */
  latest(limit: number): Promise<Result<readonly Payment[], DatabaseFault>>;
  /**
   * Payments whose transfer is to be tried at `now`, and that owe no call, the longest due first.
   */
  dueTransfers(wanted: {
    readonly now: Date;
    readonly limit: number;
  }): Promise<Result<readonly Payment[], DatabaseFault>>;
  /** The history, oldest first. */
  history(paymentId: string): Promise<Result<readonly HistoryEntry[], DatabaseFault>>;
}

export interface DueQuery {
  readonly initiatingBefore: Date;
  readonly now: Date;
  readonly tellBefore: Date;
  /** Null: nothing is done about holds before they lapse. */
  readonly actBefore: Date | null;
  readonly after: string | null;
  readonly limit: number;
}

export interface HistoryEntry {
  readonly version: number;
  readonly event: PaymentEvent;
  readonly correlationId: string;
  readonly at: Date;
}

/** One platform user's Stripe customer: `stripeCustomerId` is written once and never changed. */
export interface CustomerEntry {
  readonly customerId: string;
  readonly stripeCustomerId: string | null;
  /** The idempotency key under which it is made. */
  readonly key: string;
  /** When it was first asked for. */
  readonly requestedAt: Date;
}

/** Which platform user is which Stripe customer. */
export interface CustomerDirectory {
  /** The user's record; made with the given key and time if there is none yet. */
  reserve(wanted: {
    readonly customerId: string;
    readonly key: string;
    readonly now: Date;
  }): Promise<Result<CustomerEntry, DatabaseFault>>;
  /** The user's Stripe customer, or null. */
  lookUp(customerId: string): Promise<Result<string | null, DatabaseFault>>;
  /**
   * Starts over with a fresh key and no Stripe customer, unless the record is no longer as given:
   * then somebody else was faster, and nothing is written.
   */
  renew(wanted: {
    readonly record: CustomerEntry;
    readonly key: string;
    readonly now: Date;
  }): Promise<Result<void, DatabaseFault>>;
  /** Remembers the Stripe customer unless one is remembered; tells the one that counts. */
  remember(customer: {
    readonly customerId: string;
    readonly stripeCustomerId: string;
  }): Promise<Result<string, DatabaseFault>>;
}

/** The inbox of webhooks: what Stripe told us, and what it was about. */
export interface WebhookInbox {
  /** Whether the event was taken in completely before. */
  seen(eventId: string): Promise<Result<boolean, DatabaseFault>>;
  /** Notes an event that changed nothing; `save` notes those that did. */
  note(event: WebhookNote): Promise<Result<void, DatabaseFault>>;
}

export interface WebhookNote {
  /** Stripe's event id. */
  readonly id: string;
  readonly type: string;
  /** Null when the event is about nothing that we know. */
  readonly paymentId: string | null;
}

/** Time, as data. */
export interface Clock {
  now(): Date;
  sleep(ms: number): Promise<void>;
}

/** A fresh unique id, usable as idempotency key and payment id. */
export type NewId = () => string;

/** How many calls in doubt may be looked at now, so that looking does not become a stampede. */
export interface LookBudget {
  /** Takes up to so many looks; tells how many were left to take. */
  take(wanted: number): number;
  /** Gives back looks that were taken last and not made. */
  giveBack(unused: number): void;
}

/** All that the use cases need from outside. */
export interface EscrowPorts {
  readonly repository: PaymentRepository;
  readonly customers: CustomerDirectory;
  readonly runners: RunnerDirectory;
  readonly inbox: WebhookInbox;
  readonly gateway: PaymentGateway;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Bounds how often Stripe is asked about calls in doubt, whoever wants to know. */
  readonly looks: LookBudget;
  /** Told of each payment while its calls are made. */
  readonly underWay?: CallsUnderWay;
  /** Which database this is, among those that may use the same Stripe account. */
  readonly installation: Installation;
  readonly settings: EscrowSettings;
}
