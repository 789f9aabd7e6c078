import { err, ok, type Result } from 'neverthrow';
import type { Operation } from '../operation/operation.js';
import { finish } from '../operation/take-over-operation.js';
import { apply } from '../payment/evolve.js';
import type { Payment } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts } from '../ports.js';

/** What one round of recovery did. */
export interface Recovered {
  /** Calls taken over; equal to the limit when more may be waiting. */
  readonly taken: number;
  /** What was thrown while finishing one of them: bugs, told so that the others go on. */
  readonly bugs: readonly { readonly paymentId: string; readonly error: unknown }[];
}

const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 60 * 60 * 1000;

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
      if (done.isErr()) await rest(ports, payment);
      else if (done.value.fault !== null || isStillOwed(payment, done.value.payment)) {
        await rest(ports, done.value.payment);
      }
    } catch (error) {
      bugs.push({ paymentId: payment.id, error });
      await rest(ports, payment);
    }
  }
  return ok({ taken: owing.value.length, bugs });
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
  const leaseUntil = new Date(now.getTime() + pauseMs(operation));
  const step = { type: 'operation_leased', leaseUntil, attempts: operation.attempts } as const;
  // If this fails the lease runs out by itself, only sooner.
  await repository.save(apply(payment, [step], now));
}

/** Doubles with each attempt; spread by the key, so that what failed together comes back apart. */
function pauseMs({ attempts, key }: Operation): number {
  const doubled = FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 10);
  const spread = [...key].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 100;
  return Math.min(doubled, LONGEST_PAUSE_MS) * (0.75 + spread / 200);
}
