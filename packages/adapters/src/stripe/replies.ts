import type { GatewayReply, Operation, RefusedCall } from '@campusg-pay/core';
import type Stripe from 'stripe';
import { toAction, toSnapshot } from './snapshot.js';

/** A PaymentIntent as it is, as a reply. */
export function replyOf(intent: Stripe.PaymentIntent): GatewayReply {
  const report = {
    type: 'intent',
    intent: toSnapshot(intent),
    authoritative: true,
    refused: null,
  } as const;
  return { report, action: toAction(intent) };
}

/** A refund that was made, or has failed at once, as a reply. */
export function refundReply(refund: Stripe.Refund, { key: operationKey }: Operation): GatewayReply {
  const intent = refund.payment_intent;
  if (intent === null || typeof intent === 'string') {
    throw new Error('bug: a refund answered without its PaymentIntent, which was asked for');
  }
  const reply = replyOf(intent);
  if (refund.status !== 'failed' && refund.status !== 'canceled') return reply;
  const detail = `refund ${refund.status}: ${refund.failure_reason ?? 'no reason given'}`;
  return refusedAs(reply, { operationKey, detail, final: true });
}

/** The same reply, telling that the call was refused. */
export function refusedAs({ report, action }: GatewayReply, refused: RefusedCall): GatewayReply {
  return { report: report.type === 'intent' ? { ...report, refused } : report, action };
}
