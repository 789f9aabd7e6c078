import type {
  AuthorizeOperation,
  CaptureOperation,
  GatewayCall,
  Operation,
  Payment,
  RefundOperation,
  ReversalOperation,
  TransferOperation,
} from '@campusg-pay/core';
import type Stripe from 'stripe';
import type { Going } from './exchange.js';
import { readRefund, readReply } from './replies.js';
import { eventIntent, readAs } from './shapes.js';

/** When the hold lapses and what was refunded stand in the charge only. */
export const EXPAND = ['latest_charge'];

/** Whether a refund is still pending stands in the refunds of the charge only. */
export const WITH_REFUNDS = 'latest_charge.refunds';

/** What acts on the PaymentIntent of a payment, or makes it. */
export type IntentOperation = Exclude<Operation, TransferOperation | ReversalOperation>;

/** A call about a PaymentIntent. */
export interface IntentCall extends GatewayCall {
  readonly operation: IntentOperation;
}

/**
 * The call of an operation, from what was written down and nothing else. What is wrong with that is a
 * bug and thrown here: nothing was sent. The call itself sends, and reads what is answered.
 */
export function callOf(stripe: Stripe, { payment, operation, installation }: IntentCall) {
  const { key: idempotencyKey } = operation;
  const options = { idempotencyKey };
  if (operation.kind === 'authorize') {
    const params = holdParams(payment, operation, installation);
    return async () => readReply(await stripe.paymentIntents.create(params, options), null);
  }
  const asked = intentOf(payment);
  switch (operation.kind) {
    case 'capture': {
      const params = captureParams(payment, operation);
      const { terms } = operation.params;
      return async (going: Going) => {
        if (terms?.isRaised === true) {
          await raise(stripe, { asked, amount: terms.dueMinor, idempotencyKey }, going);
          await going.next('capture');
        }
        return readReply(await stripe.paymentIntents.capture(asked, params, options), asked);
      };
    }
    case 'void': {
      const reverting = operation.params.purpose === 'revert';
      // Free text is not allowed here: Stripe takes one of four words.
      const reason = reverting ? ('requested_by_customer' as const) : ('abandoned' as const);
      const params = { cancellation_reason: reason, expand: EXPAND };
      return async () => {
        return readReply(await stripe.paymentIntents.cancel(asked, params, options), asked);
      };
    }
    case 'refund': {
      const params = refundParams(payment, operation, installation);
      return async () => {
        const answer = await stripe.refunds.create(params, options);
        return readRefund(answer, { asked, operation });
      };
    }
  }
}

/** Raises the hold under a key of its own. Stripe raises to more only, so what is raised stays so. */
async function raise(
  stripe: Stripe,
  of: { readonly asked: string; readonly amount: number; readonly idempotencyKey: string },
  going: Going,
): Promise<void> {
  const { asked, amount, idempotencyKey } = of;
  await going.next('retrieve');
  const now = readAs(eventIntent, await stripe.paymentIntents.retrieve(asked));
  if (now.status !== 'requires_capture' || now.amount >= amount) return;
  const key = { idempotencyKey: `${idempotencyKey}:raise` };
  await going.next('raise');
  await stripe.paymentIntents.incrementAuthorization(asked, { amount }, key);
}

/** Not every card and account has it: then the hold is made all the same. */
const HEADROOM: Stripe.PaymentIntentCreateParams.PaymentMethodOptions = {
  card: { request_overcapture: 'if_available', request_incremental_authorization: 'if_available' },
};

/** All of the hold, unless another amount is wanted: of less, Stripe lets the rest go. */
function captureParams(
  payment: Payment,
  { params: { terms } }: CaptureOperation,
): Stripe.PaymentIntentCaptureParams {
  const { amountMinor } = payment.amount;
  const dueMinor = terms?.dueMinor ?? amountMinor;
  // A hold that may be raised may have been, by a release that came to nothing then.
  const mayBeMore = payment.status === 'AUTHORIZED' && payment.headroom !== null;
  const isSaid = dueMinor !== amountMinor || mayBeMore;
  return { ...(isSaid ? { amount_to_capture: dueMinor } : {}), expand: EXPAND };
}

function refundParams(
  payment: Payment,
  { params: { reason, refundId, amountMinor } }: RefundOperation,
  installation: string | null,
): Stripe.RefundCreateParams {
  return {
    payment_intent: intentOf(payment),
    ...(amountMinor === undefined ? {} : { amount: amountMinor }),
    reason: 'requested_by_customer',
    metadata: {
      ...metadataOf(payment, installation),
      ...(reason === null ? {} : { reason }),
      ...(refundId === undefined ? {} : { refund_id: refundId }),
    },
    expand: ['payment_intent.latest_charge'],
  };
}

function holdParams(
  payment: Payment,
  operation: AuthorizeOperation,
  installation: string | null,
): Stripe.PaymentIntentCreateParams {
  const { amount, stripeCustomerId, paymentMethodId, description } = payment;
  const { returnUrl, savePaymentMethod, transferGroup, headroom } = operation.params;
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
    metadata: metadataOf(payment, installation),
    expand: EXPAND,
    ...(description === null ? {} : { description }),
    ...(returnUrl === null ? {} : { return_url: returnUrl }),
    // The customer is there when ordering, so later payments with the card are on-session too.
    ...(savePaymentMethod ? { setup_future_usage: 'on_session' as const } : {}),
    ...(transferGroup === undefined ? {} : { transfer_group: transferGroup }),
    ...(headroom === undefined ? {} : { payment_method_options: HEADROOM }),
  };
}

/** By these a PaymentIntent is found again when its answer was lost, and known to be ours. */
function metadataOf(
  { id, orderId, attempt }: Payment,
  installation: string | null,
): Record<string, string> {
  const names = { payment_id: id, order_id: orderId, attempt: String(attempt) };
  return installation === null ? names : Object.assign(names, { installation });
}

/** The PaymentIntent to act on. */
export function intentOf({ id, paymentIntentId }: Payment): string {
  if (paymentIntentId === null) {
    throw new Error(`bug: payment ${id} has no PaymentIntent to act on`);
  }
  return paymentIntentId;
}
