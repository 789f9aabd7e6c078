import { err, ok, type Result } from 'neverthrow';
import type { Report } from '../gateway/report.js';
import type { Payment } from '../payment/payment.js';
import { plannedKeyOf } from '../payment/transfer.js';
import type { EscrowPorts, Fault } from '../ports.js';
import type { Operation, ReversalOperation, TransferOperation } from './operation.js';
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

/**
 * What an answer leaves open. A reversal is refused as well where somebody else has taken back what it is
 * for; and a transfer that was asked for before is answered as it was then, whatever came back of it since.
 */
export async function seenWhole(
  { gateway, installation }: EscrowPorts,
  payment: Payment,
  operation: Operation,
  report: Report,
): Promise<Result<Report, Fault>> {
  if (operation.kind !== 'reversal' && operation.kind !== 'transfer') return ok(report);
  if (!isLeftOpen(operation, report)) return ok(report);
  const { transferId } = operation.params;
  const found = await gateway.findTransfer({ payment, transferId, installation: installation.id });
  // The call itself was answered, and is answered the same when it is made again.
  if (found.isErr()) return err({ ...found.error, executed: 'unknown' });
  const transfer = found.value;
  if (transfer === null) return ok(report);
  if (report.type === 'transfer') return ok({ ...report, outcome: { type: 'sent', transfer } });
  if (report.type !== 'reversal' || report.outcome.type !== 'refused') return ok(report);
  const { reversedMinor } = transfer;
  return ok({ ...report, outcome: { ...report.outcome, reversedMinor } });
}

function isLeftOpen(operation: ReversalOperation | TransferOperation, report: Report): boolean {
  if (report.type === 'reversal') return report.outcome.type === 'refused';
  if (report.type !== 'transfer' || report.outcome.type !== 'sent') return false;
  const isPlanned = operation.key === plannedKeyOf(operation.params.transferId);
  return operation.attempts > 1 || isPlanned;
}
