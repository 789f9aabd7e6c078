import { err, ok, type Result } from 'neverthrow';
import type { Clock, CustomerDirectory, Fault, NewId, PaymentGateway } from './ports.js';

/** Stripe remembers idempotency keys for 24 hours; an hour is kept for clocks and retries. */
export const KEY_LIFETIME_MS = 23 * 60 * 60 * 1000;

interface Ports {
  readonly customers: CustomerDirectory;
  readonly gateway: Pick<PaymentGateway, 'createCustomer' | 'findCustomer'>;
  readonly clock: Clock;
  readonly newId: NewId;
}

/**
 * The Stripe customer of a platform user, made at most once ever.
 *
 * The idempotency key is written down first, so concurrent and repeated calls make the same one.
 * Once that key may be forgotten, Stripe's list is searched before another is made.
 */
export async function ensureCustomer(
  { customers, gateway, clock, newId }: Ports,
  customerId: string,
): Promise<Result<string, Fault>> {
  const reserved = await customers.reserve({ customerId, key: newId(), now: clock.now() });
  if (reserved.isErr()) return err(reserved.error);
  const { stripeCustomerId, key, requestedAt } = reserved.value;
  if (stripeCustomerId !== null) return ok(stripeCustomerId);

  const keyIsOld = clock.now().getTime() - requestedAt.getTime() >= KEY_LIFETIME_MS;
  const found = keyIsOld
    ? await gateway.findCustomer({ customerId, since: requestedAt })
    : ok(null);
  if (found.isErr()) return err(found.error);
  if (found.value !== null) {
    return customers.remember({ customerId, stripeCustomerId: found.value });
  }
  const made = await gateway.createCustomer({ customerId, key });
  if (made.isErr()) return err(made.error);
  return customers.remember({ customerId, stripeCustomerId: made.value });
}
