import { err, ok, type Result } from 'neverthrow';
import { operationFor } from '../payment/decide.js';
import { apply } from '../payment/evolve.js';
import type { Payment, Step } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';
import type { Operation } from './operation.js';
import { applyReport, contextFor } from './report-application.js';

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
  const { paymentIntentId } = payment;
  const known =
    paymentIntentId === null
      ? await gateway.findIntent({ payment, since: operation.openedAt })
      : await gateway.retrieve(paymentIntentId);
  if (known.isErr()) return err(known.error);
  let current = payment;
  if (known.value !== null) {
    const applied = await applyReport(ports, payment, known.value.report);
    if (applied.isErr()) return err(applied.error);
    current = applied.value.payment;
    if (current.operation?.key !== operation.key) return ok(applied.value.opened ? current : null);
  }
  const context = contextFor(ports, operation.correlationId);
  const { key } = operation;
  const steps: Step[] = [
    { type: 'operation_closed', key, outcome: 'superseded', detail: 'Stripe remembers an error' },
    { type: 'operation_opened', operation: operationFor(operation, context) },
  ];
  const change = apply(current, steps, context.now);
  const saved = await repository.save(change);
  return saved.map((outcome) => (outcome === 'saved' ? change.payment : null));
}
