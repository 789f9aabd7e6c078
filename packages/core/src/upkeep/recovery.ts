import { err, ok, type Result } from 'neverthrow';
import { spreadOf } from '../operation/decision-round.js';
import type { Execution } from '../operation/execution.js';
import { rests } from '../operation/operation-steps.js';
import { markUnreadable } from '../operation/review-mark.js';
import { finish } from '../operation/take-over-operation.js';
import { apply } from '../payment/change.js';
import type { Payment } from '../payment/payment.js';
import { type DatabaseFault, type EscrowPorts, isUnreadable } from '../ports.js';
import { type Backoff, backoffMs } from '../time/backoff.js';
import { HOUR_MS, SECOND_MS } from '../time/durations.js';

/** What one round of recovery did. */
export interface Recovered {
  /** Calls taken over; equal to the limit when more may be waiting. */
  readonly taken: number;
  /** What was thrown while finishing one of them: bugs, told so that the others go on. */
  readonly bugs: readonly { readonly paymentId: string; readonly error: unknown }[];
}

/** What Stripe has answered, and what was thrown, will hardly be another one in a second. */
const RESTS: Backoff = { firstMs: 30 * SECOND_MS, longestMs: HOUR_MS };

/**
 * Finishes calls that nobody is working on and whose rest is over, at most `limit` of them and no
 * more than the budget of looks has left, all at once. Whatever can't be finished now rests, each
 * time longer, so that trouble does not crowd out the others.
 */
export async function recover(
  ports: EscrowPorts,
  limit: number,
): Promise<Result<Recovered, DatabaseFault>> {
  const { repository, clock, settings, looks } = ports;
  const granted = looks.take(limit);
  if (granted === 0) return ok({ taken: 0, bugs: [] });
  const now = clock.now();
  const leaseUntil = new Date(now.getTime() + settings.leaseMs);
  const owing = await repository.takeOwing({ now, leaseUntil, limit: granted });
  looks.giveBack(granted - (owing.isOk() ? owing.value.length : 0));
  if (owing.isErr()) return err(owing.error);
  const bugs: { paymentId: string; error: unknown }[] = [];
  const finishOne = async (payment: Payment) => {
    try {
      const done = await finish(ports, payment);
      if (done.isErr()) return;
      const { payment: now, fault } = done.value;
      if (fault !== null && isUnreadable(fault)) await marked(ports, now);
      else if (isStillOwed(payment, done.value)) await rest(ports, now);
    } catch (error) {
      bugs.push({ paymentId: payment.id, error });
      await rest(ports, payment);
    }
  };
  await Promise.all(owing.value.map(finishOne));
  return ok({ taken: owing.value.length, bugs });
}

async function marked(ports: EscrowPorts, payment: Payment): Promise<Payment> {
  const { operation } = payment;
  return operation === null ? payment : markUnreadable(ports, payment, operation.openedAt);
}

/** Stripe answered, but its answer did not end the call, which nobody has taken over since. */
function isStillOwed(taken: Payment, { fault, payment }: Execution): boolean {
  const { operation } = payment;
  if (fault !== null || operation === null) return false;
  const { key, attempts } = operation;
  return key === taken.operation?.key && attempts === taken.operation.attempts;
}

/** Lets go for longer than after an answer that was lost. */
async function rest({ repository, clock }: EscrowPorts, payment: Payment): Promise<void> {
  const { operation } = payment;
  if (operation === null) return;
  const now = clock.now();
  const restMs = backoffMs(RESTS, operation.attempts - 1, spreadOf(operation.key));
  // Result ignored: if this fails the lease runs out by itself, only sooner.
  await repository.save(apply(payment, [rests(new Date(now.getTime() + restMs))], now));
}
