import { err, ok } from 'neverthrow';
import type { Execution } from '../operation/execution.js';
import { decideRevert } from '../payment/decide-revert.js';
import type { Payment, PaymentRef } from '../payment/payment.js';
import type { Refund } from '../payment/refund.js';
import type { StatedMoney } from '../payment/stated-money.js';
import type { EscrowPorts } from '../ports.js';
import { type Answered, answerTo } from './answer.js';
import { runCommand } from './command-run.js';

export interface RevertCommand {
  readonly payment: PaymentRef;
  /** Free text for people; what Stripe is told is its own fixed reason. */
  readonly reason: string | null;
  /** What is to be given back of what was taken, in minor units; left out: all that is left. */
  readonly amountMinor?: number;
  /** The caller's name for this refund, unique in the payment. A part needs one. */
  readonly refundId?: string;
  /** What the caller says of the money; must be the payment's whole. Left out: nothing. */
  readonly stated?: readonly StatedMoney[];
  readonly correlationId: string;
}

/** Gives the money back, or a part of it. */
export async function revert(ports: EscrowPorts, command: RevertCommand): Promise<Answered> {
  const { payment, reason, amountMinor, refundId, stated = [], correlationId } = command;
  const wish = {
    reason,
    stated,
    ...(amountMinor === undefined ? {} : { amountMinor }),
    ...(refundId === undefined ? {} : { refundId }),
  };
  const done = await runCommand(
    ports,
    payment,
    correlationId,
    (found, context) => decideRevert(found, wish, context),
    { isEnough: (now) => isToldOf(partOf(now, command)) },
  );
  return done.andThen((execution) => answerToRevert(command, execution));
}

/** Which of the payment's refunds a command has asked for, where that is one of several. */
function partOf(payment: Payment, { refundId }: RevertCommand): Refund | null {
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED') return null;
  const refund = payment.refunds.find((one) => one.refundId === refundId);
  return refund === undefined || refund.isRest ? null : refund;
}

function isToldOf(refund: Refund | null): boolean {
  return refund !== null && refund.status !== 'owed';
}

/** A bank may still say no to a part that is pending: that is told by an event. */
function answerToRevert(command: RevertCommand, done: Execution): Answered {
  const { payment, fault, withdrawn, refused } = done;
  const refund = partOf(payment, command);
  if (refund === null || (withdrawn && fault !== null)) return answerTo('REVERTED', done);
  const { status, review } = payment;
  switch (refund.status) {
    case 'succeeded':
    case 'pending':
      return ok({ outcome: 'done', payment, refund });
    case 'owed':
      return ok({ outcome: 'processing', payment, refund });
    default: {
      if (review !== null && refund.stripeRefundId !== null)
        return err({ type: 'NeedsReview', status, reason: review });
      const { detail = 'the refund was refused', final = false } = refused ?? {};
      return err({ type: 'GatewayRefused', status, detail, final });
    }
  }
}
