import { err, ok, type Result } from 'neverthrow';
import { contextFor, MAX_ROUNDS, TOO_BUSY } from '../operation/decision-round.js';
import { executeOperation } from '../operation/execute-operation.js';
import { currentPayment } from '../operation/report-application.js';
import { apply } from '../payment/change.js';
import { decideTransfer, isSendable, type SendablePayment } from '../payment/decide-transfer.js';
import type { Payment } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';

/**
 * Sends the transfer of a payment that owes no call, if it may be sent now: written down, called and
 * written down again. What can't be sent waits, and what is in doubt is asked again by recovery.
 */
export async function sendTransfer(
  ports: EscrowPorts,
  payment: Payment,
): Promise<Result<Payment, Fault>> {
  const { repository, runners, settings } = ports;
  const { clawback = 'proportional' } = settings;
  // Whoever has read more since tells of that, and not of what they began with.
  const failed = (fault: Fault, read: Payment) => (read === payment ? err(fault) : ok(read));
  let current = payment;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (current.status !== 'RELEASED' || current.transfer === null) return ok(current);
    const runner = await runners.find(current.transfer.runnerId);
    if (runner.isErr()) return failed(runner.error, current);
    if (!isSendable(current, runner.value)) return ok(current);
    const charge = await chargeOf(ports, current);
    if (charge.isErr()) return failed(charge.error, current);
    const context = contextFor(ports, current.correlationId);
    const ground = { runner: runner.value, chargeId: charge.value };
    const steps = decideTransfer(current, ground, { ...context, clawback });
    const change = apply(current, steps, context.now);
    const saved = await repository.save(change);
    if (saved.isErr()) return failed(saved.error, current);
    if (saved.value === 'saved') {
      if (change.opened === null) return ok(change.payment);
      const done = await executeOperation(ports, change.payment, 'before');
      return done.map((one) => one.payment);
    }
    const reread = await currentPayment(ports, current);
    if (reread.isErr()) return failed(reread.error, current);
    if (reread.value === null) return ok(current);
    current = reread.value;
  }
  return err(TOO_BUSY);
}

/** What pays for the transfer; a record of before does not know it. */
async function chargeOf(
  { gateway }: EscrowPorts,
  { transfer, paymentIntentId }: SendablePayment,
): Promise<Result<string, Fault>> {
  if (transfer.chargeId !== null) return ok(transfer.chargeId);
  const asked = await gateway.retrieve(paymentIntentId);
  if (asked.isErr()) return err(asked.error);
  const report = asked.value?.report;
  const chargeId = report?.type === 'intent' ? (report.intent.chargeId ?? null) : null;
  return chargeId === null ? err(NO_CHARGE) : ok(chargeId);
}

const NO_CHARGE: Fault = {
  type: 'GatewayUnavailable',
  executed: 'no',
  reason: 'Stripe does not tell by which charge it was taken',
  retryAfterMs: null,
};
