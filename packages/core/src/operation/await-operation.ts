import { err, ok, type Result } from 'neverthrow';
import type { Payment } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { type Execution, executionOf } from './execution.js';
import { isLeased } from './operation.js';
import { currentPayment } from './report-application.js';
import { takeOver } from './take-over-operation.js';

/**
 * Waits for whoever is working on a payment, takes over where they were lost, and tells where the
 * payment stands. After `waitMs` it tells so even if the call is still under way.
 */
export async function awaitOperation(
  ports: EscrowPorts,
  payment: Payment,
): Promise<Result<Execution, Fault>> {
  const { clock, settings } = ports;
  const deadline = clock.now().getTime() + settings.waitMs;
  let current = payment;
  for (let pauseMs = 10; current.operation !== null; pauseMs = Math.min(pauseMs * 1.5, 250)) {
    if (!isLeased(current.operation, clock.now())) {
      const taken = await takeOver(ports, current);
      if (taken.isErr()) return err(taken.error);
      if (taken.value !== 'stale') return ok(taken.value);
    }
    if (clock.now().getTime() >= deadline) break;
    await clock.sleep(pauseMs);
    const reread = await currentPayment(ports, current);
    if (reread.isErr()) return err(reread.error);
    if (reread.value === null) return ok(executionOf(current, { fault: GONE, withdrawn: true }));
    current = reread.value;
  }
  return ok(executionOf(current));
}

/**
 * What came of calls that were just made. Where somebody else, such as a webhook's taker, was faster
 * and is making the next call, its end is waited for: whoever hears "declined" finds it FAILED.
 */
export async function awaitOthers(
  ports: EscrowPorts,
  made: Result<Execution, Fault>,
): Promise<Result<Execution, Fault>> {
  if (made.isErr()) return made;
  const { payment, fault, withdrawn } = made.value;
  const others = payment.operation !== null && fault === null && !withdrawn;
  return others ? awaitOperation(ports, payment) : made;
}

/**
 * Whether both are one payment. What was withdrawn can be made anew under its id, which the caller
 * has chosen; that is another one, to which nothing has been promised.
 */
export function isSamePayment(one: Payment, other: Payment): boolean {
  const madeAt = ({ createdAt }: Payment) => createdAt.getTime();
  return one.correlationId === other.correlationId && madeAt(one) === madeAt(other);
}

/** The first one was told to try again, so whoever waited for it is told the same. */
export const GONE: Fault = {
  type: 'GatewayUnavailable',
  executed: 'no',
  reason: 'the command that this one repeats could not be carried out',
  retryAfterMs: null,
};
