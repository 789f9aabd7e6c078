import { err, ok, type Result } from 'neverthrow';
import { type Payment, waitsForBank } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { type Execution, executionOf } from './execution.js';
import { isInDoubt } from './let-go.js';
import { isLeased } from './operation.js';
import { currentPayment } from './report-application.js';
import { takeOver } from './take-over-operation.js';

const FIRST_PAUSE_MS = 10;
/** Stripe may be busy with the very call whose answer was lost. */
const PAUSE_AFTER_LOOK_MS = 200;
const LONGEST_PAUSE_MS = 250;

/** Whether a caller has what they asked for, though calls may still be owed. */
export type IsEnough = (payment: Payment) => boolean;

/** Nothing is under way any more. */
export const owesNothing: IsEnough = ({ operation }) => operation === null;

/**
 * Waits for whoever is working on a payment, looks at once where nobody is, and tells where the
 * payment stands. After `waitMs` it tells so even if that is not clear yet.
 *
 * @param since when the caller began to wait
 */
export async function awaitOperation(
  ports: EscrowPorts,
  payment: Payment,
  since: Date = ports.clock.now(),
  isEnough: IsEnough = owesNothing,
): Promise<Result<Execution, Fault>> {
  const { clock, settings, looks } = ports;
  const { looksAtOnce } = settings;
  const deadline = since.getTime() + settings.waitMs;
  let current = payment;
  let pauseMs = FIRST_PAUSE_MS;
  for (let looked = 0; current.operation !== null && !isEnough(current); ) {
    if (!isLeased(current.operation, clock.now()) && looks.take(1) === 1) {
      const taken = await takeOver(ports, current);
      if (taken.isErr()) return err(taken.error);
      if (taken.value !== 'stale') {
        looked += 1;
        if (!isInDoubt(taken.value) || looked >= looksAtOnce) return ok(taken.value);
        current = taken.value.payment;
        pauseMs = PAUSE_AFTER_LOOK_MS;
      }
    }
    // A bank takes days, and nobody waits for those.
    if (waitsForBank(current) || clock.now().getTime() >= deadline) break;
    await clock.sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
    const reread = await currentPayment(ports, current);
    if (reread.isErr()) return err(reread.error);
    if (reread.value === null) return ok(executionOf(current, { fault: GONE, withdrawn: true }));
    current = reread.value;
  }
  return ok(executionOf(current));
}

/**
 * What came of calls that were just made. Where that is in doubt, Stripe is asked again at once, for
 * as long as the caller is patient. Where somebody else, such as a webhook's taker, was faster and
 * is making the next call, its end is waited for: whoever hears "declined" finds it FAILED.
 *
 * @param since when the caller began to wait
 */
export async function awaitClarity(
  ports: EscrowPorts,
  made: Result<Execution, Fault>,
  since: Date,
  isEnough: IsEnough = owesNothing,
): Promise<Result<Execution, Fault>> {
  if (made.isErr()) return made;
  const { payment, withdrawn } = made.value;
  const { clock, settings } = ports;
  if (isEnough(payment)) return made;
  if (isInDoubt(made.value)) {
    const isOver = clock.now().getTime() - since.getTime() >= settings.waitMs;
    const isForOthers = isOver || settings.looksAtOnce === 0;
    return isForOthers ? made : awaitOperation(ports, payment, since, isEnough);
  }
  return payment.operation !== null && !withdrawn
    ? awaitOperation(ports, payment, ports.clock.now(), isEnough)
    : made;
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
