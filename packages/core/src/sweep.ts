import { err, ok, type Result } from 'neverthrow';
import { contextFor } from './apply-report.js';
import { carryOut } from './carry-out.js';
import { look } from './checking.js';
import { decideAbandoned } from './escrow.js';
import { apply } from './evolve.js';
import type { Payment } from './payment.js';
import type { DatabaseFault, EscrowPorts, Fault } from './ports.js';

/** What one round of sweeping did. */
export interface Swept {
  readonly looked: number;
  /** Where the next round goes on; null when this one came to the end. */
  readonly next: string | null;
  /** What was thrown for one of them: bugs, told so that the others go on. */
  readonly bugs: readonly { readonly paymentId: string; readonly error: unknown }[];
}

/** Whoever is about to say something of a fresh payment is given that long. */
const FRESH_MS = 60_000;

/**
 * Asks Stripe about payments that wait for news which may have been lost: a webhook that never
 * came, a customer who never authenticated, a hold that lapsed in silence. At most `limit`, one
 * after the other; a round that finds Stripe away ends early and goes on there the next time.
 */
export async function sweep(
  ports: EscrowPorts,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<Result<Swept, DatabaseFault>> {
  const now = ports.clock.now();
  const initiatingBefore = new Date(now.getTime() - FRESH_MS);
  const found = await ports.repository.unsettled({ initiatingBefore, now, after, limit });
  if (found.isErr()) return err(found.error);
  const bugs: { paymentId: string; error: unknown }[] = [];
  let next = after;
  let looked = 0;
  for (const payment of found.value) {
    try {
      const settled = await lookAndCallOff(ports, payment);
      if (settled.isErr()) return ok({ looked, next, bugs });
    } catch (error) {
      bugs.push({ paymentId: payment.id, error });
    }
    next = payment.id;
    looked += 1;
  }
  return ok({ looked, next: found.value.length < limit ? null : next, bugs });
}

async function lookAndCallOff(ports: EscrowPorts, payment: Payment): Promise<Result<void, Fault>> {
  const looked = await look(ports, payment);
  if (looked.isErr()) return err(looked.error);
  const current = looked.value;
  const context = contextFor(ports, current.correlationId);
  const steps = decideAbandoned(current, context, ports.settings.abandonAfterMs);
  if (steps.length === 0) return ok();
  const change = apply(current, steps, context.now);
  const saved = await ports.repository.save(change);
  if (saved.isErr()) return err(saved.error);
  if (saved.value === 'stale') return ok();
  return (await carryOut(ports, change.payment, 'before')).map(() => undefined);
}
