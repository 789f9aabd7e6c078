import type { Operation, OperationOutcome } from '../operation/operation.js';
import { lapseIdOf, type Payment } from './payment.js';
import type { PaymentEvent } from './payment-events.js';

/** What callers ask for, as far as an event can be the answer to it. */
export type AnsweredCommand = 'authorize' | 'release' | 'revert';

/** Who caused an event. */
export interface EventCause {
  /** The command that asked for it. */
  readonly correlationId: string;
  /** Set when it is the one final answer to that command; null when it answers nobody. */
  readonly answers: AnsweredCommand | null;
}

/** The call that was owed until a moment ago, and how it ended. */
export interface ClosedCall {
  readonly operation: Operation;
  readonly outcome: OperationOutcome;
}

/**
 * Who caused an event, and whether it is their answer. A hold that lapses and money that is moved
 * in the dashboard have a cause on record too, the command that was open then or the authorize, but
 * answer nobody: a saga that hears its answer twice cancels an order twice, or revives it.
 */
export function causeOf(event: PaymentEvent, call: ClosedCall | null, before: Payment): EventCause {
  const { type } = event;
  const { correlationId } = before;
  if (type === 'refunded') return causeOfPart(event, before);
  if (type === 'authorized' || type === 'failed') return { correlationId, answers: 'authorize' };
  if (type !== 'released' && type !== 'reverted') return { correlationId, answers: null };
  const revert = before.status === 'INITIATING' ? before.revertRequested : null;
  if (type === 'reverted' && revert !== null) {
    return { correlationId: revert.correlationId, answers: 'revert' };
  }
  if (call === null) return { correlationId, answers: null };
  const { operation, outcome } = call;
  const isAsked = operation.correlationId !== lapseIdOf(before);
  const isAnswer = isAsked && outcome === 'done' && ANSWERED_BY[type].includes(operation.kind);
  const asked = type === 'released' ? 'release' : 'revert';
  return { correlationId: operation.correlationId, answers: isAnswer ? asked : null };
}

/** A part that makes the whole is answered by "reverted". */
function causeOfPart(
  { name, refundedMinor }: PaymentEvent & { type: 'refunded' },
  before: Payment,
): EventCause {
  const isTaken = before.status === 'RELEASED' || before.status === 'REVERTED';
  const refund = isTaken ? before.refunds.find(({ refundId }) => refundId === name) : undefined;
  if (!isTaken || refund === undefined)
    return { correlationId: before.correlationId, answers: null };
  const { correlationId } = refund;
  return { correlationId, answers: refundedMinor < before.receivedMinor ? 'revert' : null };
}

/** The calls that end in an event. A void that follows a decline ends as `failed`. */
const ANSWERED_BY: Readonly<Record<'released' | 'reverted', readonly Operation['kind'][]>> = {
  released: ['capture'],
  reverted: ['void', 'refund'],
};
