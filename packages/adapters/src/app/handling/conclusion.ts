import type { Answer, Fault, Payment, Refusal } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type { Asked, CommandType } from '../../contract/command-requests.js';
import { problemOf } from '../../contract/problems.js';
import { factsOf, type ReplyContent } from '../outbox/outgoing.js';

/** What is known once a command was carried out, as far as that went. */
export interface Findings {
  readonly asked: Asked;
  readonly done: Result<Answer, Refusal | Fault>;
  /** An event of the payment has answered this very command. */
  readonly answeredByEvent: boolean;
  /** A revert under the same correlation id was answered by "reverted". */
  readonly revertTold: boolean;
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

/**
 * How a command is answered, so that it is answered once: by the event that it has caused, or, where
 * there is none and none can come any more, by a reply.
 */
export function conclude(findings: Findings): Conclusion {
  const { asked, done, answeredByEvent } = findings;
  if (answeredByEvent) return BY_EVENT;
  if (done.isErr()) return concludeRefusal(findings, done.error);
  const { outcome, payment } = done.value;
  if (outcome !== 'done') return waitFor(payment);
  return { type: 'reply', reply: { type: DONE[asked.type], payment: factsOf(payment) } };
}

/**
 * What an authorize comes to that waits for this payment. It is not carried out once more: where the
 * payment was given back meanwhile, it would hold anew.
 */
export function outcomeOf(payment: Payment): Findings['done'] {
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

function concludeRefusal(findings: Findings, error: Refusal | Fault): Conclusion {
  const { asked, payment } = findings;
  switch (error.type) {
    case 'GatewayUnavailable':
    case 'DatabaseUnavailable':
      return { type: 'fault', fault: error };
    case 'OperationInProgress':
      // It settles by itself, and only then it is known what to answer.
      return waitFor(payment);
    case 'OvertakenByAnother':
      return asked.type === 'authorize_payment'
        ? overtaken(findings)
        : refused(asked, error, payment);
    case 'PaymentIdTaken':
      return isOwn(asked, payment) ? overtaken(findings) : refused(asked, error, payment);
    case 'NotAuthorized':
      return error.payment.status === 'FAILED'
        ? refused(asked, error, error.payment)
        : waitFor(error.payment);
    default:
      return refused(asked, error, payment);
  }
}

/** What was canceled at our own hands has not failed: the saga that canceled it must not hear so. */
function overtaken({ payment, revertTold }: Findings): Conclusion {
  if (payment?.status !== 'REVERTED') return waitFor(payment);
  return revertTold
    ? BY_EVENT
    : { type: 'reply', reply: { type: 'reverted', payment: factsOf(payment) } };
}

/** Whether it is the payment that this very command has made. */
function isOwn({ command }: Asked, payment: Payment | null): boolean {
  return payment?.correlationId === command.correlationId;
}

function refused(asked: Asked, error: Refusal | Fault, payment: Payment | null): Conclusion {
  const { code, description, facts } = problemOf(
    error,
    asked.type === 'authorize_payment' ? 'order_id' : 'payment_id',
  );
  return {
    type: 'reply',
    reply: {
      type: 'refused',
      error: code,
      message: description,
      stripeCode: textOf(facts?.code),
      declineCode: textOf(facts?.declineCode),
      issues: facts?.issues ?? null,
      payment: payment === null ? null : factsOf(payment),
      ...aboutOf(asked),
    },
  };
}

/** What a command names. */
export function aboutOf(asked: Asked): { orderId: string | null; paymentId: string | null } {
  if (asked.type === 'authorize_payment')
    return { orderId: asked.command.orderId, paymentId: null };
  const ref = asked.command.payment;
  return { orderId: null, paymentId: 'paymentId' in ref ? ref.paymentId : null };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
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
