import { err, ok, type Result } from 'neverthrow';
import { type EscrowPorts, type Fault, isUnreadable } from '../ports.js';
import type { GatewayFault } from './gateway-answer.js';

/** So many of the latest PaymentIntents are asked for before it is said that none is known. */
const ASKED_FOR = 5;

/** Nothing is to be concluded from what such a gateway does not know. */
export const FOREIGN_ACCOUNT: GatewayFault = {
  type: 'GatewayUnavailable',
  executed: 'no',
  reason: 'it knows none of our latest PaymentIntents: the key is of another account or mode',
  retryAfterMs: null,
};

/**
 * Whether the account that the gateway's key belongs to is the one that our records are about: it
 * knows at least one of their latest PaymentIntents. One alone may be lost, and tells nothing.
 */
export async function isOurAccount({
  repository,
  gateway,
}: Pick<EscrowPorts, 'repository' | 'gateway'>): Promise<Result<boolean, Fault>> {
  const latest = await repository.latest(ASKED_FOR);
  if (latest.isErr()) return err(latest.error);
  const ids = latest.value.flatMap(({ paymentIntentId }) => paymentIntentId ?? []);
  let missing = 0;
  for (const id of ids) {
    const reply = await gateway.retrieve(id);
    // One that can't be read tells nothing, and the others may.
    if (reply.isErr() && !isUnreadable(reply.error)) return err(reply.error);
    if (reply.isErr()) continue;
    if (reply.value !== null) return ok(true);
    missing += 1;
  }
  return ok(missing < 2);
}
