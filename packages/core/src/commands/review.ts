import { err, ok, type Result } from 'neverthrow';
import { MAX_ROUNDS, TOO_BUSY } from '../operation/decision-round.js';
import { apply } from '../payment/change.js';
import { openReview, type Payment, type PaymentRef } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts } from '../ports.js';
import type { NotFound } from './status.js';

export interface ReviewedCommand {
  readonly payment: PaymentRef;
  /** What came of it, for people. */
  readonly note: string;
}

/** Nobody has to look at the payment, or somebody has. */
export interface NothingToReview {
  readonly type: 'NothingToReview';
}

/**
 * Writes down that a person has looked at what a payment was marked for. The reason stays, so that
 * the same trouble does not mark it anew; another one does.
 */
export async function reviewed(
  { repository, clock }: EscrowPorts,
  { payment: ref, note }: ReviewedCommand,
): Promise<Result<Payment, NotFound | NothingToReview | DatabaseFault>> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await repository.find(ref);
    if (found.isErr()) return err(found.error);
    const payment = found.value;
    if (payment === null) return err({ type: 'PaymentNotFound' });
    if (openReview(payment) === null) return err({ type: 'NothingToReview' });
    const change = apply(payment, [{ type: 'reviewed', note }], clock.now());
    const saved = await repository.save(change);
    if (saved.isErr()) return err(saved.error);
    if (saved.value === 'saved') return ok(change.payment);
  }
  return err(TOO_BUSY);
}
