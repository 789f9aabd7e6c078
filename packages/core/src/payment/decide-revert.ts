import { err, ok, type Result } from 'neverthrow';
import type { Operation, VoidPurpose } from '../operation/operation.js';
import { opened } from '../operation/operation-steps.js';
import { unreachable } from '../unreachable.js';
import { decideRefund, decideRefundAgain, type RefundWish } from './decide-refund.js';
import type { DecisionContext } from './decision-context.js';
import type { Payment } from './payment.js';
import type { Step } from './payment-events.js';
import { inProgress, type Refusal } from './refusal.js';
import { partIn, type StatedMoney, wholeOf } from './stated-money.js';

/**
 * Gives the money back: cancels what is not held yet, voids a hold, refunds a release.
 *
 * A revert that comes while the authorize is under way is written down and carried out after it.
 */
export function decideRevert(
  payment: Payment | null,
  command: RefundWish & { readonly stated?: readonly StatedMoney[] },
  context: DecisionContext,
): Result<Step[], Refusal> {
  if (payment === null) return err({ type: 'PaymentNotFound' });
  const part = partIn(wholeOf(payment), command.stated);
  if (part !== null) return err(part);
  const { reason } = command;
  const { correlationId } = context;
  const voided = opened({ kind: 'void', params: { purpose: 'revert', reason } }, context);
  switch (payment.status) {
    case 'FAILED':
      return err({ type: 'WrongStatus', status: payment.status });
    case 'REVERTED':
      return decideRefundAgain(payment, command);
    case 'RELEASED':
      return decideRefund(payment, command, context);
    case 'INITIATING': {
      if (isPart(payment, command)) return err(nothingCaptured(payment));
      const { operation, revertRequested } = payment;
      if (operation === null) return ok([voided]);
      if (operation.kind === 'void') return joinRevert(payment, operation, operation.params);
      return ok(
        revertRequested === null ? [{ type: 'revert_requested', reason, correlationId }] : [],
      );
    }
    case 'AUTHORIZED': {
      const { operation } = payment;
      if (isPart(payment, command)) return err(nothingCaptured(payment));
      if (operation === null) return ok([voided]);
      return operation.kind === 'void'
        ? joinRevert(payment, operation, operation.params)
        : inProgress(payment, operation);
    }
    default:
      return unreachable(payment);
  }
}

/** Of what is only held no part can be given back: a release takes less, and the rest goes back. */
function isPart({ amount }: Payment, { amountMinor }: RefundWish): boolean {
  return amountMinor !== undefined && amountMinor !== amount.amountMinor;
}

function nothingCaptured({ status }: Payment): Refusal {
  return { type: 'NothingCaptured', status };
}

/** A cancel after a decline will end as FAILED, so there is nothing to revert. */
function joinRevert(
  payment: Payment,
  operation: Operation,
  { purpose }: VoidPurpose,
): Result<Step[], Refusal> {
  return purpose === 'revert' ? ok([]) : inProgress(payment, operation);
}
