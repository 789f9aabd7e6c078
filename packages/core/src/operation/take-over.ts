import { err, ok, type Result } from 'neverthrow';
import { GIVE_UP_MS, KEY_LIFETIME_MS } from '../commands/stripe-customer.js';
import { apply } from '../payment/evolve.js';
import type { Payment } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { type Execution, executeOperation, executionOf, TOO_OLD } from './execute.js';
import { isLeased, type Operation } from './operation.js';
import { applyReport, currentPayment } from './report-application.js';

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
export async function together(
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

/**
 * Finishes an operation whose holder was lost: asks Stripe what is true first, then makes the same
 * call again under the same key. `stale` when somebody else took it over.
 */
export async function takeOver(
  ports: EscrowPorts,
  payment: Payment,
): Promise<Result<Execution | 'stale', Fault>> {
  const { operation } = payment;
  if (operation === null) return ok(executionOf(payment));
  const now = ports.clock.now();
  const leaseUntil = new Date(now.getTime() + ports.settings.leaseMs);
  const attempts = operation.attempts + 1;
  const change = apply(payment, [{ type: 'operation_leased', leaseUntil, attempts }], now);
  const saved = await ports.repository.save(change);
  if (saved.isErr()) return err(saved.error);
  return saved.value === 'stale' ? ok('stale') : finish(ports, change.payment);
}

/** Finishes the operation of a payment whose lease was just taken over. */
export async function finish(
  ports: EscrowPorts,
  payment: Payment,
): Promise<Result<Execution, Fault>> {
  const { operation } = payment;
  if (operation === null) return ok(executionOf(payment));
  const known = await whatIsKnown(ports, payment, operation);
  if (known.isErr()) return ok(executionOf(payment, { fault: known.error }));
  if (known.value === null) return executeOperation(ports, payment, 'before');
  const applied = await applyReport(ports, payment, known.value.report);
  if (applied.isErr()) return err(applied.error);
  const { payment: current, opened } = applied.value;
  // Whoever moved the payment on meanwhile makes the call that it owes now.
  const ours = opened || current.operation?.key === operation.key;
  return ours ? executeOperation(ports, current, 'before') : ok(executionOf(current));
}

/**
 * What Stripe knows of a payment, null for nothing.
 *
 * Once Stripe may have forgotten the key of an authorize, the call must not be made again: it could
 * hold twice. Then the customer's PaymentIntents are searched; if there is none, none was made.
 */
async function whatIsKnown(
  { gateway, clock }: EscrowPorts,
  payment: Payment,
  operation: Operation,
) {
  const { paymentIntentId } = payment;
  if (paymentIntentId !== null) return gateway.retrieve(paymentIntentId);
  const { openedAt, key: operationKey } = operation;
  const ageMs = clock.now().getTime() - openedAt.getTime();
  if (ageMs < KEY_LIFETIME_MS) return ok(null);
  const found = await gateway.findIntent({ payment, since: openedAt });
  if (found.isErr() || found.value !== null) return found;
  // Another holder's call, sent just before its key grew too old, may still be on its way.
  if (ageMs < GIVE_UP_MS) return err(TOO_OLD);
  const report = { type: 'not_created', operationKey, failure: NEVER_MADE, param: null } as const;
  return ok({ report, action: null });
}

const NEVER_MADE = {
  code: 'never_reached_stripe',
  declineCode: null,
  message: 'The hold was asked for while Stripe could not be reached, and was never made.',
} as const;
