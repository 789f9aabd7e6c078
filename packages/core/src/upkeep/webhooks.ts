import { err, ok, type Result } from 'neverthrow';
import { followUp } from '../commands/status.js';
import type { WebhookReport } from '../gateway/report.js';
import { applyReport } from '../operation/report-application.js';
import type { EscrowPorts, Fault } from '../ports.js';

/**
 * Takes in what Stripe told us. An event counts once it was taken in completely; until then it may
 * come again, and reports that are behind the record change nothing.
 */
export async function takeIn(
  ports: EscrowPorts,
  { event, payment: ref, report }: WebhookReport,
): Promise<Result<'changed' | 'unchanged' | 'unmatched', Fault>> {
  const [seen, found] = await Promise.all([ports.inbox.seen(event.id), ports.repository.find(ref)]);
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
