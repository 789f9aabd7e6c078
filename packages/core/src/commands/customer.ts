import { err, ok, type Result } from 'neverthrow';
import { type Installation, nameFor } from '../gateway/identity.js';
import type { PaymentGateway } from '../gateway/payment-gateway.js';
import { KEY_LIFETIME_MS } from '../operation/key-lifetime.js';
import type { Clock, CustomerDirectory, Fault, NewId } from '../ports.js';

interface Ports {
  readonly customers: CustomerDirectory;
  readonly gateway: Pick<PaymentGateway, 'createCustomer' | 'findCustomer'>;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly installation: Installation;
}

/**
 * The Stripe customer of a platform user, made at most once ever.
 *
 * The idempotency key is written down first, so concurrent and repeated calls make the same one.
 * Once that key may be forgotten, Stripe's list is searched before another is made.
 */
export async function ensureCustomer(
  ports: Ports,
  customerId: string,
): Promise<Result<string, Fault>> {
  const { customers, gateway, clock, newId } = ports;
  const reserved = await customers.reserve({ customerId, key: newId(), now: clock.now() });
  if (reserved.isErr()) return err(reserved.error);
  const { stripeCustomerId, key, requestedAt } = reserved.value;
  if (stripeCustomerId !== null) return ok(stripeCustomerId);

  const now = clock.now();
  const isOld = now.getTime() - requestedAt.getTime() >= KEY_LIFETIME_MS;
  const installation = nameFor(ports.installation, requestedAt);
  const made = isOld ? ok(null) : await makeCustomer(gateway, { customerId, key, installation });
  if (made.isErr()) return err(made.error);
  if (made.value !== null) return customers.remember({ customerId, stripeCustomerId: made.value });

  const found = await gateway.findCustomer({ customerId, installation, since: requestedAt });
  if (found.isErr()) return err(found.error);
  if (found.value !== null) {
    return customers.remember({ customerId, stripeCustomerId: found.value });
  }
  // Nobody was made under the old key. Whoever renews it first decides the new one.
  const renewed = await customers.renew({ record: reserved.value, key: newId(), now });
  return renewed.isErr() ? err(renewed.error) : ensureCustomer(ports, customerId);
}

/** Null when Stripe only remembers an old error under this key, so that it must be searched. */
async function makeCustomer(
  gateway: Ports['gateway'],
  wanted: Parameters<PaymentGateway['createCustomer']>[0],
): Promise<Result<string | null, Fault>> {
  const made = await gateway.createCustomer(wanted);
  return made.isErr() && made.error.remembered === true ? ok(null) : made;
}

/**
 * Forgets a remembered Stripe customer that Stripe does not know (any more): it was deleted there,
 * or the database was used with another account before.
 */
export async function forgetCustomer(
  { customers, clock, newId }: Pick<Ports, 'customers' | 'clock' | 'newId'>,
  unknown: { readonly customerId: string; readonly stripeCustomerId: string },
): Promise<Result<void, Fault>> {
  const { customerId, stripeCustomerId } = unknown;
  const now = clock.now();
  const reserved = await customers.reserve({ customerId, key: newId(), now });
  if (reserved.isErr()) return err(reserved.error);
  const record = reserved.value;
  // Somebody else may have forgotten it and made another one meanwhile.
  if (record.stripeCustomerId !== stripeCustomerId) return ok();
  return customers.renew({ record, key: newId(), now });
}
