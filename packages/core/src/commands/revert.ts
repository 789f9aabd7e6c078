import { decideRevert } from '../payment/decide.js';
import type { PaymentRef } from '../payment/payment.js';
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

/** Gives the money back. */
export async function revert(
  ports: EscrowPorts,
  { payment, reason, stated = [], correlationId }: RevertCommand,
): Promise<Answered> {
  const done = await runCommand(ports, payment, correlationId, (found, context) =>
    decideRevert(found, { reason, stated }, context),
  );
  return done.andThen((execution) => answerTo('REVERTED', execution));
}
