import { err, ok, type Result } from 'neverthrow';
import type { SavedCard } from '../gateway/saved-card.js';
import type { EscrowPorts, Fault } from '../ports.js';

/**
 * The cards that a user has saved with their Stripe customer, each once however often it was saved. None of
 * a user who has no customer, or whose customer Stripe knows no more.
 */
export async function savedCards(
  { customers, gateway }: Pick<EscrowPorts, 'customers' | 'gateway'>,
  customerId: string,
): Promise<Result<readonly SavedCard[], Fault>> {
  const known = await customers.lookUp(customerId);
  if (known.isErr()) return err(known.error);
  if (known.value === null) return ok([]);
  const found = await gateway.cards(known.value);
  if (found.isOk()) return ok(found.value);
  return found.error.type === 'CustomerUnknown' ? ok([]) : err(found.error);
}
