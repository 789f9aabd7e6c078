import { err, ok, type Result } from 'neverthrow';
import { look } from '../commands/status.js';
import { contextFor } from '../operation/decision-round.js';
import { executeOperation } from '../operation/execute-operation.js';
import { markUnreadable } from '../operation/review-mark.js';
import { apply } from '../payment/change.js';
import { decideAbandoned, decideLapsing } from '../payment/lapse-policy.js';
import { lapseIdOf, type Payment } from '../payment/payment.js';
import { type DatabaseFault, type EscrowPorts, type Fault, isUnreadable } from '../ports.js';

/** What one round of sweeping did. */
export interface Swept {
  readonly looked: number;
  /** About how many of them Stripe told nothing that can be read. */
  readonly unreadable: number;
  /** Where the next round goes on; null when this one came to the end. */
  readonly next: string | null;
  /** What was thrown for one of them: bugs, told so that the others go on. */
  readonly bugs: readonly { readonly paymentId: string; readonly error: unknown }[];
}

/** Whoever is about to say something of a fresh payment is given that long. */
const FRESH_MS = 60_000;

/**
 * Asks Stripe about payments that time moves on: news that may have been lost, a customer who never
 * authenticated, a hold that lapsed in silence or is about to. At most `limit`, one after the
 * other; a round that finds Stripe away ends early and goes on there the next time.
 */
export async function sweep(
  ports: EscrowPorts,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<Result<Swept, DatabaseFault>> {
  const now = ports.clock.now();
  const { warnMs, action, actMs } = ports.settings.lapse;
  const from = (ms: number) => new Date(now.getTime() + ms);
  const found = await ports.repository.due({
    initiatingBefore: from(-FRESH_MS),
    now,
    after,
    limit,
    tellBefore: from(warnMs),
    actBefore: action === 'warn' ? null : from(actMs),
  });
  if (found.isErr()) return err(found.error);
  const bugs: { paymentId: string; error: unknown }[] = [];
  let next = after;
  let looked = 0;
  let unreadable = 0;
  for (const payment of found.value) {
    try {
      const movedOn = await lookAndMoveOn(ports, payment);
      if (movedOn.isErr()) {
        if (!isUnreadable(movedOn.error)) return ok({ looked, unreadable, next, bugs });
        unreadable += 1;
        await markUnreadable(ports, payment, waitingSince(payment));
      }
    } catch (error) {
      bugs.push({ paymentId: payment.id, error });
    }
    next = payment.id;
    looked += 1;
  }
  return ok({ looked, unreadable, next: found.value.length < limit ? null : next, bugs });
}

/** Since when something was due to be heard of a payment. */
function waitingSince({ createdAt, ...payment }: Payment): Date {
  return (payment.status === 'AUTHORIZED' ? payment.captureBefore : null) ?? createdAt;
}

async function lookAndMoveOn(ports: EscrowPorts, payment: Payment): Promise<Result<void, Fault>> {
  const looked = await look(ports, payment);
  if (looked.isErr()) return err(looked.error);
  const current = looked.value;
  const { abandonAfterMs, lapse } = ports.settings;
  const context = contextFor(ports, current.correlationId);
  // Nobody asked for what is done about a lapsing hold, so it answers nobody's command.
  const ours = { ...context, correlationId: lapseIdOf(current) };
  const steps = [
    ...decideAbandoned(current, context, abandonAfterMs),
    ...decideLapsing(current, ours, lapse),
  ];
  if (steps.length === 0) return ok();
  const change = apply(current, steps, context.now);
  const saved = await ports.repository.save(change);
  if (saved.isErr()) return err(saved.error);
  if (saved.value === 'stale') return ok();
  return (await executeOperation(ports, change.payment, 'before')).map(() => undefined);
}
