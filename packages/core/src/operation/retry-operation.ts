import { err, ok, type Result } from 'neverthrow';
import { withFollowUps } from '../gateway/follow-ups.js';
import { apply } from '../payment/change.js';
import type { DecisionContext } from '../payment/decision-context.js';
import type { Payment } from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
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
 * Null when there is nothing left to do for whoever holds the lease, such as for a transfer: what is to
 * be sent is reckoned anew, as less may be left by now, and sent by the background.
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
  const ended = closed(operation, 'superseded', 'Stripe remembers an error');
  const steps =
    operation.kind === 'transfer'
      ? sentAnew(ports, current, ended, context)
      : [ended, opened(operation, context)];
  const change = apply(current, steps, context.now);
  const saved = await repository.save(change);
  const isOurs = change.opened !== null;
  return saved.map((outcome) => (outcome === 'saved' && isOurs ? change.payment : null));
}

/** What it kept back for debts is owed again until then. */
function sentAnew(
  { settings }: EscrowPorts,
  payment: Payment,
  ended: Step,
  context: DecisionContext,
): readonly Step[] {
  if (payment.status !== 'RELEASED' || payment.transfer === null) return [ended];
  const { transfer } = payment;
  const amountMinor = transfer.amountMinor + transfer.nettedMinor;
  const owed = { ...transfer, amountMinor, nettedMinor: 0, nextTryAt: context.now };
  const { clawback = 'proportional' } = settings;
  const steps = [ended, { type: 'transfer_changed', transfer: owed } as const];
  return withFollowUps(payment, steps, { ...context, clawback }).steps;
}
