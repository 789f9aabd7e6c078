import type {
  GatewayCall,
  GatewayReply,
  Operation,
  Payment,
  PaymentGateway,
  WebhookReport,
} from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import { listCalls } from './gateway-lists.js';
import { fingerprint, notCreated, type Refused, replyOf } from './gateway-replies.js';
import * as intents from './intents.js';
import { isKnownCard, type ModelIntent, snapshotOf } from './intents.js';
import {
  cardFor,
  type GatewayCallName,
  type GatewayTrouble,
  type LineOptions,
  troubledLine,
} from './line.js';
import { type People, people } from './people.js';
import {
  type ModelCustomer,
  type Move,
  type NewIntent,
  type StripeModel,
  stripeModel,
} from './stripe-model.js';

/** Stripe in memory, and everything about it that a test may want to see or do. */
export interface MemoryGateway extends People, PaymentGateway {
  /** All PaymentIntents, oldest first: the ledger that records are judged by. */
  intents(): readonly ModelIntent[];
  intentsOf(orderId: string): readonly ModelIntent[];
  customers(): readonly ModelCustomer[];
  /** The calls made so far, in order. */
  readonly calls: readonly GatewayCallName[];
  /** Every webhook so far, in the order of what happened. Delivering them is up to the test. */
  readonly webhooks: readonly WebhookReport[];
  addCustomer: StripeModel['addCustomer'];
  /** What befalls the next calls of that name, one after the other. */
  befall(call: GatewayCallName, ...troubles: readonly (GatewayTrouble | null)[]): void;
  /** What another installation on the same account holds, or something else that is not ours. */
  makeElsewhere(wanted: Partial<NewIntent> & Pick<NewIntent, 'payment'>): ModelIntent;
  /** From now on Stripe knows no such PaymentIntent, as with the key of another account. */
  misplace(paymentIntentId: string): void;
}

export interface MemoryGatewayOptions extends LineOptions {
  /** How long a hold lasts. Stripe: 7 days for most cards. */
  readonly holdMs?: number;
}

/**
 * A payment gateway that keeps PaymentIntents as Stripe does: holds, captures, cancels, refunds,
 * declines, authentication, lapsing holds, and idempotency keys that replay the first answer.
 */
export function memoryGateway(options: MemoryGatewayOptions): MemoryGateway {
  const { clock, holdMs } = options;
  const model = stripeModel(() => clock.now(), holdMs);
  const line = troubledLine(options, () => model.lapse());
  const known = (paymentIntentId: string) => {
    const intent = model.byId.get(paymentIntentId);
    return intent === undefined || model.misplaced.has(paymentIntentId) ? null : intent;
  };
  return {
    perform: (call) => {
      const { kind, key } = call.operation;
      return line.exchange(kind, (befallen) => ok(perform(model, call, befallen)), key);
    },
    retrieve: (paymentIntentId) =>
      line.exchange('retrieve', () => {
        const intent = known(paymentIntentId);
        return ok(intent === null ? null : replyOf(intent));
      }),
    findIntent: ({ payment, since, isOurs }) =>
      line.exchange('findIntent', () => {
        const ofPayment = [...model.byId.values()].filter((it) => it.paymentId === payment.id);
        const found = ofPayment.find(
          (it) => isAround(it.createdAt, since) && isOurs(snapshotOf(it, { charge: true })),
        );
        return ok(found === undefined ? null : replyOf(found));
      }),
    ...listCalls(model, line),
    cancelOrphan: (paymentIntentId) =>
      line.exchange('cancelOrphan', () => {
        const intent = known(paymentIntentId);
        if (intent === null) return ok(null);
        model.change(paymentIntentId, (it) => intents.cancel(it, 'abandoned'));
        return ok(replyOf(model.get(paymentIntentId)));
      }),
    defaultPaymentMethod: (id) =>
      line.exchange('defaultPaymentMethod', () => {
        const customer = model.customers.get(id);
        if (customer === undefined) return err(CUSTOMER_UNKNOWN);
        const { defaultCard: paymentMethodId } = customer;
        return ok(paymentMethodId === null ? null : { type: 'card', paymentMethodId, card: FACE });
      }),
    createCustomer: ({ customerId, key, installation }) => {
      const made = { customerId, installation };
      const work = () => model.once(key, JSON.stringify(made), () => model.addCustomer(made));
      return line.exchange('createCustomer', () => ok(work()), key);
    },
    findCustomer: ({ customerId, installation, since }) =>
      line.exchange('findCustomer', () => {
        const ofUser = [...model.customers.values()].filter(
          (it) => it.customerId === customerId && it.installation === installation,
        );
        const found = ofUser.find(({ createdAt }) => isAround(createdAt, since));
        return ok(found?.stripeCustomerId ?? null);
      }),
    intents: () => [...model.byId.values()],
    intentsOf: (orderId) => [...model.byId.values()].filter((it) => it.orderId === orderId),
    customers: () => [...model.customers.values()],
    calls: line.calls,
    webhooks: model.webhooks,
    addCustomer: (customer) => model.addCustomer(customer),
    befall: line.befall,
    makeElsewhere: (wanted) =>
      model.create({
        stripeCustomerId: model.addCustomer(),
        card: intents.CARDS.good,
        installation: 'inst_elsewhere',
        ...wanted,
      }),
    misplace: (paymentIntentId) => model.misplaced.add(paymentIntentId),
    ...people(model),
  };
}

