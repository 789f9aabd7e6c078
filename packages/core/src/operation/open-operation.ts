import { ok, type Result } from 'neverthrow';
import type { Change } from '../payment/change.js';
import type { Payment } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts } from '../ports.js';
import { rereadPayment } from './reread-payment.js';

/** Writes the claim; where the answer to the commit was lost, looks whether it is there. */
export async function openOperation(
  ports: EscrowPorts,
  change: Change,
): Promise<Result<'saved' | 'stale', DatabaseFault>> {
  const saved = await ports.repository.save(change);
  if (saved.isOk() || saved.error.outcome === 'not-executed') return saved;
  const reread = await rereadPayment(ports, change.payment.id);
  if (reread.isErr()) return saved;
  const { revision } = change.payment;
  const ours = reread.value?.revision === revision && sameCall(reread.value, change);
  return ours ? ok('saved') : saved;
}

function sameCall(payment: Payment, { opened }: Change): boolean {
  return opened !== null && payment.operation?.key === opened.key;
}
