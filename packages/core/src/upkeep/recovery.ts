import { err, ok, type Result } from 'neverthrow';
import type { Operation } from '../operation/operation.js';
import { leased } from '../operation/operation-steps.js';
import { markUnreadable } from '../operation/review-mark.js';
import { finish } from '../operation/take-over-operation.js';
import { apply } from '../payment/evolve.js';
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

const RESTS: Backoff = { firstMs: 30 * SECOND_MS, longestMs: HOUR_MS };

/**
 * Finishes calls whose holder was lost, at most `limit` of them, one after the other. Whatever can't
 * be finished now rests, each time twice as long, so that trouble does not crowd out the others.
 */
export async function recover(
  ports: EscrowPorts,
  limit: number,
): Promise<Result<Recovered, DatabaseFault>> {
  const { repository, clock, settings } = ports;
  const now = clock.now();
  const leaseUntil = new Date(now.getTime() + settings.leaseMs);
  const owing = await repository.takeOwing({ now, leaseUntil, limit });
  if (owing.isErr()) return err(owing.error);
  const bugs: { paymentId: string; error: unknown }[] = [];
  for (const payment of owing.value) {
    try {
      const done = await finish(ports, payment);
      const { payment: now, fault } = done.isOk() ? done.value : { payment, fault: done.error };
      if (fault !== null || isStillOwed(payment, now)) {
        await rest(ports, fault !== null && isUnreadable(fault) ? await marked(ports, now) : now);
      }
    } catch (error) {
      bugs.push({ paymentId: payment.id, error });
      await rest(ports, payment);
    }
  }
  return ok({ taken: owing.value.length, bugs });
}

async function marked(ports: EscrowPorts, payment: Payment): Promise<Payment> {
  const { operation } = payment;
  return operation === null ? payment : markUnreadable(ports, payment, operation.openedAt);
}

/** Stripe answered, but its answer did not end the call. */
function isStillOwed(taken: Payment, now: Payment): boolean {
  return now.operation !== null && now.operation.key === taken.operation?.key;
}

/** Somebody who asks for the same meanwhile waits or hears "processing". */
async function rest({ repository, clock }: EscrowPorts, payment: Payment): Promise<void> {
  const { operation } = payment;
  if (operation === null) return;
  const now = clock.now();
  const { attempts } = operation;
  const restMs = backoffMs(RESTS, attempts - 1, spreadOf(operation));
  const step = leased(new Date(now.getTime() + restMs), attempts);
  // Result ignored: if this fails the lease runs out by itself, only sooner.
  await repository.save(apply(payment, [step], now));
}

/** From 0 up to 1: the same for the same key, so that what failed together comes back apart. */
function spreadOf({ key }: Operation): number {
  return ([...key].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 100) / 100;
}
