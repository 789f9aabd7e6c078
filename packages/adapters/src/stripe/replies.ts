import type { GatewayReply, RefusedCall } from '@campusg-pay/core';
import { UnreadableReply } from './sdk-errors.js';
import { answeredIntent, type ReadIntent, readAs, refundAnswer } from './shapes.js';
import { toAction, toSnapshot } from './snapshot.js';

/** Which PaymentIntent was asked about; null for one that was just to be made. */
type Asked = string | null;

/** A PaymentIntent as Stripe answered it, as a reply. Inside of a call only: it may throw. */
export function readReply(answer: unknown, asked: Asked): GatewayReply {
  return replyOf(readAs(answeredIntent, answer), asked);
}

/** A refund that was made, or has failed at once, as a reply. */
export function readRefund(
  answer: unknown,
  { asked, operationKey }: { readonly asked: Asked; readonly operationKey: string },
): GatewayReply {
  const refund = readAs(refundAnswer, answer);
  const reply = replyOf(refund.payment_intent, asked);
  if (refund.status !== 'failed' && refund.status !== 'canceled') return reply;
  const detail = `refund ${refund.status}: ${refund.failure_reason ?? 'no reason given'}`;
  return refusedAs(reply, { operationKey, detail, final: true });
}

function replyOf(intent: ReadIntent, asked: Asked): GatewayReply {
  if (asked !== null && intent.id !== asked)
    throw new UnreadableReply('it is about another object');
  const report = {
    type: 'intent',
    intent: toSnapshot(intent),
    authoritative: true,
    refused: null,
  } as const;
  return { report, action: toAction(intent) };
}

/** The same reply, telling that the call was refused. */
export function refusedAs({ report, action }: GatewayReply, refused: RefusedCall): GatewayReply {
  return { report: report.type === 'intent' ? { ...report, refused } : report, action };
}
