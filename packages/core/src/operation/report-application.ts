import { err, ok, type Result } from 'neverthrow';
import { decideReport, type Report } from '../gateway/report.js';
import { apply } from '../payment/evolve.js';
import type { Payment } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts, Fault, WebhookNote } from '../ports.js';
import { contextFor, MAX_ROUNDS, TOO_BUSY } from './decision-round.js';

/** What became of a payment by a report. */
export interface Applied {
  readonly payment: Payment;
  /** It left a further call to make, whose lease is the caller's. */
  readonly opened: boolean;
  readonly changed: boolean;
}

/** Writes what a report means for a payment, on whatever the payment has become meanwhile. */
export async function applyReport(
  ports: EscrowPorts,
  payment: Payment,
  report: Report,
  webhook?: Omit<WebhookNote, 'paymentId'>,
): Promise<Result<Applied, Fault>> {
  let current = payment;
  let heard = report;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const context = contextFor(ports, current.correlationId);
    const { installation } = ports;
    const decision = decideReport(current, heard, { ...context, installation });
    if ('ask' in decision) {
      const asked = await ports.gateway.retrieve(decision.ask.paymentIntentId);
      if (asked.isErr()) return err(asked.error);
      if (asked.value === null) return ok({ payment: current, opened: false, changed: false });
      heard = asked.value.report;
      continue;
    }
    if (decision.steps.length === 0) return ok({ payment: current, opened: false, changed: false });
    const change = apply(current, decision.steps, context.now);
    const saved = await ports.repository.save(change, webhook);
    if (saved.isErr()) return err(saved.error);
    if (saved.value === 'saved') {
      return ok({ payment: change.payment, opened: change.opened !== null, changed: true });
    }
    const reread = await currentPayment(ports, current);
    if (reread.isErr()) return err(reread.error);
    if (reread.value === null) return ok({ payment: current, opened: false, changed: false });
    current = reread.value;
  }
  return err(TOO_BUSY);
}

/** The payment as it is now; null when the authorize that made it was withdrawn. */
export function currentPayment(
  { repository }: EscrowPorts,
  { id }: Payment,
): Promise<Result<Payment | null, DatabaseFault>> {
  return repository.find({ paymentId: id });
}
