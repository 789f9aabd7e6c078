import { ok, type Result } from 'neverthrow';
import type { Payment } from '../payment/payment.js';
import { plannedKeyOf } from '../payment/transfer.js';
import type { EscrowPorts, Fault } from '../ports.js';
import type { Operation } from './operation.js';
import { applyReport } from './report-application.js';

/**
 * What was given back before anybody heard of the capture is told only now: the call for the transfer that
 * went with it had to be written down as it was planned, as it may have been made before.
 */
export async function lookBefore(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
): Promise<Result<Payment, Fault>> {
  const { paymentIntentId } = payment;
  if (operation.kind !== 'transfer' || paymentIntentId === null) return ok(payment);
  if (operation.key !== plannedKeyOf(operation.params.transferId)) return ok(payment);
  const asked = await ports.gateway.retrieve(paymentIntentId);
  if (asked.isErr() || asked.value === null) return asked.map(() => payment);
  const applied = await applyReport(ports, payment, asked.value.report);
  return applied.map((one) => one.payment);
}
