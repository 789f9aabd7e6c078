import { err } from 'neverthrow';
import type { Execution } from '../operation/execution.js';
import { decideRelease } from '../payment/decide.js';
import type { Payment, PaymentRef } from '../payment/payment.js';
import type { StatedMoney } from '../payment/stated-money.js';
import type { EscrowPorts } from '../ports.js';
import { type Answered, answerTo } from './answer.js';
import { runCommand } from './command-run.js';

export interface ReleaseCommand {
  readonly payment: PaymentRef;
  readonly runnerId: string;
  /** What of the order's amount is taken, in minor units; left out: all of the hold. */
  readonly amountMinor?: number;
  /** On top of that, in minor units. */
  readonly tipMinor?: number;
  /** What the platform keeps, in minor units; left out: as configured. */
  readonly platformFeeMinor?: number;
  /** The runner's connected account, from now on; left out: the one that is known, if any. */
  readonly stripeAccount?: string;
  /** What the caller says of the money; must be the payment's whole. Left out: nothing. */
  readonly stated?: readonly StatedMoney[];
  readonly correlationId: string;
}

/** Takes a held amount for the runner. */
export async function release(
  ports: EscrowPorts,
  { payment, runnerId, stated = [], correlationId }: ReleaseCommand,
): Promise<Answered> {
  const once = () =>
    runCommand(ports, payment, correlationId, (found, context) =>
      decideRelease(found, { runnerId, stated }, context),
    );
  const done = await once();
  // Whoever waited for a capture that was for nobody yet names the runner now.
  const named = done.isOk() && isForNobody(done.value.payment) ? await once() : done;
  return named.andThen((execution) => answerToRelease(runnerId, execution));
}

function isForNobody(payment: Payment): boolean {
  return payment.status === 'RELEASED' && payment.runnerId === null;
}

/**
 * Whoever waited for a release that was refused may find that another runner's was not. And what is
 * being captured for nobody yet is no promise to this runner, whom nothing has written down.
 */
function answerToRelease(runnerId: string, done: Execution): Answered {
  const { status, operation } = done.payment;
  if (operation?.kind === 'capture' && operation.params.runnerId !== runnerId)
    return err({ type: 'OperationInProgress', status, kind: operation.kind });
  return status === 'RELEASED' && done.payment.runnerId !== runnerId
    ? err({ type: 'Contradiction', status, field: 'runnerId' })
    : answerTo('RELEASED', done);
}
