import type { AuthorizeOperation, GatewayCall, GatewayReply, Payment } from '@campusg-pay/core';
import type Stripe from 'stripe';
import { refundReply, replyOf } from './replies.js';

/** When the hold lapses and what was refunded stand in the charge only. */
export const EXPAND = ['latest_charge'];

/** Makes the call of an operation, from what was written down and nothing else. */
export async function send(
  stripe: Stripe,
  { payment, operation, installation }: GatewayCall,
): Promise<GatewayReply> {
  const { key: idempotencyKey } = operation;
  switch (operation.kind) {
    case 'authorize': {
      const params = holdParams(payment, operation, installation);
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
          metadata: {
            ...metadataOf(payment, installation),
            ...(reason === null ? {} : { reason }),
          },
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
  installation: string | null,
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
    metadata: metadataOf(payment, installation),
    expand: EXPAND,
    ...(description === null ? {} : { description }),
    ...(returnUrl === null ? {} : { return_url: returnUrl }),
    // The customer is there when ordering, so later payments with the card are on-session too.
    ...(savePaymentMethod ? { setup_future_usage: 'on_session' as const } : {}),
  };
}

/** By these a PaymentIntent is found again when its answer was lost, and known to be ours. */
function metadataOf(
  { id, orderId, attempt }: Payment,
  installation: string | null,
): Record<string, string> {
  const names = { payment_id: id, order_id: orderId, attempt: String(attempt) };
  return installation === null ? names : { ...names, installation };
}

/** The PaymentIntent to act on. */
export function intentOf({ id, paymentIntentId }: Payment): string {
  if (paymentIntentId === null) {
    throw new Error(`bug: payment ${id} has no PaymentIntent to act on`);
  }
  return paymentIntentId;
}
