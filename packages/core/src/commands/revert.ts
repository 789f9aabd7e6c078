import { decideRevert } from '../payment/decide.js';
import type { PaymentRef } from '../payment/payment.js';
import type { EscrowPorts } from '../ports.js';
import { type Answered, answerTo } from './answer.js';
import { runCommand } from './command-run.js';

export interface RevertCommand {
  readonly payment: PaymentRef;
  /** Free text for people; what Stripe is told is its own fixed reason. */
  readonly reason: string | null;
  readonly correlationId: string;
}

/** Gives the money back. */
export async function revert(
  ports: EscrowPorts,
  { payment, reason, correlationId }: RevertCommand,
): Promise<Answered> {
  const done = await runCommand(ports, payment, correlationId, (found, context) =>
    decideRevert(found, { reason }, context),
  );
  return done.andThen((execution) => answerTo('REVERTED', execution));
}