/** What all its cards look like. */
const FACE = { brand: 'visa', last4: '4242', expMonth: 12, expYear: 2030 } as const;

/** Stripe's lists are searched from an hour before the call, as clocks differ, until its key is over. */
const CLOCK_SKEW_MS = 60 * 60 * 1000;
const SEARCHED_MS = 25 * 60 * 60 * 1000;

function isAround(createdAt: Date, since: Date): boolean {
  const after = createdAt.getTime() - since.getTime();
  return after >= -CLOCK_SKEW_MS && after <= SEARCHED_MS;
}

const CUSTOMER_UNKNOWN = { type: 'CustomerUnknown' } as const;

function perform(
  model: StripeModel,
  { payment, operation, installation }: GatewayCall,
  befallen: GatewayTrouble | null,
): GatewayReply {
  const { key } = operation;
  const frozen = befallen?.type === 'refuse' ? befallen.detail : null;
  const asked = fingerprint(payment, operation, installation);
  if (operation.kind === 'authorize') {
    const no = frozen === null ? null : { code: frozen, param: null };
    const made = model.once(
      key,
      asked,
      () => no ?? create(model, { payment, installation }, befallen),
    );
    if ('code' in made) return notCreated(operation, made);
    return replyOf(befallen?.type === 'foreign' ? elsewhere(made) : made);
  }
  const { paymentIntentId } = payment;
  if (paymentIntentId === null) throw new Error(`bug: a ${operation.kind} needs a PaymentIntent`);
  if (!model.byId.has(paymentIntentId) || model.misplaced.has(paymentIntentId)) {
    return { report: { type: 'intent_missing', operationKey: key }, action: null };
  }
  const move: Move = (intent) => moveFor(operation, payment, intent);
  const moved = model.once(key, asked, () => frozen ?? model.change(paymentIntentId, move));
  if (typeof moved !== 'string') return replyOf(moved);
  // The refusal is replayed, but the intent told with it is always the one of now.
  const final = befallen?.type === 'refuse' && befallen.final === true;
  return replyOf(model.get(paymentIntentId), { operationKey: key, detail: moved, final });
}

/** What another installation has under the same ids. */
function elsewhere(intent: ModelIntent): ModelIntent {
  return { ...intent, paymentIntentId: 'pi_elsewhere', installation: 'inst_elsewhere' };
}

function create(
  model: StripeModel,
  { payment, installation }: Pick<GatewayCall, 'payment' | 'installation'>,
  befallen: GatewayTrouble | null,
): ModelIntent | Refused {
  const { stripeCustomerId, paymentMethodId } = payment;
  if (stripeCustomerId === null) throw new Error('bug: an authorize needs a customer');
  const code = 'resource_missing';
  if (!model.customers.has(stripeCustomerId)) return { code, param: 'customer' };
  if (!isKnownCard(paymentMethodId)) return { code, param: 'payment_method' };
  const card = cardFor(paymentMethodId, befallen);
  return model.create({ payment, stripeCustomerId, card, installation });
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
