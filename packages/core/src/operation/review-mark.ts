import type { Result } from 'neverthrow';
import { apply } from '../payment/evolve.js';
import type { Payment } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts } from '../ports.js';

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
