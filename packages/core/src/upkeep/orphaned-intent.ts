import { err, ok, type Result } from 'neverthrow';
import { belongsTo, isOfSameOrder } from '../gateway/identity.js';
import type { IntentSnapshot } from '../gateway/intent.js';
import { markForReview } from '../operation/review-mark.js';
import type { Payment } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';

/** Whether a PaymentIntent is alive although its payment is over and the money not in it. */
export function isOrphan(payment: Payment, { status }: IntentSnapshot): boolean {
  const over =
    payment.status === 'FAILED' ||
    (payment.status === 'REVERTED' && payment.revertMethod !== 'refunded');
  return over && status !== 'canceled' && status !== 'succeeded' && status !== 'unknown';
}

/**
 * Cancels a PaymentIntent that should not be there, and marks its payment. Marked first: should the
 * answer be lost, somebody still hears that it was done. One that is not ours is never touched.
 *
 * @param isStillOrphaned asked with the PaymentIntent as it is at Stripe now, for what was listed
 *   may have moved on
 * @returns the marked payment; null where nothing was done, as somebody was faster
 */
export async function cancelOrphan(
  ports: EscrowPorts,
  { payment, paymentIntentId }: { readonly payment: Payment; readonly paymentIntentId: string },
  isStillOrphaned: (intent: IntentSnapshot) => boolean,
): Promise<Result<Payment | null, Fault>> {
  const now = await ports.gateway.retrieve(paymentIntentId);
  if (now.isErr()) return err(now.error);
  const report = now.value?.report;
  if (report?.type !== 'intent' || !isStillOrphaned(report.intent)) return ok(null);
  const { intent } = report;
  const { installation } = ports;
  const isOurs =
    belongsTo(payment, intent, installation) || isOfSameOrder(payment, intent, installation);
  if (!isOurs) return ok(null);
  const reason = `${paymentIntentId} was alive and was canceled`;
  const marked = await markForReview(ports, payment, reason);
  if (marked.isErr() || marked.value === null) return marked;
  const canceled = await ports.gateway.cancelOrphan(paymentIntentId);
  return canceled.map(() => marked.value);
}
