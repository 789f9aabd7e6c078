import type { CommandType, Issue } from '../handling/command.js';
import type { Announcement } from '../payment/announcement.js';
import { type Payment, runnerOf } from '../payment/payment.js';
import type { Refund } from '../payment/refund.js';
import { wholeOf } from '../payment/stated-money.js';

/** What a message tells of a payment besides what has happened to it. */
export type PaymentFacts = Pick<
  Announcement,
  | 'paymentId'
  | 'orderId'
  | 'status'
  | 'customerId'
  | 'runnerId'
  | 'paymentIntentId'
  | 'amountMinor'
  | 'currency'
>;

/** What a command is answered where no event of a payment answers it. */
export type ReplyContent =
  /** It had been done before, under another correlation id, or was overtaken by a revert. */
  | { readonly type: 'authorized' | 'reverted'; readonly payment: PaymentFacts }
  | {
      readonly type: 'released';
      readonly payment: PaymentFacts;
      /** `tr_...` where the runner's share was sent; left out else. */
      readonly stripeTransferId?: string;
    }
  /** A part was given back before, under another correlation id. */
  | { readonly type: 'refunded'; readonly payment: PaymentFacts; readonly refund: Refund }
  | RefusedReply;

/** It was refused; the payment, where there is one, stays as it is. */
export interface RefusedReply {
  readonly type: 'refused';
  readonly error: string;
  /** A sentence that a person can act on. */
  readonly message: string;
  readonly stripeCode: string | null;
  readonly declineCode: string | null;
  readonly issues: readonly Issue[] | null;
  readonly payment: PaymentFacts | null;
  readonly orderId: string | null;
  readonly paymentId: string | null;
}

/** A reply that is no event of a payment: plain data, as announcements are. */
export interface Reply {
  /** Unique per command and the same on every delivery: `<correlation id>:<command>`. */
  readonly id: string;
  readonly reply: ReplyContent;
  readonly command: CommandType;
  readonly correlationId: string;
  readonly at: string;
}

/** All that leaves through the outbox. */
export type Outgoing = Announcement | Reply;

export function isReply(outgoing: Outgoing): outgoing is Reply {
  return 'reply' in outgoing;
}

/** Where events and replies go: Kafka, or the log. Resolves once all of them are accepted. */
export interface Publisher {
  publish(outgoing: readonly Outgoing[]): Promise<void>;
}

/** What a message keeps in order with others: the order, or what comes closest to it. */
export function keyOf(outgoing: Outgoing): string {
  if (!isReply(outgoing)) return outgoing.orderId;
  const { reply, correlationId } = outgoing;
  if (reply.type !== 'refused') return reply.payment.orderId;
  return reply.payment?.orderId ?? reply.orderId ?? reply.paymentId ?? correlationId;
}

/** The facts of a payment as it is recorded now. */
export function factsOf(payment: Payment): PaymentFacts {
  return {
    paymentId: payment.id,
    orderId: payment.orderId,
    status: payment.status,
    customerId: payment.customerId,
    runnerId: runnerOf(payment),
    paymentIntentId: payment.paymentIntentId,
    ...wholeOf(payment),
  };
}
