import { ok, type Result } from 'neverthrow';
import type { Change } from '../payment/change.js';
import type { Payment } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts } from '../ports.js';

/** Writes the claim; where the answer to the commit was lost, looks whether it is there. */
export async function openOperation(
  { repository }: EscrowPorts,
  change: Change,
): Promise<Result<'saved' | 'stale', DatabaseFault>> {
  const saved = await repository.save(change);
  if (saved.isOk() || saved.error.outcome === 'not-executed') return saved;
  const reread = await repository.find({ paymentId: change.payment.id });
  if (reread.isErr()) return saved;
  const { revision } = change.payment;
  const ours = reread.value?.revision === revision && sameCall(reread.value, change);
  return ours ? ok('saved') : saved;
}

function sameCall(payment: Payment, { opened }: Change): boolean {
  return opened !== null && payment.operation?.key === opened.key;
}
