import type { GatewayFault, GatewayReply, PaymentGateway } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type Stripe from 'stripe';
import { accountCalls } from './account-calls.js';
import { callOf, EXPAND, type IntentCall, intentOf, WITH_REFUNDS } from './calls.js';
import { createdAround, customerCalls } from './customers.js';
import { type AskingOptions, asFault, createAsk, type Going, PART_FOR_TURN } from './exchange.js';
import type { CallError } from './gateway-fault.js';
import { listCalls } from './lists.js';
import { moneyLists } from './money-lists.js';
import { findListed, readAll } from './pages.js';
import {
  isDisputeUntold,
  moreRefundsOf,
  readReply,
  readRetrieved,
  refusedAs,
  withDispute,
  withRefunds,
} from './replies.js';
import { cardCalls } from './saved-cards.js';
import { listedIntent, refund } from './shapes.js';
import { toRefund, toSnapshot } from './snapshot.js';
import { transferCalls } from './transfer-calls.js';
import { LIMIT_REACHED, UNLIMITED } from './turns.js';

/** What the gateway asks Stripe with. */
export interface StripeGatewayOptions extends AskingOptions {
  /** The SDK, which must make each call once: `maxNetworkRetries` is 0. */
  readonly stripe: Stripe;
}

/** Holds, captures, voids, refunds and transfers on Stripe, with manual capture. */
export function createStripeGateway(options: StripeGatewayOptions): PaymentGateway {
  const { stripe } = options;
  const ask = createAsk(options);
  const { send, takeBack, ...searches } = transferCalls(stripe, ask);

  const retrieve: PaymentGateway['retrieve'] = async (paymentIntentId) => {
    const found = await ask('retrieve', async (going) => {
      const params = { expand: [WITH_REFUNDS] };
      const answer = await stripe.paymentIntents.retrieve(paymentIntentId, params);
      const shown = readRetrieved(answer, paymentIntentId);
      const reply = await withAllRefunds(stripe, shown, answer, going);
      if (!isDisputeUntold(reply)) return reply;
      const newest = { payment_intent: paymentIntentId, limit: 1 };
      await going.next('list disputes');
      return withDispute(reply, await stripe.disputes.list(newest));
    });
    if (found.isOk()) return ok(found.value);
    return found.error.type === 'Refused' && found.error.missing
      ? ok(null)
      : err(asFault(found.error));
  };

  return {
    retrieve,
    perform: async ({ operation, ...about }) => {
      if (operation.kind === 'transfer') return send({ operation, ...about });
      if (operation.kind === 'reversal') return takeBack({ operation, ...about });
      const call = { operation, ...about };
      const { payment, withinMs } = about;
      const made = await ask(operation.kind, callOf(stripe, call), payment.id, withinMs);
      if (made.isOk()) return ok(made.value);
      if (made.error.type === 'GatewayUnavailable') return err(made.error);
      return explainRefusal(retrieve, call, made.error);
    },
    refusal: refusalBy(options),
    ...searches,
    ...accountCalls(stripe, ask),
    findIntent: async ({ payment, since, isOurs }) => {
      const { id, stripeCustomerId } = payment;
      const range = { created: createdAround(since), limit: 100, expand: [`data.${WITH_REFUNDS}`] };
      const customer = stripeCustomerId === null ? {} : { customer: stripeCustomerId };
      const call = 'find intent';
      const found = await ask(call, async (going) => {
        const intent = await findListed({
          page: (after) => stripe.paymentIntents.list({ ...range, ...customer, ...after }),
          shape: listedIntent,
          isWanted: (intent) => intent.metadata.payment_id === id && isOurs(toSnapshot(intent)),
          call,
          going,
        });
        if (intent === null) return null;
        return withAllRefunds(stripe, readReply(intent, null), intent, going);
      });
      return found.mapErr(asFault);
    },
    ...listCalls(stripe, ask),
    ...moneyLists(stripe, ask),
    cancelOrphan: async (paymentIntentId) => {
      const params = { cancellation_reason: 'abandoned' as const, expand: EXPAND };
      const canceled = await ask('cancel orphan', async () =>
        readReply(await stripe.paymentIntents.cancel(paymentIntentId, params), paymentIntentId),
      );
      if (canceled.isOk()) return ok(canceled.value);
      // Refused: it is not there, or over by now.
      return canceled.error.type === 'Refused' ? retrieve(paymentIntentId) : err(canceled.error);
    },
    ...customerCalls(stripe, ask),
    ...cardCalls(stripe, ask),
  };
}

/** The same as would be said to the call itself. */
function refusalBy({
  deadlineMs,
  turns = UNLIMITED,
}: AskingOptions): NonNullable<PaymentGateway['refusal']> {
  return (kind) => {
    const refused = turns.refusal(kind, deadlineMs * PART_FOR_TURN);
    if (refused === null) return null;
    const { retryAfterMs } = refused;
    return { type: 'GatewayUnavailable', executed: 'no', reason: LIMIT_REACHED, retryAfterMs };
  };
}

/** Stripe shows ten refunds with the charge, and there may be more of ours. */
async function withAllRefunds(
  stripe: Stripe,
  reply: GatewayReply,
  answer: unknown,
  going: Going,
): Promise<GatewayReply> {
  const intentId = moreRefundsOf(answer);
  if (intentId === null) return reply;
  const range = { payment_intent: intentId, limit: 100 };
  const call = 'list refunds';
  await going.next(call);
  const all = await readAll({
    page: (after) => stripe.refunds.list({ ...range, ...after }),
    shape: refund,
    call,
    going,
  });
  return withRefunds(reply, all.map(toRefund));
}

/**
 * What a definite no means. For a hold: the decline, or that no PaymentIntent was made. For all
 * others the state that the PaymentIntent is in: "already captured" is what a capture wants.
 */
async function explainRefusal(
  retrieve: PaymentGateway['retrieve'],
  { payment, operation }: IntentCall,
  refusal: CallError & { type: 'Refused' },
): Promise<Result<GatewayReply, GatewayFault>> {
  const { key: operationKey } = operation;
  const { failure, intent } = refusal;
  if (operation.kind === 'authorize') {
    if (intent === null) {
      const { param } = refusal;
      return ok({ report: { type: 'not_created', operationKey, failure, param }, action: null });
    }
    const refused = { ...intent, failure: intent.failure ?? failure };
    return ok({
      report: { type: 'intent', intent: refused, authoritative: true, refused: null },
      action: null,
    });
  }
  // The error's own copy of the PaymentIntent lacks the charge, which tells what was refunded.
  const now = await retrieve(intentOf(payment));
  if (now.isErr()) return err(now.error);
  if (now.value === null)
    return ok({ report: { type: 'intent_missing', operationKey }, action: null });
  const detail = `${failure.code}: ${failure.message}`;
  const final = FINAL_REFUSALS.has(failure.code);
  return ok(refusedAs(now.value, { operationKey, detail, final }));
}

/**
 * Codes of refusals that no later try changes: the charge or the PaymentIntent is past it.
 * Source: docs.stripe.com/error-codes.
 */
const FINAL_REFUSALS: ReadonlySet<string> = new Set([
  'amount_too_large',
  'amount_too_small',
  'capture_charge_authorization_expired',
  'capture_unauthorized_payment',
  'charge_already_captured',
  'charge_already_refunded',
  'charge_disputed',
  'charge_exceeds_source_limit',
  'charge_expired_for_capture',
  'charge_not_refundable',
  'refund_disputed_payment',
]);
