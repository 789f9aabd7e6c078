import {
  type GatewayReply,
  markOfLoss,
  type RefundSnapshot,
  type RefusedCall,
} from '@campusg-pay/core';
import { readPage } from './pages.js';
import { UnreadableReply } from './sdk-errors.js';
import {
  answeredIntent,
  dispute,
  type ReadIntent,
  readAs,
  refundAnswer,
  retrievedIntent,
} from './shapes.js';
import { toAction, toDispute, toRefund, toSnapshot } from './snapshot.js';

/** Which PaymentIntent was asked about; null for one that was just to be made. */
type Asked = string | null;

/** A PaymentIntent as Stripe answered it, as a reply. Inside of a call only: it may throw. */
export function readReply(answer: unknown, asked: Asked): GatewayReply {
  return replyOf(readAs(answeredIntent, answer), asked);
}

/** One that was asked for by itself, with its refunds. */
export function readRetrieved(answer: unknown, asked: string): GatewayReply {
  return replyOf(readAs(retrievedIntent, answer), asked);
}

/** Whether there is a dispute that is to be asked for. */
export function isDisputeUntold({ report }: GatewayReply): boolean {
  return report.type === 'intent' && report.intent.dispute === 'untold';
}

/** The same reply, with the first dispute of a list. Inside of a call only: it may throw. */
export function withDispute({ report, action }: GatewayReply, list: unknown): GatewayReply {
  if (report.type !== 'intent') return { report, action };
  const [newest] = readPage(list).data;
  const found = toDispute(readAs(dispute, newest));
  return { report: { ...report, intent: { ...report.intent, dispute: found } }, action };
}

/** A refund that was made, or has failed at once, as a reply. */
export function readRefund(
  answer: unknown,
  { asked, operationKey }: { readonly asked: Asked; readonly operationKey: string },
): GatewayReply {
  const refund = readAs(refundAnswer, answer);
  const reply = withRefund(replyOf(refund.payment_intent, asked), toRefund(refund));
  if (refund.status !== 'failed' && refund.status !== 'canceled') return reply;
  return refusedAs(reply, { operationKey, detail: markOfLoss(toRefund(refund)), final: true });
}

/** The answer to a refund shows no other that was made before. */
function withRefund({ report, action }: GatewayReply, refund: RefundSnapshot): GatewayReply {
  if (report.type !== 'intent') return { report, action };
  return { report: { ...report, intent: { ...report.intent, latestRefunds: [refund] } }, action };
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
