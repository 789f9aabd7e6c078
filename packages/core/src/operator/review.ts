import { err, ok, type Result } from 'neverthrow';
import type { NothingToReview } from '../commands/review.js';
import type { NotFound } from '../commands/status.js';
import type { Escrow } from '../escrow.js';
import { openReview, type Payment } from '../payment/payment.js';
import type { DatabaseFault, Fault } from '../ports.js';
import type { Discrepancy } from '../reconcile/discrepancy.js';
import type { Reconciler } from '../reconcile/reconciler.js';
import { type ActDone, type ActPorts, type OperatorsWill, onRecord } from './acts.js';

export interface ReviewPorts extends ActPorts {
  readonly escrow: Pick<Escrow, 'reviewed'>;
  readonly reconciler: Pick<Reconciler, 'findingsOf' | 'acceptanceKeyOf'>;
}

/** What a person who looks at a payment has before them. */
export interface ToReview {
  readonly payment: Payment;
  /** Why it is marked for a person; null where it is not. */
  readonly review: string | null;
  /** What reconciling finds in it as it is now, only a person can settle, and nobody has. */
  readonly findings: readonly Discrepancy[];
}

/** What there is to look at, both sides being read anew; null: nothing. */
export async function toReview(
  { reconciler }: ReviewPorts,
  payment: Payment,
): Promise<Result<ToReview | null, Fault>> {
  const found = await reconciler.findingsOf(payment.id);
  if (found.isErr()) return err(found.error);
  const review = openReview(payment);
  const findings = found.value;
  return ok(review === null && findings.length === 0 ? null : { payment, review, findings });
}

type Reviewed = Result<Payment, NotFound | NothingToReview | DatabaseFault>;

/**
 * Writes down that a person has looked. What reconciling found then is found no more in every run,
 * but counted as accepted, for as long as its facts stay as they are.
 */
export async function acceptReview(
  ports: ReviewPorts,
  { payment, review, findings }: ToReview,
  will: OperatorsWill,
): Promise<Result<Reviewed, DatabaseFault>> {
  const accepts = findings.map(ports.reconciler.acceptanceKeyOf);
  const details = { review, accepts, findings: findings.map(({ type }) => type) };
  const facts = { ...will, act: 'payments.reviewed', payment, details };
  return onRecord(ports, facts, async () => {
    if (review === null) return doneWith(ok(payment));
    const ref = { paymentId: payment.id };
    return doneWith(await ports.escrow.reviewed({ payment: ref, note: will.reason }));
  });
}

function doneWith(value: Reviewed): ActDone<Reviewed> {
  if (value.isOk()) return { outcome: 'done', result: 'reviewed', value };
  const result = value.error.type;
  return { outcome: result === 'DatabaseUnavailable' ? 'fault' : 'refused', result, value };
}
