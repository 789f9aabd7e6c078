import { err, ok, type Result } from 'neverthrow';
import { apply } from '../payment/change.js';
import { type Payment, waitsForBank } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { executeOperation } from './execute-operation.js';
import { type Execution, executionOf } from './execution.js';
import { findIntent, withCustomer } from './find-intent.js';
import { findSent } from './find-sent.js';
import { ageMs, GIVE_UP_MS, isMadeOnce, KEY_LIFETIME_MS, TOO_OLD } from './key-lifetime.js';
import { letGo } from './let-go.js';
import { lookBefore } from './look-before.js';
import type { Operation, ReversalOperation, TransferOperation } from './operation.js';
import { leased } from './operation-steps.js';
import { applyReport } from './report-application.js';

/**
 * Finishes an operation whose holder was lost or has let go: asks Stripe what is true first, then
 * makes the same call again under the same key. `stale` when somebody else took it over.
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
  const change = apply(payment, [leased(leaseUntil, attempts)], now);
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
  const completed = await withCustomer(ports, payment);
  if (completed.isErr()) {
    return ok(await letGo(ports, executionOf(payment, { fault: completed.error })));
  }
  // Where its call is made again, that looks by itself.
  const looked = isTooOld(ports, operation)
    ? await lookBefore(ports, completed.value, operation)
    : completed;
  if (looked.isErr()) return ok(await letGo(ports, executionOf(payment, { fault: looked.error })));
  const known = await whatIsKnown(ports, completed.value, operation);
  if (known.isErr()) return ok(await letGo(ports, executionOf(payment, { fault: known.error })));
  if (known.value === null) return executeOperation(ports, payment, 'before');
  if (known.value === 'not_made') return executeOperation(ports, payment, 'looked_for');
  const applied = await applyReport(ports, completed.value, known.value.report);
  if (applied.isErr()) {
    await letGo(ports, executionOf(payment, { fault: applied.error }));
    return err(applied.error);
  }
  const { payment: current, opened, refused } = applied.value;
  if (waitsForBank(current)) return ok(executionOf(current));
  // Whoever moved the payment on meanwhile, or took this over, makes the call that it owes now.
  const { key, attempts } = current.operation ?? {};
  const isOurs = opened || (key === operation.key && attempts === operation.attempts);
  if (!isOurs) return ok(executionOf(current, { refused }));
  // All that was made of the payment was just looked at.
  const isOver = isTooOld(ports, operation) && ageMs(operation, ports.clock.now()) >= GIVE_UP_MS;
  return executeOperation(ports, current, isOver ? 'looked_for' : 'before');
}

function isTooOld({ clock }: EscrowPorts, operation: Operation): boolean {
  return isMadeOnce(operation) && ageMs(operation, clock.now()) >= KEY_LIFETIME_MS;
}

/**
 * What Stripe knows of a payment, null for nothing.
 *
 * Once Stripe may have forgotten the key of an authorize, the call must not be made again: it could
 * hold twice. Then the customer's PaymentIntents are searched; if there is none, none was made.
 */
async function whatIsKnown(ports: EscrowPorts, payment: Payment, operation: Operation) {
  const { gateway, clock } = ports;
  const { paymentIntentId } = payment;
  if (operation.kind === 'transfer' || operation.kind === 'reversal')
    return whatIsSent(ports, payment, operation);
  if (paymentIntentId !== null) return gateway.retrieve(paymentIntentId);
  const { openedAt, key: operationKey } = operation;
  const age = ageMs(operation, clock.now());
  if (age < KEY_LIFETIME_MS) return ok(null);
  const found = await findIntent(ports, payment, openedAt);
  if (found.isErr() || found.value !== null) return found;
  // Another holder's call, sent just before its key grew too old, may still be on its way.
  if (age < GIVE_UP_MS) return err(TOO_OLD);
  const report = { type: 'not_created', operationKey, failure: NEVER_MADE, param: null } as const;
  return ok({ report, action: null });
}

/**
 * What became of a transfer or a reversal. While its key is good the same call is simply made again; after
 * that it is looked for, so that nothing is sent twice.
 */
async function whatIsSent(
  ports: EscrowPorts,
  payment: Payment,
  operation: TransferOperation | ReversalOperation,
) {
  if (!isTooOld(ports, operation)) return ok(null);
  const found = await findSent(ports, payment, operation);
  if (found.isErr() || found.value !== null) return found;
  const isCertain = ageMs(operation, ports.clock.now()) >= GIVE_UP_MS;
  return isCertain ? ok('not_made' as const) : err(TOO_OLD);
}

const NEVER_MADE = {
  code: 'never_reached_stripe',
  declineCode: null,
  message: 'The hold was asked for while Stripe could not be reached, and was never made.',
} as const;
