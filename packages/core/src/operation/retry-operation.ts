import { err, ok, type Result } from 'neverthrow';
import { apply } from '../payment/change.js';
import type { Payment } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { contextFor } from './decision-round.js';
import { findIntent, withCustomer } from './find-intent.js';
import { findSent } from './find-sent.js';
import type { Operation } from './operation.js';
import { closed, opened } from './operation-steps.js';
import { applyReport } from './report-application.js';

/**
 * Opens the same call under a fresh key, after Stripe has kept answering the old one with an error
 * that it remembers. First Stripe is asked whether the call was carried out nevertheless.
 *
 * Null when there is nothing left to do for whoever holds the lease.
 */
export async function retryWithFreshKey(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
): Promise<Result<Payment | null, Fault>> {
  const { gateway, repository } = ports;
  const completed = await withCustomer(ports, payment);
  if (completed.isErr()) return err(completed.error);
  const { paymentIntentId } = payment;
  const known =
    operation.kind === 'transfer' || operation.kind === 'reversal'
      ? await findSent(ports, payment, operation)
      : paymentIntentId === null
        ? await findIntent(ports, completed.value, operation.openedAt)
        : await gateway.retrieve(paymentIntentId);
  if (known.isErr()) return err(known.error);
  let current = payment;
  if (known.value !== null) {
    const applied = await applyReport(ports, completed.value, known.value.report);
    if (applied.isErr()) return err(applied.error);
    current = applied.value.payment;
    if (current.operation?.key !== operation.key) return ok(applied.value.opened ? current : null);
  }
  const context = contextFor(ports, operation.correlationId);
  const steps = [
    closed(operation, 'superseded', 'Stripe remembers an error'),
    opened(operation, context),
  ];
  const change = apply(current, steps, context.now);
  const saved = await repository.save(change);
  return saved.map((outcome) => (outcome === 'saved' ? change.payment : null));
}
