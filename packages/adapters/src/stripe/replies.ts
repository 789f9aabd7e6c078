import {
  type GatewayReply,
  markOfLoss,
  type RefundOperation,
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

/** The PaymentIntent whose charge has more refunds than Stripe shows with it; null for any other. */
export function moreRefundsOf(answer: unknown): string | null {
  const { id, latest_charge: charge } = readAs(retrievedIntent, answer);
  return charge?.refunds?.has_more === true ? id : null;
}

/** The same reply, with all refunds that there are, the newest first. */
export function withRefunds(
  { report, action }: GatewayReply,
  latestRefunds: readonly RefundSnapshot[],
): GatewayReply {
  if (report.type !== 'intent') return { report, action };
  return { report: { ...report, intent: { ...report.intent, latestRefunds } }, action };
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

/** A refund that was made, or has failed at once, as a reply. Inside of a call only: it may throw. */
export function readRefund(
  answer: unknown,
  { asked, operation }: { readonly asked: string; readonly operation: RefundOperation },
): GatewayReply {
  const read = readAs(refundAnswer, answer);
  const made = toRefund(read);
  const { amountMinor, refundId } = operation.params;
  const isAnother =
    (amountMinor !== undefined && made.amountMinor !== amountMinor) ||
    (refundId !== undefined && made.name !== refundId);
  if (isAnother) throw new UnreadableReply('it is about another refund');
  // The answer shows no other that was made before.
  const reply = withMade(withRefunds(replyOf(read.payment_intent, asked), [made]), made);
  if (read.status !== 'failed' && read.status !== 'canceled') return reply;
  return refusedAs(reply, {
    operationKey: operation.key,
    detail: markOfLoss(made),
    // A balance that is short now need not be so later.
    final: made.failureReason !== 'insufficient_funds',
  });
}

function withMade({ report, action }: GatewayReply, made: RefundSnapshot): GatewayReply {
  return { report: report.type === 'intent' ? { ...report, made } : report, action };
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
