import type {
  AuthorizeOperation,
  GatewayCall,
  GatewayFault,
  GatewayReply,
  Operation,
  Payment,
  PaymentGateway,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type Stripe from 'stripe';
import { within } from './client.js';
import { type CallError, classify } from './faults.js';
import type { Guard } from './guard.js';
import { idOf, toAction, toSnapshot } from './snapshot.js';

export interface StripeGatewayOptions {
  readonly stripe: Stripe;
  /** Longest a call may take in all, in milliseconds. */
  readonly deadlineMs: number;
  readonly guard: Guard;
  /** Told after each call, for the log. */
  readonly onCall?: (call: GatewayCallNote) => void;
}

/** One finished call, without anything secret. */
export interface GatewayCallNote {
  readonly call: string;
  readonly paymentId: string | null;
  readonly durationMs: number;
  readonly outcome: 'answered' | CallError['type'];
  readonly detail: string | null;
}

/** When the hold lapses and what was refunded stand in the charge only. */
const EXPAND = ['latest_charge'];

/** While Stripe works on the same key it answers 409; a short wait gets the same customer. */
const CUSTOMER_RETRIES = 3;

/** Holds, captures, voids and refunds on Stripe, with manual capture. */
export function createStripeGateway(options: StripeGatewayOptions): PaymentGateway {
  const { stripe } = options;
  const ask = <T>(call: string, request: () => Promise<T>, paymentId: string | null = null) =>
    askStripe(options, { call, paymentId }, request);

  const retrieve: PaymentGateway['retrieve'] = async (paymentIntentId) => {
    const found = await ask('retrieve', () =>
      stripe.paymentIntents.retrieve(paymentIntentId, { expand: EXPAND }),
    );
    if (found.isOk()) return ok(replyOf(found.value));
    return found.error.type === 'Refused' && found.error.missing
      ? ok(null)
      : err(asFault(found.error));
  };

  return {
    retrieve,
    perform: async ({ payment, operation }) => {
      const made = await ask(
        operation.kind,
        () => send(stripe, { payment, operation }),
        payment.id,
      );
      if (made.isOk()) return ok(made.value);
      if (made.error.type === 'GatewayUnavailable') return err(made.error);
      return explainRefusal(retrieve, { payment, operation }, made.error);
    },
    defaultPaymentMethod: async (stripeCustomerId) => {
      const found = await ask('retrieve customer', () =>
        stripe.customers.retrieve(stripeCustomerId),
      );
      if (found.isErr()) {
        const { error } = found;
        return err(error.type === 'Refused' ? { type: 'CustomerUnknown' } : error);
      }
      if (found.value.deleted === true) return err({ type: 'CustomerUnknown' });
      return ok(idOf(found.value.invoice_settings.default_payment_method));
    },
    createCustomer: async ({ customerId, key }) => {
      const metadata = { clerk_user_id: customerId };
      const requestOptions = { idempotencyKey: key, maxNetworkRetries: CUSTOMER_RETRIES };
      const made = await ask('create customer', () =>
        stripe.customers.create({ metadata }, requestOptions),
      );
      return made.map(({ id }) => id).mapErr(asFault);
    },
    findCustomer: async ({ customerId, since }) => {
      const created = { gte: Math.floor(since.getTime() / 1000) - CLOCK_SKEW_SECONDS };
      const found = await ask('find customer', async () => {
        for await (const customer of stripe.customers.list({ created, limit: 100 })) {
          if (customer.metadata.clerk_user_id === customerId) return customer.id;
        }
        return null;
      });
      return found.mapErr(asFault);
    },
  };
}

/** Stripe's clock and ours may differ by that much. */
const CLOCK_SKEW_SECONDS = 300;

async function askStripe<T>(
  { deadlineMs, guard, onCall }: StripeGatewayOptions,
  { call, paymentId }: { call: string; paymentId: string | null },
  request: () => Promise<T>,
): Promise<Result<T, CallError>> {
  const began = performance.now();
  const note = (outcome: GatewayCallNote['outcome'], detail: string | null) =>
    onCall?.({ call, paymentId, durationMs: performance.now() - began, outcome, detail });
  try {
    const answer = await guard.run(() => within(deadlineMs, request()));
    note('answered', null);
    return ok(answer);
  } catch (thrown) {
    const error = classify(thrown);
    note(error.type, error.type === 'Refused' ? error.failure.code : error.reason);
    return err(error);
  }
}

/** Makes the call of an operation, from what was written down and nothing else. */
async function send(stripe: Stripe, { payment, operation }: GatewayCall): Promise<GatewayReply> {
  const { key: idempotencyKey } = operation;
  switch (operation.kind) {
    case 'authorize': {
      const params = holdParams(payment, operation);
      return replyOf(await stripe.paymentIntents.create(params, { idempotencyKey }));
    }
    case 'capture': {
      const params = { expand: EXPAND };
      return replyOf(
        await stripe.paymentIntents.capture(intentOf(payment), params, { idempotencyKey }),
      );
    }
    case 'void': {
      const reverting = operation.params.purpose === 'revert';
      // Free text is not allowed here: Stripe takes one of four words.
      const reason = reverting ? ('requested_by_customer' as const) : ('abandoned' as const);
      const params = { cancellation_reason: reason, expand: EXPAND };
      return replyOf(
        await stripe.paymentIntents.cancel(intentOf(payment), params, { idempotencyKey }),
      );
    }
    case 'refund': {
      const { reason } = operation.params;
      const refund = await stripe.refunds.create(
        {
          payment_intent: intentOf(payment),
          reason: 'requested_by_customer',
          metadata: { ...metadataOf(payment), ...(reason === null ? {} : { reason }) },
          expand: ['payment_intent.latest_charge'],
        },
        { idempotencyKey },
      );
      return refundReply(refund, operation);
    }
  }
}

function holdParams(
  payment: Payment,
  operation: AuthorizeOperation,
): Stripe.PaymentIntentCreateParams {
  const { amount, stripeCustomerId, paymentMethodId, description } = payment;
  const { returnUrl, savePaymentMethod } = operation.params;
  if (stripeCustomerId === null)
    throw new Error('bug: a hold is asked for without a Stripe customer');
  return {
    amount: amount.amountMinor,
    currency: amount.currency.toLowerCase(),
    customer: stripeCustomerId,
    payment_method: paymentMethodId,
    capture_method: 'manual',
    confirm: true,
    allowed_payment_method_types: ['card'],
    metadata: metadataOf(payment),
    expand: EXPAND,
    ...(description === null ? {} : { description }),
    ...(returnUrl === null ? {} : { return_url: returnUrl }),
    // The customer is there when ordering, so later payments with the card are on-session too.
    ...(savePaymentMethod ? { setup_future_usage: 'on_session' as const } : {}),
  };
}

/** By these a PaymentIntent is found again when its answer was lost. */
function metadataOf({ id, orderId, attempt }: Payment): Record<string, string> {
  return { payment_id: id, order_id: orderId, attempt: String(attempt) };
}

function replyOf(intent: Stripe.PaymentIntent): GatewayReply {
  const report = {
    type: 'intent',
    intent: toSnapshot(intent),
    authoritative: true,
    refused: null,
  } as const;
  return { report, action: toAction(intent) };
}

function refundReply(refund: Stripe.Refund, { key: operationKey }: Operation): GatewayReply {
  const intent = refund.payment_intent;
  if (intent === null || typeof intent === 'string') {
    throw new Error('bug: a refund answered without its PaymentIntent, which was asked for');
  }
  const reply = replyOf(intent);
  if (refund.status !== 'failed' && refund.status !== 'canceled') return reply;
  const detail = `refund ${refund.status}: ${refund.failure_reason ?? 'no reason given'}`;
  return refusedAs(reply, { operationKey, detail });
}

/**
 * What a definite no means. For a hold: the decline, or that no PaymentIntent was made. For all
 * others the state that the PaymentIntent is in: "already captured" is what a capture wants.
 */
async function explainRefusal(
  retrieve: PaymentGateway['retrieve'],
  { payment, operation }: GatewayCall,
  refusal: CallError & { type: 'Refused' },
): Promise<Result<GatewayReply, GatewayFault>> {
  const { key: operationKey } = operation;
  const { failure, intent } = refusal;
  if (operation.kind === 'authorize') {
    if (intent === null)
      return ok({ report: { type: 'not_created', operationKey, failure }, action: null });
    const snapshot = toSnapshot(intent);
    const told = { ...snapshot, failure: snapshot.failure ?? failure };
    return ok({
      report: { type: 'intent', intent: told, authoritative: true, refused: null },
      action: null,
    });
  }
  // The error's own copy of the PaymentIntent lacks the charge, which tells what was refunded.
  const now = await retrieve(intentOf(payment));
  if (now.isErr()) return err(now.error);
  if (now.value === null) return err(asFault(refusal));
  const detail = `${failure.code}: ${failure.message}`;
  return ok(refusedAs(now.value, { operationKey, detail }));
}

function refusedAs(
  { report, action }: GatewayReply,
  refused: { operationKey: string; detail: string },
): GatewayReply {
  return { report: report.type === 'intent' ? { ...report, refused } : report, action };
}

function intentOf({ id, paymentIntentId }: Payment): string {
  if (paymentIntentId === null)
    throw new Error(`bug: payment ${id} has no PaymentIntent to act on`);
  return paymentIntentId;
}

/** A refusal where only yes or "not now" makes sense: something is wrong with the account or us. */
function asFault(error: CallError): GatewayFault {
  if (error.type === 'GatewayUnavailable') return error;
  const reason = `Stripe refused: ${error.failure.code}`;
  return { type: 'GatewayUnavailable', executed: 'no', reason, retryAfterMs: null };
}
