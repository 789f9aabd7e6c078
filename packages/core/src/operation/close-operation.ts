import { err, ok, type Result } from 'neverthrow';
import { nextRefundSteps } from '../gateway/own-refunds.js';
import { apply } from '../payment/change.js';
import { evolve } from '../payment/evolve.js';
import type { Payment } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { contextFor } from './decision-round.js';
import { type Execution, executionOf } from './execution.js';
import { letGo } from './let-go.js';
import type { Operation } from './operation.js';
import { closed, rests } from './operation-steps.js';
import { currentPayment } from './report-application.js';

/**
 * Takes back what was just asked for. Should that fail, it is carried out later after all, like
 * anything that was let go of.
 */
export async function withdrawOperation(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
  why: Pick<Execution, 'fault'> | Pick<Execution, 'rejected'>,
): Promise<Result<Execution, Fault>> {
  const taken = await takeBack(ports, payment, operation);
  if (taken.isErr()) await letGo(ports, executionOf(payment, { fault: taken.error }));
  return taken.map((withdrawn) => executionOf(payment, { ...why, withdrawn }));
}

async function takeBack(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
): Promise<Result<boolean, Fault>> {
  const { repository, clock } = ports;
  if (operation.kind === 'authorize') return withdrawHold(ports, payment, operation);
  const now = clock.now();
  const steps = [closed(operation, 'withdrawn')];
  // Whose turn comes now was asked for by others, and is looked at at once.
  const context = contextFor(ports, operation.correlationId);
  const next = nextRefundSteps(steps.reduce<Payment>(evolve, payment), context);
  const left = next.length === 0 ? [] : [...next, rests(now)];
  const saved = await repository.save(apply(payment, [...steps, ...left], now));
  return saved.map((outcome) => outcome === 'saved');
}

/** A revert may have been asked for meanwhile; with nothing held it has nothing to do. */
async function withdrawHold(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
): Promise<Result<boolean, Fault>> {
  const withdrawn = await ports.repository.withdraw(payment);
  if (withdrawn.isErr() || withdrawn.value === 'withdrawn') return withdrawn.map(() => true);
  const reread = await currentPayment(ports, payment);
  if (reread.isErr()) return err(reread.error);
  const now = reread.value;
  if (now === null) return ok(true);
  if (now.operation?.key !== operation.key || now.operation.attempts > 1) return ok(false);
  return (await ports.repository.withdraw(now)).map((outcome) => outcome === 'withdrawn');
}
