import type { Result } from 'neverthrow';
import type { Announcement } from './announcement.js';
import type { Change } from './evolve.js';
import type { Operation } from './operation.js';
import type { InitiatingPayment, Payment, PaymentEvent, PaymentRef } from './payment.js';
import type { Report } from './report.js';

/** Not now, try again: nothing is wrong with the request. */
export type Fault = DatabaseFault | GatewayFault;

export interface DatabaseFault {
  readonly type: 'DatabaseUnavailable';
  /** For the log, not for callers: no SQL, no values, no addresses. */
  readonly reason: string;
  /** `unknown`: the statement may have been committed although its answer was lost. */
  readonly outcome?: 'not-executed' | 'unknown';
}

export interface GatewayFault {
  readonly type: 'GatewayUnavailable';
  /**
   * `no`: Stripe certainly did not do it (rate limited, key refused, never connected).
   * `unknown`: it may have been done (timeout, connection lost, 5xx), so the operation stays open.
   */
  readonly executed: 'no' | 'unknown';
  readonly reason: string;
  readonly retryAfterMs: number | null;
  /** Stripe answers this key with a remembered error, and will until it forgets the key. */
  readonly remembered?: true;
}

/** What the customer must do before there can be a hold. The secret goes to the caller only. */
export interface CustomerAction {
  readonly clientSecret: string | null;
  readonly redirectUrl: string | null;
}

/** What the gateway answered, understood. */
export interface GatewayReply {
  readonly report: Report;
  readonly action: CustomerAction | null;
}

/** A call to make: an open operation and the payment that owes it, and nothing else. */
export interface GatewayCall {
  /** For an authorize, `stripeCustomerId` is always set. */
  readonly payment: Payment;
  readonly operation: Operation;
}

/** Stripe, or what speaks like it. Every method is one deadline-bound exchange. */
export interface PaymentGateway {
  /**
   * Makes the call that an operation stands for, under its idempotency key.
   *
   * A decline, and a call refused because of the PaymentIntent's state, are reports: the reply
   * then tells the state it is in. Only what may be tried again is a fault.
   */
  perform(call: GatewayCall): Promise<Result<GatewayReply, GatewayFault>>;
  /** The PaymentIntent as it is now, or null when there is none of that id. */
  retrieve(paymentIntentId: string): Promise<Result<GatewayReply | null, GatewayFault>>;
  /** The customer's default card, or null. `customer_unknown` when Stripe has no such customer. */
  defaultPaymentMethod(
    stripeCustomerId: string,
  ): Promise<Result<string | null, GatewayFault | { readonly type: 'CustomerUnknown' }>>;
  /**
   * The PaymentIntent that was made for a payment, found by its metadata, or null. Stripe's list is
   * searched among those of the customer made in the 25 hours from `since`.
   */
  findIntent(wanted: {
    readonly payment: Payment;
    readonly since: Date;
  }): Promise<Result<GatewayReply | null, GatewayFault>>;
  /** Makes a customer under an idempotency key. */
  createCustomer(wanted: {
    readonly customerId: string;
    readonly key: string;
  }): Promise<Result<string, GatewayFault>>;
  /** Finds a customer made for this user in the 25 hours from `since`, whose answer was lost. */
  findCustomer(wanted: {
    readonly customerId: string;
    readonly since: Date;
  }): Promise<Result<string | null, GatewayFault>>;
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
   * Takes over operations whose lease has run out at `now`, the longest ago first, leaving those
   * that another replica is taking at this moment. Counts the attempt.
   */
  takeOwing(wanted: {
    readonly now: Date;
    readonly leaseUntil: Date;
    readonly limit: number;
  }): Promise<Result<readonly Payment[], DatabaseFault>>;
  /**
   * Payments that owe no call and that only Stripe can tell more about: INITIATING since
   * `initiatingBefore`, or AUTHORIZED with a hold that should have lapsed at `now`. In order of id,
   * those after `after`.
   */
  unsettled(wanted: {
    readonly initiatingBefore: Date;
    readonly now: Date;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<Result<readonly Payment[], DatabaseFault>>;
  /** The history, oldest first. */
  history(paymentId: string): Promise<Result<readonly HistoryEntry[], DatabaseFault>>;
}

export interface HistoryEntry {
  readonly version: number;
  readonly event: PaymentEvent;
  readonly correlationId: string;
  readonly at: Date;
}

/** One platform user's Stripe customer: `stripeCustomerId` is written once and never changed. */
export interface CustomerRecord {
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
  }): Promise<Result<CustomerRecord, DatabaseFault>>;
  /** The user's Stripe customer, or null. */
  lookUp(customerId: string): Promise<Result<string | null, DatabaseFault>>;
  /**
   * Starts over with a fresh key and no Stripe customer, unless the record is no longer as given:
   * then somebody else was faster, and nothing is written.
   */
  renew(wanted: {
    readonly record: CustomerRecord;
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

/** Where events go: Kafka, or the log. Resolves once all of them are accepted. */
export interface EventPublisher {
  publish(announcements: readonly Announcement[]): Promise<void>;
}

/** Time, as data. */
export interface Clock {
  now(): Date;
  sleep(ms: number): Promise<void>;
}

/** A fresh unique id, usable as idempotency key and payment id. */
export type NewId = () => string;

/** All that the use cases need from outside. */
export interface EscrowPorts {
  readonly repository: PaymentRepository;
  readonly customers: CustomerDirectory;
  readonly inbox: WebhookInbox;
  readonly gateway: PaymentGateway;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly settings: EscrowSettings;
}

export interface EscrowSettings {
  /** How long whoever opens an operation has to finish it before others may take over. */
  readonly leaseMs: number;
  /** How long a customer has to authenticate before the payment is called off. */
  readonly abandonAfterMs: number;
  /** How long a repeated command waits for the first one to end before it says "processing". */
  readonly waitMs: number;
}
