import { err, ok, type Result } from 'neverthrow';
import { followUp } from '../commands/status.js';
import { fitOf } from '../gateway/identity.js';
import type { WebhookReport } from '../gateway/report.js';
import { withCustomer } from '../operation/find-intent.js';
import { applyReport } from '../operation/report-application.js';
import type { Payment } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts, Fault } from '../ports.js';

/**
 * Takes in what Stripe told us. An event counts once it was taken in completely; until then it may
 * come again, and reports that are behind the record change nothing.
 */
export async function takeIn(
  ports: EscrowPorts,
  webhook: WebhookReport,
): Promise<Result<'changed' | 'unchanged' | 'unmatched', Fault>> {
  const { event, report } = webhook;
  const [seen, found] = await Promise.all([ports.inbox.seen(event.id), recordOf(ports, webhook)]);
  if (seen.isErr()) return err(seen.error);
  if (seen.value) return ok('unchanged');
  if (found.isErr()) return err(found.error);
  const payment = found.value;
  if (payment === null) {
    const noted = await ports.inbox.note({ ...event, paymentId: null });
    return noted.map(() => 'unmatched' as const);
  }
  const applied = await applyReport(ports, payment, report, event);
  if (applied.isErr()) return err(applied.error);
  if (!applied.value.changed) {
    const noted = await ports.inbox.note({ ...event, paymentId: payment.id });
    return noted.map(() => 'unchanged' as const);
  }
  const followed = await followUp(ports, applied);
  return followed.map(() => 'changed' as const);
}

/**
 * The record that a report is about: the one that has the PaymentIntent. Only where none has it, the
 * one that its metadata names, if it is that payment's indeed: metadata can be edited, and the same
 * payment id may be another installation's as well.
 */
async function recordOf(
  ports: EscrowPorts,
  { payment: ref, report }: WebhookReport,
): Promise<Result<Payment | null, DatabaseFault>> {
  const { repository, installation } = ports;
  if (report.type !== 'intent') return repository.find(ref);
  const { intent } = report;
  const { paymentIntentId } = intent;
  const { paymentId } = intent.origin;
  const found = await repository.find({ paymentIntentId });
  if (found.isErr() || found.value !== null || paymentId === null) return found;
  const named = await repository.find({ paymentId });
  if (named.isErr() || named.value === null) return named;
  const payment = await withCustomer(ports, named.value);
  return payment.map((one) => (fitOf(one, intent, installation).type === 'foreign' ? null : one));
}
