import { err, ok, type Result } from 'neverthrow';
import { decideReport } from '../gateway/decide-report.js';
import type { RefusedCall, Report } from '../gateway/report.js';
import { apply, type Change } from '../payment/change.js';
import type { Payment } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts, Fault, WebhookNote } from '../ports.js';
import { contextFor, MAX_COMMAND_ROUNDS, TOO_BUSY } from './decision-round.js';

/** What became of a payment by a report. */
export interface Applied {
  readonly payment: Payment;
  /** It left a further call to make, whose lease is the caller's. */
  readonly opened: boolean;
  readonly changed: boolean;
  /** Why the call that was owed will not be carried out, where that is what the report says. */
  readonly refused: RefusedCall | null;
}

/**
 * Writes what a report means for a payment, on whatever the payment has become meanwhile. It never lets
 * others go first: they only want something, and this has happened.
 */
export async function applyReport(
  ports: EscrowPorts,
  payment: Payment,
  report: Report,
  webhook?: Omit<WebhookNote, 'paymentId'>,
): Promise<Result<Applied, Fault>> {
  let current = payment;
  let heard = report;
  for (let round = 0; round < MAX_COMMAND_ROUNDS; round += 1) {
    const context = contextFor(ports, current.correlationId);
    const { installation, settings } = ports;
    const { clawback = 'proportional' } = settings;
    const ground = { ...context, installation, clawback };
    const decision = decideReport(current, heard, ground);
    if ('ask' in decision) {
      const asked = await ports.gateway.retrieve(decision.ask.paymentIntentId);
      if (asked.isErr()) return err(asked.error);
      if (asked.value === null) return ok(unchanged(current));
      heard = asked.value.report;
      continue;
    }
    if (decision.steps.length === 0) return ok(unchanged(current));
    const change = apply(current, decision.steps, context.now);
    const saved = await ports.repository.save(change, webhook);
    if (saved.isErr()) return err(saved.error);
    if (saved.value === 'saved') {
      const { payment: after, opened } = change;
      const refused = refusedBy(change);
      return ok({ payment: after, opened: opened !== null, changed: true, refused });
    }
    const reread = await currentPayment(ports, current);
    if (reread.isErr()) return err(reread.error);
    if (reread.value === null) return ok(unchanged(current));
    current = reread.value;
  }
  return err(TOO_BUSY);
}

function unchanged(payment: Payment): Applied {
  return { payment, opened: false, changed: false, refused: null };
}

function refusedBy({ closed }: Change): RefusedCall | null {
  if (closed?.outcome !== 'refused') return null;
  return { operationKey: closed.key, detail: closed.detail ?? 'no reason given', final: true };
}

/** The payment as it is now; null when the authorize that made it was withdrawn. */
export function currentPayment(
  { repository }: EscrowPorts,
  { id }: Payment,
): Promise<Result<Payment | null, DatabaseFault>> {
  return repository.find({ paymentId: id });
}
