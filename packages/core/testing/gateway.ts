import type {
  Clock,
  CustomerAction,
  GatewayCall,
  GatewayFault,
  GatewayReply,
  Operation,
  OperationKind,
  Payment,
  PaymentGateway,
  WebhookReport,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import * as intents from './intents.js';
import { CARDS, isKnownCard, type ModelIntent, snapshotOf } from './intents.js';
import { type ModelCustomer, type StripeModel, stripeModel } from './stripe-model.js';

export type GatewayCallName =
  | OperationKind
  | 'retrieve'
  | 'defaultPaymentMethod'
  | 'createCustomer'
  | 'findCustomer';

/** What may befall one call, and how much later it happens by the clock. */
export type GatewayTrouble = { readonly afterMs?: number } & (
  | { readonly type: 'late' }
  /** Not done, and the caller knows. */
  | { readonly type: 'unreachable' }
  /** Not done, but the caller can't know. */
  | { readonly type: 'unanswered' }
  /** Done, but the caller can't know. */
  | { readonly type: 'answer_lost' }
  /** Definitely refused, for a reason that has nothing to do with the card. */
  | { readonly type: 'refuse'; readonly detail: string }
  /** An authorize is declined, or must be authenticated, whatever the card. */
  | { readonly type: 'decline' }
  | { readonly type: 'require_action' }
);

/** Stripe in memory, and everything about it that a test may want to see or do. */
export interface MemoryGateway extends PaymentGateway {
  /** All PaymentIntents, oldest first: the ledger that records are judged by. */
  intents(): readonly ModelIntent[];
  intentsOf(orderId: string): readonly ModelIntent[];
  customers(): readonly ModelCustomer[];
  /** The calls made so far, in order. */
  readonly calls: readonly GatewayCallName[];
  /** Every webhook so far, in the order of what happened. Delivering them is up to the test. */
  readonly webhooks: readonly WebhookReport[];
  addCustomer(customer?: { customerId?: string | null; defaultCard?: string | null }): string;
  /** What befalls the next calls of that name, one after the other. */
  befall(call: GatewayCallName, ...troubles: readonly (GatewayTrouble | null)[]): void;
  /** The customer in front of the bank's page, or with the client secret and another card. */
  readonly customer: {
    approve(paymentIntentId: string): void;
    fail(paymentIntentId: string): void;
    confirm(paymentIntentId: string, card: string): void;
  };
  /** A person with access to the Stripe account. Amounts default to all there is. */
  readonly dashboard: {
    capture(paymentIntentId: string, amountMinor?: number): void;
    cancel(paymentIntentId: string): void;
    /** Lets a hold lapse ahead of its time. */
    expire(paymentIntentId: string): void;
    refund(paymentIntentId: string, amountMinor?: number): void;
    failRefund(paymentIntentId: string): void;
  };
}

export interface MemoryGatewayOptions {
  readonly clock: Clock;
  /** How long a hold lasts. Stripe: 7 days for most cards. */
  readonly holdMs?: number;
  /** Asked ahead of each call that `befall` says nothing about. */
  readonly trouble?: (call: GatewayCallName) => GatewayTrouble | null;
  /** Awaited on the way there and on the way back; tests interleave callers with it. */
  readonly network?: () => Promise<void>;
}

/**
 * A payment gateway that keeps PaymentIntents as Stripe does: holds, captures, cancels, refunds,
 * declines, authentication, lapsing holds, and idempotency keys that replay the first answer.
 */
export function memoryGateway(options: MemoryGatewayOptions): MemoryGateway {
  const { clock, holdMs } = options;
  const model = stripeModel(() => clock.now(), holdMs);
  const line = troubledLine(options, () => model.lapse());
  return {
    perform: (call) =>
      line.exchange(call.operation.kind, (befallen) => ok(perform(model, call, befallen))),
    retrieve: (paymentIntentId) =>
      line.exchange('retrieve', () => {
        const intent = model.byId.get(paymentIntentId);
        return ok(intent === undefined ? null : replyOf(intent));
      }),
    defaultPaymentMethod: (id) =>
      line.exchange('defaultPaymentMethod', () => {
        const customer = model.customers.get(id);
        return customer === undefined ? err(CUSTOMER_UNKNOWN) : ok(customer.defaultCard);
      }),
    createCustomer: ({ customerId, key }) =>
      line.exchange('createCustomer', () =>
        ok(model.once(key, customerId, () => model.addCustomer({ customerId }))),
      ),
    findCustomer: ({ customerId, since }) =>
      line.exchange('findCustomer', () => {
        const ofUser = [...model.customers.values()].filter((it) => it.customerId === customerId);
        const found = ofUser.find((it) => it.createdAt.getTime() >= since.getTime());
        return ok(found?.stripeCustomerId ?? null);
      }),
    intents: () => [...model.byId.values()],
    intentsOf: (orderId) => [...model.byId.values()].filter((it) => it.orderId === orderId),
    customers: () => [...model.customers.values()],
    ...{ calls: line.calls, webhooks: model.webhooks },
    addCustomer: (customer) => model.addCustomer(customer),
    befall: line.befall,
    ...people(model),
  };
}

const CUSTOMER_UNKNOWN = { type: 'CustomerUnknown' } as const;

/** The way to the gateway and back, with whatever befalls a call on it. */
function troubledLine(options: MemoryGatewayOptions, arrive: () => void) {
  const { clock, trouble = () => null, network = async () => {} } = options;
  const calls: GatewayCallName[] = [];
  const queued = new Map<GatewayCallName, (GatewayTrouble | null)[]>();

  /** The work itself is synchronous: one moment at the gateway. */
  const exchange = async <Value, Said = never>(
    call: GatewayCallName,
    work: (befallen: GatewayTrouble | null) => Result<Value, Said>,
  ): Promise<Result<Value, Said | GatewayFault>> => {
    calls.push(call);
    const next = queued.get(call)?.shift();
    const befallen = next === undefined ? trouble(call) : next;
    await network();
    if (befallen?.afterMs !== undefined) await clock.sleep(befallen.afterMs);
    if (befallen?.type === 'unreachable') return unavailable('no');
    if (befallen?.type === 'unanswered') return unavailable('unknown');
    arrive();
    const done = work(befallen);
    await network();
    return befallen?.type === 'answer_lost' ? unavailable('unknown') : done;
  };

  const befall: MemoryGateway['befall'] = (call, ...troubles) => {
    queued.set(call, [...(queued.get(call) ?? []), ...troubles]);
  };
  return { calls, exchange, befall };
}

function unavailable(executed: GatewayFault['executed']): Result<never, GatewayFault> {
  const reason = executed === 'no' ? 'connection refused' : 'the answer did not arrive';
  return err({ type: 'GatewayUnavailable', executed, reason, retryAfterMs: null });
}

function perform(
  model: StripeModel,
  call: GatewayCall,
  befallen: GatewayTrouble | null,
): GatewayReply {
  const { payment, operation } = call;
  const refused = befallen?.type === 'refuse' ? befallen.detail : null;
  const work = () =>
    operation.kind === 'authorize'
      ? (refused ?? create(model, payment, befallen))
      : (refused ?? change(model, payment, operation));
  const answer = model.once(operation.key, fingerprint(payment, operation), work);
  if (typeof answer !== 'string') return replyOf(answer);
  if (operation.kind === 'authorize') return notCreated(operation, answer);
  // The refusal is replayed, but the intent told with it is always the one of now.
  const now = model.get(payment.paymentIntentId ?? '');
  return replyOf(now, { operationKey: operation.key, detail: answer });
}

function create(
  model: StripeModel,
  payment: Payment,
  befallen: GatewayTrouble | null,
): ModelIntent | string {
  const { stripeCustomerId, paymentMethodId } = payment;
  if (stripeCustomerId === null) throw new Error('bug: an authorize needs a customer');
  const known = model.customers.has(stripeCustomerId) && isKnownCard(paymentMethodId);
  if (!known) return 'resource_missing';
  return model.create(payment, stripeCustomerId, cardFor(paymentMethodId, befallen));
}

function change(
  model: StripeModel,
  payment: Payment,
  operation: Exclude<Operation, { kind: 'authorize' }>,
): ModelIntent | string {
  const { paymentIntentId } = payment;
  if (paymentIntentId === null) throw new Error(`bug: a ${operation.kind} needs a PaymentIntent`);
  return model.change(paymentIntentId, (intent) => moveFor(operation, payment, intent));
}

function cardFor(card: string, befallen: GatewayTrouble | null): string {
  if (befallen?.type === 'decline') return CARDS.declined;
  return befallen?.type === 'require_action' ? CARDS.needsAuthentication : card;
}

function moveFor(
  operation: Exclude<Operation, { kind: 'authorize' }>,
  payment: Payment,
  intent: ModelIntent,
): ModelIntent | string {
  switch (operation.kind) {
    case 'capture':
      return intents.capture(intent, payment.amount.amountMinor);
    case 'void': {
      const ours = operation.params.purpose === 'fail' ? 'abandoned' : 'requested_by_customer';
      return intents.cancel(intent, ours);
    }
    case 'refund':
      return intents.refund(intent, intent.receivedMinor - intent.refundedMinor);
  }
}

/** What people do past the service. They are expected to know what is possible. */
function people(model: StripeModel): Pick<MemoryGateway, 'customer' | 'dashboard'> {
  const change = (id: string, move: Parameters<StripeModel['change']>[1]): void => {
    model.lapse();
    const moved = model.change(id, move);
    if (typeof moved === 'string') throw new Error(`${id}: ${moved}`);
  };
  return {
    customer: {
      approve: (id) => change(id, intents.approve),
      fail: (id) => change(id, intents.failAction),
      confirm: (id, card) => change(id, (it, moment) => intents.confirm(it, card, moment)),
    },
    dashboard: {
      capture: (id, amountMinor) =>
        change(id, (it) => intents.capture(it, amountMinor ?? it.amountMinor)),
      cancel: (id) => change(id, (it) => intents.cancel(it, 'requested_by_customer')),
      expire: (id) => change(id, intents.expire),
      refund: (id, amountMinor) =>
        change(id, (it) => intents.refund(it, amountMinor ?? it.receivedMinor - it.refundedMinor)),
      failRefund: (id) => model.failRefund(id),
    },
  };
}

/** All that a request under a key consists of: Stripe refuses the key with anything else. */
function fingerprint(payment: Payment, { kind, params }: Operation): string {
  const { id, orderId, attempt, stripeCustomerId, paymentMethodId, amount, description } = payment;
  const request = { id, orderId, attempt, stripeCustomerId, paymentMethodId, amount, description };
  const { paymentIntentId } = payment;
  return JSON.stringify([kind, params, kind === 'authorize' ? request : paymentIntentId]);
}

function replyOf(
  intent: ModelIntent,
  refused: { operationKey: string; detail: string } | null = null,
): GatewayReply {
  const snapshot = snapshotOf(intent, { charge: true });
  return {
    report: { type: 'intent', intent: snapshot, authoritative: true, refused },
    action: actionOf(intent),
  };
}

function actionOf({ status, clientSecret, paymentIntentId }: ModelIntent): CustomerAction | null {
  if (status !== 'requires_action') return null;
  return { clientSecret, redirectUrl: `https://bank.example/authenticate/${paymentIntentId}` };
}

function notCreated({ key }: Operation, code: string): GatewayReply {
  const failure = { code, declineCode: null, message: 'The request was refused.' };
  return { report: { type: 'not_created', operationKey: key, failure }, action: null };
}
