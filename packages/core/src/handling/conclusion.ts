import { err, ok, type Result } from 'neverthrow';
import type { Answer } from '../commands/answer.js';
import { isFailedRefund } from '../gateway/taken-steps.js';
import { factsOf, type RefusedReply, type ReplyContent } from '../outbox/outgoing.js';
import { openReview, type Payment } from '../payment/payment.js';
import type { Refusal } from '../payment/refusal.js';
import type { Fault } from '../ports.js';
import type { CommandType, Issue, ParsedCommand } from './command.js';

/** What is known once a command was carried out, as far as that went. */
export interface Findings {
  readonly asked: ParsedCommand;
  readonly done: Result<Answer, Refusal | Fault>;
  /** An event of the payment has answered this very command. */
  readonly answeredByEvent: boolean;
  /** A revert under the same correlation id was answered by "reverted". */
  readonly revertPublished: boolean;
  /** The payment as recorded afterwards, where it is known. */
  readonly payment: Payment | null;
}

/** How a command is answered. */
export type Conclusion =
  /** An event has told it: nothing is to be added. */
  | { readonly type: 'by_event' }
  /** It is under way; what becomes of the payment will answer, or is looked at again. */
  | { readonly type: 'wait'; readonly payment: Payment | null }
  | { readonly type: 'reply'; readonly reply: ReplyContent }
  /** Not now: the same command is to be carried out again. */
  | { readonly type: 'fault'; readonly fault: Fault };

/** The words of the contract: which code and sentence a caller is told. */
export interface ReplyWording {
  /** @param by what the command named the payment by */
  refusal(
    refusal: Refusal,
    by: 'order_id' | 'payment_id',
  ): Pick<RefusedReply, 'error' | 'message' | 'stripeCode' | 'declineCode' | 'issues'>;
  invalid(issues: readonly Issue[]): Pick<RefusedReply, 'error' | 'message'>;
}

/**
 * How a command is answered, so that it is answered once: by the event that it has caused, or, where
 * there is none and none can come any more, by a reply.
 */
export function conclude(findings: Findings, wording: ReplyWording): Conclusion {
  const { asked, done, answeredByEvent } = findings;
  if (answeredByEvent) return BY_EVENT;
  if (done.isErr()) return concludeRefusal(findings, done.error, wording);
  const { outcome, payment } = done.value;
  if (outcome !== 'done') return waitFor(payment);
  const { refund } = done.value;
  if (refund !== undefined && payment.status === 'RELEASED') {
    // A bank has still to agree to what is pending: the event of that answers.
    return refund.status === 'succeeded'
      ? { type: 'reply', reply: { type: 'refunded', payment: factsOf(payment), refund } }
      : waitFor(payment);
  }
  return { type: 'reply', reply: doneReply(asked.type, payment) };
}

function doneReply(type: CommandType, payment: Payment): ReplyContent {
  const facts = factsOf(payment);
  if (type !== 'release_payment') return { type: DONE[type], payment: facts };
  const transfer = payment.status === 'RELEASED' ? payment.transfer : null;
  const stripeTransferId = transfer?.stripeTransferId ?? null;
  const reply = { type: 'released', payment: facts } as const;
  return stripeTransferId === null ? reply : { ...reply, stripeTransferId };
}

/**
 * What a command has come to that waited for this payment; null where it is to be carried out (once
 * more). A revert is not whose refund has failed: a person looks first.
 */
export function outcomeOf({ type }: ParsedCommand, payment: Payment): Findings['done'] | null {
  if (type === 'authorize_payment') return outcomeOfAuthorize(payment);
  const reason = openReview(payment);
  const hasFailed = type === 'revert_payment' && reason !== null && isFailedRefund(reason);
  return hasFailed ? err({ type: 'NeedsReview', status: payment.status, reason }) : null;
}

/** Not carried out once more: where the payment was given back meanwhile, it would hold anew. */
function outcomeOfAuthorize(payment: Payment): Findings['done'] {
  switch (payment.status) {
    case 'INITIATING':
      return ok({ outcome: 'processing', payment });
    case 'AUTHORIZED':
    case 'RELEASED':
      return ok({ outcome: 'done', payment });
    case 'REVERTED':
      return err({ type: 'OvertakenByAnother', status: payment.status });
    case 'FAILED':
      return err({ type: 'NotAuthorized', payment, failure: payment.failure });
  }
}

function concludeRefusal(
  findings: Findings,
  error: Refusal | Fault,
  wording: ReplyWording,
): Conclusion {
  const { asked, payment } = findings;
  const refused = (refusal: Refusal, about: Payment | null): Conclusion =>
    refusedReply(wording, { asked, refusal, payment: about });
  switch (error.type) {
    case 'GatewayUnavailable':
    case 'DatabaseUnavailable':
      return { type: 'fault', fault: error };
    case 'OperationInProgress':
      // It settles by itself, and only then it is known what to answer.
      return waitFor(payment);
    case 'OvertakenByAnother':
      return asked.type === 'authorize_payment' ? overtaken(findings) : refused(error, payment);
    case 'PaymentIdTaken':
      return isOwn(asked, payment) ? overtaken(findings) : refused(error, payment);
    case 'NotAuthorized':
      return error.payment.status === 'FAILED'
        ? refused(error, error.payment)
        : waitFor(error.payment);
    default:
      return refused(error, payment);
  }
}

/** What was canceled at our own hands has not failed: the saga that canceled it must not hear so. */
function overtaken({ payment, revertPublished }: Findings): Conclusion {
  if (payment?.status !== 'REVERTED') return waitFor(payment);
  return revertPublished
    ? BY_EVENT
    : { type: 'reply', reply: { type: 'reverted', payment: factsOf(payment) } };
}

/** Whether it is the payment that this very command has made. */
function isOwn({ command }: ParsedCommand, payment: Payment | null): boolean {
  return payment?.correlationId === command.correlationId;
}

function refusedReply(
  wording: ReplyWording,
  facts: {
    readonly asked: ParsedCommand;
    readonly refusal: Refusal;
    readonly payment: Payment | null;
  },
): Conclusion {
  const { asked, refusal, payment } = facts;
  const by = asked.type === 'authorize_payment' ? 'order_id' : 'payment_id';
  return {
    type: 'reply',
    reply: {
      type: 'refused',
      ...wording.refusal(refusal, by),
      payment: payment === null ? null : factsOf(payment),
      ...aboutOf(asked),
    },
  };
}

/** What a command names. */
export function aboutOf(asked: ParsedCommand): {
  orderId: string | null;
  paymentId: string | null;
} {
  if (asked.type === 'authorize_payment')
    return { orderId: asked.command.orderId, paymentId: null };
  const ref = asked.command.payment;
  return { orderId: null, paymentId: 'paymentId' in ref ? ref.paymentId : null };
}

const BY_EVENT: Conclusion = { type: 'by_event' };

function waitFor(payment: Payment | null): Conclusion {
  return { type: 'wait', payment };
}

const DONE = {
  authorize_payment: 'authorized',
  release_payment: 'released',
  revert_payment: 'reverted',
} as const satisfies Record<CommandType, ReplyContent['type']>;
