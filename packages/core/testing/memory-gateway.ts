import type {
  AccountNews,
  GatewayCall,
  GatewayReply,
  Operation,
  Payment,
  PaymentGateway,
  WebhookReport,
} from '@campusg-pay/core';
import { ok } from 'neverthrow';
import {
  type ConnectModel,
  connectModel,
  type ModelAccount,
  type ModelTransfer,
} from './connect-model.js';
import { customerCalls, isAround } from './gateway-customers.js';
import { listCalls } from './gateway-lists.js';
import { moneyLists } from './gateway-money-lists.js';
import { fingerprint, notCreated, type Refused, replyOf, withMade } from './gateway-replies.js';
import { moveOnward, transferSearches } from './gateway-transfers.js';
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
  accounts(): readonly ModelAccount[];
  /** All transfers, oldest first, with what came back of each. */
  transfers(): readonly ModelTransfer[];
  /** The calls made so far, in order. */
  readonly calls: readonly GatewayCallName[];
  /** Every webhook so far, in the order of what happened. Delivering them is up to the test. */
  readonly webhooks: readonly WebhookReport[];
  /** Every webhook about a connected account so far. */
  readonly accountNews: readonly AccountNews[];
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
  const connect = connectModel(model);
  const line = troubledLine(options, () => model.lapse());
  const known = (paymentIntentId: string) => {
    const intent = model.byId.get(paymentIntentId);
    return intent === undefined || model.misplaced.has(paymentIntentId) ? null : intent;
  };
  return {
    perform: (call) => {
      const { kind, key } = call.operation;
      return line.exchange(
        kind,
        (befallen) => ok(perform({ model, connect }, call, befallen)),
        key,
      );
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
    ...transferSearches(connect, line),
    ...moneyLists(model, connect, line),
    cancelOrphan: (paymentIntentId) =>
      line.exchange('cancelOrphan', () => {
        const intent = known(paymentIntentId);
        if (intent === null) return ok(null);
        model.change(paymentIntentId, (it) => intents.cancel(it, 'abandoned'));
        return ok(replyOf(model.get(paymentIntentId)));
      }),
    ...customerCalls(model, line),
    intents: () => [...model.byId.values()],
    intentsOf: (orderId) => [...model.byId.values()].filter((it) => it.orderId === orderId),
    customers: () => [...model.customers.values()],
    accounts: () => [...connect.accounts.values()],
    transfers: () => [...connect.transfers.values()],
    accountNews: connect.news,
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
    ...people(model, connect),
  };
}

function perform(
  { model, connect }: { readonly model: StripeModel; readonly connect: ConnectModel },
  { payment, operation, installation }: GatewayCall,
  befallen: GatewayTrouble | null,
): GatewayReply {
  if (operation.kind === 'transfer' || operation.kind === 'reversal')
    return moveOnward(model, connect, { payment, operation, installation }, befallen);
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
  if (typeof moved !== 'string')
    return operation.kind === 'refund' ? withMade(replyOf(moved)) : replyOf(moved);
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
  operation: Extract<Operation, { kind: 'capture' | 'void' | 'refund' }>,
  payment: Payment,
  intent: ModelIntent,
): ModelIntent | string {
  switch (operation.kind) {
    case 'capture':
      return intents.capture(
        intent,
        operation.params.terms?.dueMinor ?? payment.amount.amountMinor,
      );
    case 'void': {
      const ours = operation.params.purpose === 'fail' ? 'abandoned' : 'requested_by_customer';
      return intents.cancel(intent, ours);
    }
    case 'refund': {
      const { amountMinor, refundId = null } = operation.params;
      const leftMinor = intent.receivedMinor - intent.refundedMinor;
      return intents.refund(intent, amountMinor ?? leftMinor, refundId);
    }
  }
}
