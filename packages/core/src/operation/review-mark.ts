import type { Result } from 'neverthrow';
import { apply } from '../payment/change.js';
import { openReview, type Payment } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts } from '../ports.js';
import { HOUR_MS } from '../time/durations.js';

/** Marks a payment for a person; null: somebody else is writing it, and it comes up again. */
export async function markForReview(
  { repository, clock }: EscrowPorts,
  payment: Payment,
  reason: string,
): Promise<Result<Payment | null, DatabaseFault>> {
  const change = apply(payment, [{ type: 'review_needed', reason }], clock.now());
  const saved = await repository.save(change);
  return saved.map((outcome) => (outcome === 'saved' ? change.payment : null));
}

/** For so long it is asked again, as after any lost answer: Stripe, or what stands before it, recovers. */
const UNREADABLE_FOR_MS = HOUR_MS;

/** Why a payment is marked whose state at Stripe nobody could read for an hour. */
const UNREADABLE = 'what Stripe says of this payment could not be read for an hour';

/**
 * Marks a payment for a person once Stripe has told nothing that can be read for long. What is owed
 * stays open and is asked again. Once: whoever has looked at it is not told the same again.
 */
export async function markUnreadable(
  ports: EscrowPorts,
  payment: Payment,
  since: Date,
): Promise<Payment> {
  const waitedMs = ports.clock.now().getTime() - since.getTime();
  if (waitedMs < UNREADABLE_FOR_MS || isMarked(payment)) return payment;
  // That it was let go of may not be written down.
  const reread = await ports.repository.find({ paymentId: payment.id });
  const current = reread.unwrapOr(null);
  if (current === null || isMarked(current)) return payment;
  const marked = await markForReview(ports, current, UNREADABLE);
  // Where that failed, what is still unreadable comes up again.
  return marked.unwrapOr(null) ?? payment;
}

function isMarked(payment: Payment): boolean {
  return openReview(payment) !== null || payment.review === UNREADABLE;
}
