import { err, ok, type Result } from 'neverthrow';
import { type EscrowPorts, type Fault, isUnreadable } from '../ports.js';
import { takeIn } from './webhooks.js';

/** What one page of missed webhooks came to. */
export interface CaughtUp {
  readonly events: number;
  /** How many of them moved a payment on. */
  readonly changed: number;
  /** How many more could not be read, or are about a PaymentIntent that can't: passed over. */
  readonly unreadable: number;
  /** What to ask the next, older page with; null when this was the last one. */
  readonly next: string | null;
  /** What was thrown for one of them: bugs, told so that the others go on. */
  readonly bugs: readonly { readonly eventId: string; readonly error: unknown }[];
}

/**
 * Fetches a page of webhooks that never reached us, and takes them in as if they had, the oldest
 * first. Those that did come meanwhile change nothing.
 */
export async function catchUp(
  ports: EscrowPorts,
  part: { readonly since: Date; readonly after: string | null },
): Promise<Result<CaughtUp, Fault>> {
  const page = await ports.gateway.missedEvents(part);
  if (page.isErr()) return err(page.error);
  const { items, next } = page.value;
  let { unreadable } = page.value;
  const bugs: { eventId: string; error: unknown }[] = [];
  let changed = 0;
  for (const webhook of [...items].reverse()) {
    try {
      const taken = await takeIn(ports, webhook);
      if (taken.isErr() && !isUnreadable(taken.error)) return err(taken.error);
      if (taken.isErr()) unreadable += 1;
      else if (taken.value === 'changed') changed += 1;
    } catch (error) {
      bugs.push({ eventId: webhook.event.id, error });
    }
  }
  return ok({ events: items.length, changed, unreadable, next, bugs });
}
