import { err, ok, type Result } from 'neverthrow';
import { sendTransfer } from '../commands/send-transfer.js';
import { apply } from '../payment/change.js';
import type { Payment } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts } from '../ports.js';
import { backoffMs } from '../time/backoff.js';
import { HOUR_MS, SECOND_MS } from '../time/durations.js';

/** What one round of sending did. */
export interface SentTransfers {
  /** Transfers that were due; equal to the limit when more may be. */
  readonly due: number;
  /** What was thrown for one of them: bugs, told so that the others go on. */
  readonly bugs: readonly { readonly paymentId: string; readonly error: unknown }[];
}

/** After something that keeps it from being tried at all, such as Stripe being away. */
const RESTS = { firstMs: 5 * SECOND_MS, longestMs: HOUR_MS } as const;

/**
 * Sends transfers that are due, at most `limit`, one after the other. What can't be tried now is due
 * again later, each time after longer, so that it does not crowd out the others.
 */
export async function sendDueTransfers(
  ports: EscrowPorts,
  limit: number,
): Promise<Result<SentTransfers, DatabaseFault>> {
  const due = await ports.repository.dueTransfers({ now: ports.clock.now(), limit });
  if (due.isErr()) return err(due.error);
  const bugs: { paymentId: string; error: unknown }[] = [];
  for (const payment of due.value) {
    try {
      const sent = await sendTransfer(ports, payment);
      if (sent.isErr() || isStillDue(ports, sent.value)) await postpone(ports, payment);
    } catch (error) {
      bugs.push({ paymentId: payment.id, error });
      await postpone(ports, payment);
    }
  }
  return ok({ due: due.value.length, bugs });
}

function isStillDue({ clock }: EscrowPorts, payment: Payment): boolean {
  if (payment.operation !== null || !('transfer' in payment)) return false;
  const { nextTryAt = null } = payment.transfer ?? {};
  return nextTryAt !== null && nextTryAt.getTime() <= clock.now().getTime();
}

async function postpone({ repository, clock }: EscrowPorts, due: Payment): Promise<void> {
  const reread = await repository.find({ paymentId: due.id });
  const payment = reread.unwrapOr(null);
  if (payment === null || !('transfer' in payment) || payment.transfer === null) return;
  if (payment.operation !== null || payment.transfer.nextTryAt === null) return;
  const { tries } = payment.transfer;
  const now = clock.now();
  const nextTryAt = new Date(now.getTime() + backoffMs(RESTS, tries, 0.5));
  const transfer = { ...payment.transfer, tries: tries + 1, nextTryAt };
  // Result ignored: should this not be written down, it is due again at once.
  await repository.save(apply(payment, [{ type: 'transfer_changed', transfer }], now));
}
